import { spawnSync } from 'node:child_process'

interface Login {
  readonly hosts: string
  readonly port: string
  readonly user: string
  readonly key: string
}

export interface Peer {
  readonly command: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** The same key exchange for all: OpenSSH's own choice, a post-quantum one, costs its client 50 ms a host. */
const KEX = 'curve25519-sha256'

/** How other clients fetch the same output; null for one that is not installed. What they print holds the mark of each good host. */
export function peerFor(tool: string, { hosts, port, user, key }: Login, c: number): Peer | null {
  const options = { StrictHostKeyChecking: 'no', UserKnownHostsFile: '/dev/null', BatchMode: 'yes', LogLevel: 'ERROR', KexAlgorithms: KEX }
  const words = Object.entries(options).map(([name, value]) => `-o${name}=${value}`)
  const ssh = ['-F', '/dev/null', '-i', key, ...words]
  if (tool === 'xargs-ssh' && has('ssh', '-V')) {
    const one = ['ssh', ...ssh, '-p', port, '-l', user, '{}', 'true']
    return { command: ['xargs', '-a', hosts, '-P', String(c), '-I', '{}', ...one] }
  }
  const pssh = ['parallel-ssh', 'pssh'].find((name) => has(name, '--version'))
  if (tool === 'pssh' && pssh !== undefined)
    return { command: [pssh, '-i', '-h', hosts, '-p', String(c), '-t', '0', '-l', user, '-x', ['-p', port, ...ssh].join(' '), 'true'] }
  const python = ['/usr/bin/python3', 'python3'].find((name) => has(name, '-c', 'import asyncssh'))
  if (tool === 'asyncssh' && python !== undefined) return { command: [python, '-c', ASYNCSSH, hosts, port, user, key, String(c), KEX] }
  if (tool === 'ansible-raw' && has('ansible', '--version')) {
    const login = ['-u', user, '--private-key', key, '-e', `ansible_port=${port}`]
    const env = { ANSIBLE_HOST_KEY_CHECKING: 'False', ANSIBLE_SSH_ARGS: words.join(' '), ANSIBLE_TIMEOUT: '60' }
    return { command: ['ansible', 'all', '-i', hosts, '-f', String(c), ...login, '-m', 'raw', '-a', 'true'], env }
  }
  return null
}

function has(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

const ASYNCSSH = `
import asyncio, asyncssh, sys
hosts, port, user, key, c, kex = sys.argv[1:]
async def fetch(host, turns):
    async with turns, asyncssh.connect(host, int(port), username=user, client_keys=[key], known_hosts=None, config=None, agent_path=None,
                                       kex_algs=[kex], encryption_algs=['aes128-gcm@openssh.com']) as connection:
        print((await connection.run('true', stdin=asyncssh.DEVNULL)).stdout)
async def run():
    turns = asyncio.Semaphore(int(c))
    await asyncio.gather(*[fetch(host.strip(), turns) for host in open(hosts)])
asyncio.run(run())`

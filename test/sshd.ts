import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { scratch } from './collector/scratch.ts'

/** A login of the test server; it exists nowhere else on this machine. */
export interface Login {
  readonly user: string
  readonly shell?: string
  readonly password?: string
  /** Its line in /etc/sudoers, after the user's name. */
  readonly sudo?: string
  /** Files in its home folder, by name. */
  readonly home?: Readonly<Record<string, string>>
}

export interface Sshd {
  readonly port: number
  /** Private key that every login takes. */
  readonly key: string
  /** The server's own folder: configuration, host keys, homes. */
  readonly folder: string
  /** The public host key as known_hosts has it, without names. */
  readonly hostKey: string
  /** Ends all sessions, as the death of the host would. */
  readonly killSessions: () => void
  /** Command lines of all that logins run now. */
  readonly processes: () => string[]
  /** Process ids of all that sessions run now, whoever owns it; the sessions' own sshd are not among them. */
  readonly started: () => number[]
}

/** Why there can be no test server here; false where there can. */
export const noSshd: string | false = !existsSync('/usr/sbin/sshd')
  ? 'needs openssh-server'
  : process.getuid?.() === 0
    ? false
    : 'needs root, for logins of its own in a mount namespace'

/**
 * A real sshd on a free port of the loopback addresses (all of 127.0.0.0/8, nobody else), with logins that only it sees: its passwd, shadow
 * and sudoers are laid over the machine's in a mount namespace. Nothing on the machine changes, and it ends with the test.
 *
 * @param options.first shell text that is run in that namespace before the server, in its folder
 */
export async function startSshd(
  t: TestContext,
  { logins = [{ user: 'tester' }], config = '', first = '' }: { logins?: readonly Login[]; config?: string; first?: string } = {},
): Promise<Sshd> {
  const folder = scratch(t)
  const port = await freePort()
  const key = layOut(folder, logins)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, 'host')])
  writeFileSync(join(folder, 'sshd_config'), sshdConfig(port, folder, config))
  mkdirSync('/run/sshd', { recursive: true })
  const server = spawnAmong(folder, `${first}\nexec /usr/sbin/sshd -D -e -f "$PWD/sshd_config"`)
  t.after(() => end(server))
  await listening(server)
  return {
    port,
    key,
    folder,
    hostKey: readFileSync(join(folder, 'host.pub'), 'utf8').trim(),
    killSessions: () => childrenOf(server.pid!).forEach(kill),
    processes: () => commandsOf(logins.length),
    started: () => startedBelow(server.pid!),
  }
}

/** The files of a server's own folder that say who its logins are; gives the private key that is theirs. */
export function layOut(folder: string, logins: readonly Login[]): string {
  chmodSync(folder, 0o755)
  const key = join(folder, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key])
  const files = {
    passwd: readFileSync('/etc/passwd', 'utf8'),
    shadow: readFileSync('/etc/shadow', 'utf8'),
    sudoers: 'root ALL=(ALL) ALL\n',
  }
  for (const [index, { user, shell = '/bin/sh', password, sudo, home = {} }] of logins.entries()) {
    const id = FIRST_ID + index
    const own = join(folder, 'home', user)
    files.passwd += `${user}:x:${id}:${id}::${own}:${shell}\n`
    const hashed =
      password === undefined ? '*' : execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim()
    files.shadow += `${user}:${hashed}:19000:0:99999:7:::\n`
    if (sudo !== undefined) files.sudoers += `${user} ${sudo}\n`
    mkdirSync(own, { recursive: true })
    for (const [name, text] of Object.entries(home)) writeFileSync(join(own, name), text)
    execFileSync('chown', ['-R', `${id}:${id}`, own])
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: name === 'passwd' ? 0o644 : 0o440 })
  return key
}

/** Runs a shell text in a mount namespace where the logins of a folder are those of the machine. */
export function spawnAmong(folder: string, script: string): ChildProcess {
  mkdirSync('/run/sshd', { recursive: true })
  const mounts =
    'mount --bind passwd /etc/passwd; mount --bind shadow /etc/shadow; [ ! -e /etc/sudoers ] || mount --bind sudoers /etc/sudoers'
  return spawn('unshare', ['-m', 'sh', '-ec', `${mounts}\n${script}`], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** No test has more. */
export const MOST_LOGINS = 40

/** User ids of the logins; by process, so that two test files at once do not see each other's. */
export const FIRST_ID = 100_000 + (process.pid % 10_000) * MOST_LOGINS

function sshdConfig(port: number, folder: string, more: string): string {
  return `${more}
Port ${port}
ListenAddress 0.0.0.0
AllowUsers *@127.0.0.0/8
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxStartups 2000
PerSourceMaxStartups none
LogLevel VERBOSE
Subsystem sftp internal-sftp
`
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

export async function listening(server: ChildProcess, sign = /Server listening/): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let said = ''
  server.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (sign.test(said)) resolve()
    if (process.env['ROLLCALL_TEST_SSHD'] === '1') process.stderr.write(chunk)
  })
  server.once('exit', () => reject(new Error(`the server ended: ${said}`)))
  await promise
}

/** With the sessions that are still open: each is a process group of its own. */
export function end(server: ChildProcess): void {
  for (const pid of childrenOf(server.pid!)) kill(pid)
  kill(server.pid!)
}

function childrenOf(pid: number): number[] {
  const listed = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const rows = listed.map((line) => line.trim().split(/\s+/).map(Number))
  const below = (parent: number): number[] => rows.filter(([, up]) => up === parent).flatMap(([own]) => [own!, ...below(own!)])
  return below(pid)
}

export function startedBelow(pid: number): number[] {
  return childrenOf(pid).filter((one) => {
    try {
      return !/\((?:sshd(?:-session|-auth)?|dropbear)\) |\) Z /.test(readFileSync(`/proc/${one}/stat`, 'utf8'))
    } catch {
      return false
    }
  })
}

/** By user id: what a session left behind is nobody's child any more. */
function commandsOf(logins: number): string[] {
  const ids = Array.from({ length: logins }, (_, index) => FIRST_ID + index)
  const listed = execFileSync('ps', ['-eo', 'uid=,args='], { encoding: 'utf8' }).trim().split('\n')
  return listed.flatMap((line) => {
    const [, id, command] = /^\s*(\d+) (.*)$/.exec(line) ?? []
    return ids.includes(Number(id)) && command !== undefined && !/^sshd:|<defunct>/.test(command) ? [command] : []
  })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

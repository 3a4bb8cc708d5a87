import { readFileSync } from 'node:fs'
import { connect } from '../../collector/ssh/connect.ts'
import { Keyring } from '../../collector/ssh/credentials.ts'
import { hostTrust } from '../../collector/ssh/host-trust.ts'
import { KnownHosts } from '../../collector/ssh/known-hosts.ts'
import { start } from '../../collector/ssh/remote.ts'

/** Connect, exec, read, close, and nothing else: what ssh mode costs before it looks at an answer. `transport.js C`, with the lab's variables. */
const { LAB_HOSTS = '', LAB_PORT = '', LAB_USER = '', LAB_KEY = '' } = process.env
const hosts = readFileSync(LAB_HOSTS, 'utf8').trim().split('\n')
const credentials = await new Keyring().open({ key: LAB_KEY, passphrase: null, password: null, agent: null })
const known = new KnownHosts()
const deadlines = { connectMs: 60_000, hostMs: 60_000 }
let ok = 0

async function fetch(address: string): Promise<void> {
  const endpoint = {
    address,
    port: Number(LAB_PORT),
    user: LAB_USER,
    credentials: NO_REFS,
    hostKeyAlias: null,
    hostKeys: 'accept-new',
  } as const
  const trust = hostTrust(endpoint, known)
  const { signal } = new AbortController()
  const connection = await connect(endpoint, { credentials, trust, deadlines, signal, through: null })
  const remote = await start(connection, './facts.sh')
  let bytes = 0
  remote.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length))
  remote.stderr.resume()
  remote.stdin.end()
  await remote.over
  // Nobody hears a server that tells the exit status before it has confirmed the command.
  const exit = await Promise.race([remote.exit, Promise.resolve(null)])
  if ((exit === null || exit.code === 0) && bytes > 10_000) ok += 1
  await connection.close()
}

const NO_REFS = { key: null, passphrase: null, password: null, agent: null }

async function work(): Promise<void> {
  for (let host = hosts.pop(); host !== undefined; host = hosts.pop()) await fetch(host)
}

await Promise.all(Array.from({ length: Number(process.argv[2]) }, work))
process.stdout.write('@@END\n'.repeat(ok))

import type { Duplex } from 'node:stream'
import { execa } from 'execa'
import { HostFailure, excerpt, type Cause } from './causes.ts'
import type { Remote } from './remote.ts'
import { endOf, type Endpoint, type Target } from './target.ts'

/** A command of the system's own ssh, with what only it knows of how it ended. */
export interface OpensshRemote extends Remote {
  /** Ends the program at once. Twice does no harm. */
  kill(): void
}

/**
 * Starts a command on a host through the system's ssh: for what ssh2 cannot do (post-quantum-only servers, certificates, ProxyCommand).
 * It reads ~/.ssh/config itself, and asks nobody anything.
 *
 * @param knownHosts files; keys of new hosts are added to the first
 * @throws {HostFailure} where the target needs what a program without terminal cannot do
 */
export function startOpenssh(target: Target, command: string, knownHosts: readonly string[]): OpensshRemote {
  const end = endOf(target)
  if (target.credentials.password !== null || target.credentials.passphrase !== null)
    throw new HostFailure('auth', `${end}: ssh.client 'openssh' takes neither password nor passphrase: use a key, an agent, or 'ssh2'`)
  const words = [...optionsFor(target, target.via, { deadlines: target.deadlines, knownHosts }), '--', nameOf(target), command]
  const child = execa('sh', ['-c', ENDS_WITH_US, 'ssh', ...words], {
    // English messages, which `failureIn` reads.
    env: { LC_ALL: 'C', ...(target.credentials.agent !== null && { SSH_AUTH_SOCK: target.credentials.agent }) },
    buffer: false,
    reject: false,
    encoding: 'buffer',
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // A Ctrl-C on the terminal is for rollcall, which gives its hosts a little time; and there is no terminal to ask on.
    detached: true,
  })
  const { stdin, stdout, stderr } = child
  // Node makes a socket of it; execa's types know only the half that is read.
  const life = child.stdio[3] as unknown as Duplex
  life.on('error', () => undefined)
  child.nodeChildProcess.once('exit', () => life.end('over\n'))
  let said = ''
  stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(-SAID_CHARACTERS)))
  const ended = child.then(({ exitCode, signal, originalMessage }) => {
    if (exitCode === undefined && signal === undefined)
      return new HostFailure('protocol', `${end}: ssh could not be started: ${originalMessage}`)
    return exitCode === SSH_FAILED ? failureIn(said, target) : { code: exitCode ?? null, signal: signal ?? null }
  })
  const exit = ended.then((how) => (how instanceof HostFailure ? new Promise<never>(() => undefined) : how))
  const over = ended.then((how) => (how instanceof HostFailure ? how : null))
  return { end, stdin, stdout, stderr, exit, over, kill: () => void child.kill('SIGKILL') }
}

/**
 * ssh(1) would go on when we are killed, and the script with it: a pipe that only we hold open tells of our end. Who reads it hears a line
 * when ssh has ended by itself. With the shell's process id, for it becomes ssh.
 */
const ENDS_WITH_US = `{ read -r over <&3 || kill "$$"; } >/dev/null 2>&1 &
command -v ssh >/dev/null || { echo "there is no ssh program here: ssh.client 'openssh' needs one" >&2; exit 255; }
exec ssh "$@" 3<&-`

/** ssh(1) exits with 255 for an error of its own; else with the status of the command. */
const SSH_FAILED = 255
const SAID_CHARACTERS = 4096

/** By what ssh(1) finds its own lines. */
function nameOf({ alias, address }: Endpoint): string {
  return alias ?? address
}

/** What is the same for the host and the gateways on the way to it. */
interface Common extends Pick<Target, 'deadlines'> {
  readonly knownHosts: readonly string[]
}

function optionsFor(endpoint: Endpoint, via: readonly Endpoint[], { deadlines, knownHosts }: Common): string[] {
  const { address, alias, port, user, credentials, hostKeyAlias, hostKeys } = endpoint
  const options: Record<string, string> = {
    BatchMode: 'yes',
    ConnectTimeout: String(Math.ceil(deadlines.connectMs / 1000)),
    ServerAliveInterval: String(Math.ceil((deadlines.aliveMs ?? 10_000) / 1000)),
    ServerAliveCountMax: '3',
    StrictHostKeyChecking: { strict: 'yes', 'accept-new': 'accept-new', off: 'no' }[hostKeys],
    UserKnownHostsFile: knownHosts.map((file) => `"${file}"`).join(' '),
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    RequestTTY: 'no',
    RemoteCommand: 'none',
    ...(alias !== undefined && { HostName: address }),
    Port: String(port),
    User: user,
    ...(hostKeyAlias !== null && { HostKeyAlias: hostKeyAlias }),
    ...(credentials.key !== null && { IdentityFile: `"${credentials.key}"`, IdentitiesOnly: 'yes' }),
    ...(via.length > 0 && { ProxyCommand: through(via, endpoint, { deadlines, knownHosts }) }),
  }
  return Object.entries(options).map(([name, value]) => `-o${name}=${value}`)
}

/** Not ProxyJump: to a gateway it hands on neither key nor known_hosts nor BatchMode, and would ask on the terminal. */
function through(via: readonly Endpoint[], { address, port }: Endpoint, common: Common): string {
  const gateway = via.at(-1)!
  const words = ['ssh', ...optionsFor(gateway, via.slice(0, -1), common), '-W', `[${address}]:${port}`, '--', nameOf(gateway)]
  // ssh replaces its %-tokens in the command, and gives it to the user's shell after the word exec.
  return words
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ')
    .replaceAll('%', '%%')
}

/** Messages of OpenSSH 7 to 10, a line each; the first that fits. */
const MESSAGES: readonly (readonly [RegExp, Cause])[] = [
  [/host key is known for/i, 'newkey'],
  [/HOST IDENTIFICATION HAS CHANGED|is revoked|Host key verification failed/i, 'hostkey'],
  [/Permission denied|Too many authentication failures|incorrect passphrase/i, 'auth'],
  [/Could not resolve hostname|Name or service not known|name resolution/i, 'dns'],
  [/Connection refused|No route to host|Network is unreachable/i, 'refused'],
  [/not responding/i, 'died'],
  [/timed out/i, 'timeout'],
  [/no ssh program|no matching|Unable to negotiate|prohibited|protocol|banner|Bad configuration|Bad owner/i, 'protocol'],
]

function failureIn(said: string, target: Target): HostFailure {
  const lines = said
    .split('\n')
    .map((line) => line.replaceAll(/^[@\s]+|[@\s]+$/g, ''))
    .filter((line) => line !== '' && !/^\*|^Warning: Permanently added/.test(line))
  const [fault, cause] = MESSAGES.flatMap(([pattern, one]) => {
    const line = lines.find((text) => pattern.test(text))
    return line === undefined ? [] : [[line, one] as const]
  })[0] ?? [lines.at(-1) ?? 'ssh failed without a word', 'reset' as const]
  const offending = lines.find((line) => /^Offending .* key in /.test(line))
  return new HostFailure(cause, `${failingEnd(said, fault, target)}: ${excerpt([fault, offending ?? []].flat().join('; '))}`)
}

/** To the host's own ssh, a gateway that fails is a proxy without a name that hung up. */
function failingEnd(said: string, fault: string, target: Target): string {
  const { via } = target
  if (via.length === 0 || !/UNKNOWN port 65535/.test(said) || /stdio forwarding failed/.test(said)) return endOf(target)
  const named = via.find(({ address, alias }) => fault.includes(address) || (alias !== undefined && fault.includes(alias)))
  return `gateway ${endOf(named ?? via.at(-1)!)}`
}

import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Algorithms, Client } from 'ssh2'
import { login } from './auth.ts'
import { excerpt, HostFailure } from './causes.ts'
import type { Credentials } from './credentials.ts'
import { gatherWrites } from './gather-writes.ts'
import type { HostTrust } from './host-trust.ts'
import { signAtOnce, trimConnection } from './private-ssh2.ts'
import { endOf, type Deadlines, type Endpoint } from './target.ts'
import { lateIn, translate, type Phase } from './translate.ts'

export interface Connecting {
  readonly credentials: Credentials
  readonly trust: HostTrust
  readonly deadlines: Deadlines
  /** Ends the attempt, and the connection with it; its reason is a HostFailure. */
  readonly signal: AbortSignal
  /** A channel through a gateway; null: straight over TCP. */
  readonly through: Duplex | null
}

/** A connection that is logged in. */
export interface Connection {
  readonly client: Client
  /** `user@host:port`, for messages. */
  readonly end: string
  /** Settles when the connection is over, with why it ended without our doing; never rejects. */
  readonly lost: Promise<HostFailure>
  /** Politely, and at once where the host does not answer within a second. Twice does no harm. */
  close(): Promise<void>
}

/**
 * Connects and logs in. Whatever goes wrong, then or later, nothing stays open and no error is thrown where nobody listens.
 *
 * @throws {HostFailure}
 */
export async function connect(endpoint: Endpoint, { credentials, trust, deadlines, signal, through }: Connecting): Promise<Connection> {
  const end = endOf(endpoint)
  signal.throwIfAborted()
  const { promise: lost, resolve: lose } = Promise.withResolvers<HostFailure>()
  const closed = Promise.withResolvers<void>()
  let phase: Phase = 'connect'
  const socket = gatherWrites(through ?? connectTcp({ host: endpoint.address, port: endpoint.port, noDelay: true }))
  const abort = (reason: unknown): void => {
    lose(translate(reason, phase, end))
    socket.destroy()
  }
  const late = setTimeout(() => abort(lateIn(phase, end, deadlines.connectMs)), deadlines.connectMs)
  const onAbort = (): void => abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  socket.once('close', () => {
    signal.removeEventListener('abort', onAbort)
    closed.resolve()
  })

  const host = { user: endpoint.user, end, isKnown: () => trust.isKnown(), shownKey: () => trust.shownKey() }
  const auth = login(host, credentials)
  const ssh = new NodeSSH()
  const ready = ssh.connect({
    host: endpoint.address,
    username: endpoint.user,
    sock: socket,
    readyTimeout: 0,
    keepaliveInterval: deadlines.aliveMs ?? 10_000,
    keepaliveCountMax: 3,
    // ssh2's types want mutable lists of names that it knows.
    algorithms: { ...ALGORITHMS, serverHostKey: [...trust.algorithms] as NonNullable<Algorithms['serverHostKey']> },
    hostVerifier: (key: Buffer) => trust.verify(key),
    authHandler: auth.next,
  })
  const client = ssh.connection
  if (client === null) {
    clearTimeout(late)
    socket.destroy()
    throw translate(await ready.catch((error: unknown) => error), phase, end)
  }
  signAtOnce(client, credentials.keys)
  // node-ssh takes its own listener away once it is connected; an error without one would end the process.
  client.on('error', (error) => lose(trust.fault() ?? auth.fault() ?? notSsh(first, end) ?? translate(error, phase, end)))
  client.on('close', () => lose(notSsh(first, end) ?? endedIn(phase, end)))
  client.on('change password', () => abort(new HostFailure('auth', `${end}: the password has expired`)))
  client.once('connect', () => (phase = 'handshake'))
  client.on('handshake', () => {
    if (phase === 'handshake') phase = 'login'
    trimConnection(client)
  })
  if (through !== null) phase = 'handshake'
  let first: Buffer | null = null
  socket.once('data', (chunk: Buffer) => (first = chunk))
  try {
    const failure = await Promise.race([ready.then(() => null), lost])
    if (failure !== null) throw failure
    phase = 'open'
  } catch (error) {
    socket.destroy()
    // The listener above has judged the same error, and with more to go by.
    throw error instanceof HostFailure ? error : await lost
  } finally {
    clearTimeout(late)
  }
  return {
    client,
    end,
    lost,
    async close() {
      client.end()
      const force = setTimeout(() => socket.destroy(), CLOSE_MS)
      await closed.promise
      clearTimeout(force)
    },
  }
}

/** What is fastest to compute comes first; all of it is what OpenSSH offers today. ssh2 has no post-quantum exchange. */
const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group-exchange-sha256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    // Without a native binding 45 % more expensive on Node 24.
    'chacha20-poly1305@openssh.com',
  ],
  compress: ['none'],
}

const CLOSE_MS = 1000

function endedIn(phase: Phase, end: string): HostFailure {
  if (phase === 'open') return new HostFailure('truncated', `${end}: it closed the connection in the middle`)
  const during = { connect: 'at once', handshake: 'in the handshake', login: 'in the login' }[phase]
  return new HostFailure('reset', `${end}: it closed the connection ${during}`)
}

/** RFC 4253, 4.2: a server may print lines first, but then says SSH-. */
function notSsh(first: Buffer | null, end: string): HostFailure | null {
  if (first === null || first.toString('latin1').includes('SSH-')) return null
  return new HostFailure('protocol', `${end}: it speaks no SSH; it said "${excerpt(first.toString('latin1', 0, 200))}"`)
}

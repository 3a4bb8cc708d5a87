import { codeOf } from '../write-file.ts'
import { excerpt, HostFailure, type Cause } from './causes.ts'

/** How far a connection has come. */
export type Phase = 'connect' | 'handshake' | 'login' | 'open'

const SOCKET_CAUSES: Readonly<Record<string, readonly [Cause, words: string, retryable?: boolean]>> = {
  ENOTFOUND: ['dns', 'its name is not known'],
  EAI_AGAIN: ['dns', 'the name service does not answer', true],
  ECONNREFUSED: ['refused', 'nothing listens there'],
  EHOSTUNREACH: ['refused', 'there is no way to it'],
  ENETUNREACH: ['refused', 'there is no way to its network'],
  EHOSTDOWN: ['refused', 'it is down'],
  ETIMEDOUT: ['timeout', 'no answer'],
  ECONNRESET: ['reset', 'the connection was reset'],
  EPIPE: ['reset', 'the connection was cut'],
}

/** What an error of ssh2, node-ssh or the socket means for one end, as `user@host:port: …`. */
export function translate(error: unknown, phase: Phase, end: string): HostFailure {
  if (error instanceof HostFailure) return error
  const message = error instanceof Error ? error.message : String(error)
  const socket = SOCKET_CAUSES[socketCode(error)]
  if (socket !== undefined) {
    const [cause, words, retryable] = socket
    return new HostFailure(cause, `${end}: ${words}`, { cause: error, ...(retryable !== undefined && { retryable }) })
  }
  return new HostFailure(causeOf(levelOf(error), message, phase), `${end}: ${inWords(message)}`, { cause: error })
}

function causeOf(level: string, message: string, phase: Phase): Cause {
  if (level === 'client-authentication' || level === 'agent') return 'auth'
  if (level === 'client-timeout') return 'died' // Keepalive: the only timer of ssh2 that we leave on.
  if (/lost before handshake|No response from server|not connected/i.test(message)) return 'reset'
  if (level === 'handshake' || level === 'protocol') return 'protocol'
  // The host itself has ended the connection, with a reason.
  if (phase === 'login') return 'auth'
  return phase === 'open' ? 'died' : 'protocol'
}

/** The words of ssh2, where those of an operator are better. */
function inWords(message: string): string {
  if (/All configured authentication methods failed/.test(message)) return 'the host refused the login'
  if (/Keepalive timeout/.test(message)) return 'it stopped answering'
  if (/lost before handshake|No response from server/.test(message)) return 'it closed the connection'
  // RFC 4253, 7.1; most likely a post-quantum key exchange, which ssh2 has not.
  if (/no matching/.test(message)) return `${excerpt(message)}; the system's own client may have one: set ssh.client to 'openssh'`
  return excerpt(message)
}

/** A name with several addresses fails with all their errors in one. */
function socketCode(error: unknown): string {
  if (error instanceof AggregateError) return (error.errors as unknown[]).map(codeOf).find((code) => code in SOCKET_CAUSES) ?? codeOf(error)
  return codeOf(error)
}

function levelOf(error: unknown): string {
  return error instanceof Error && 'level' in error && typeof error.level === 'string' ? error.level : ''
}

/** A deadline that has passed, with what was waited for. */
export function lateIn(phase: Phase, end: string, milliseconds: number): HostFailure {
  const where = {
    connect: 'no answer',
    handshake: 'it took the connection, but did not complete the SSH handshake',
    login: 'it stalled in the login',
    open: 'it was not done',
  }[phase]
  return new HostFailure('timeout', `${end}: ${where} within ${Math.round(milliseconds / 100) / 10} s`)
}

/**
 * Why a host could not be collected, for people who have to mend it and for the run that may try again. What needs advice of its own, and is
 * nothing else to programs, is told by the `word` of another cause.
 */
export const CAUSES = {
  dns: { retryable: false, advice: 'mend the name in the host list, or the name service' },
  refused: { retryable: true, advice: 'nothing listens there: start sshd, open the firewall, or mend address and port' },
  timeout: { retryable: true, advice: 'is the host up, and reachable from here? Slow ones need more connectSeconds or hostSeconds' },
  hostkey: {
    retryable: false,
    advice: 'find out why before you trust it: a changed key may be another machine that pretends to be this one',
  },
  newkey: {
    word: 'hostkey',
    retryable: false,
    advice: 'compare the fingerprint, and have the key in known_hosts: `ssh` there once by hand as this user, or `ssh-keyscan`',
  },
  auth: { retryable: false, advice: 'give the user, key or password of that host; it is not tried again, so that no account is locked' },
  sudo: {
    retryable: false,
    advice: 'allow the user sudo there, give sudoPassword, or set become to null for what an ordinary user may see',
  },
  protocol: { retryable: false, advice: "is it an SSH server? What ssh2 cannot speak, the system's own client may: ssh.client 'openssh'" },
  reset: {
    retryable: true,
    advice: 'the host, or something on the way, cut the connection: too many at once (MaxStartups), or a firewall',
  },
  truncated: { retryable: true, advice: 'the connection ended before the answer did' },
  toobig: { retryable: false, advice: 'the host prints without end: look at its login scripts' },
  shell: { retryable: false, advice: 'the user needs a login shell that runs `sh -s`' },
  died: { retryable: true, advice: 'the host, or the script on it, ended in the middle: out of memory, a reboot?' },
  parse: { retryable: false, advice: 'an answer could not be made into a report: please send the recorded capture' },
  config: {
    word: 'protocol',
    retryable: false,
    advice: "rollcall's own client does not follow that line of the ssh config: set ssh.client to 'openssh'",
  },
  cert: {
    word: 'parse',
    retryable: false,
    advice: 'mend that file, or delete it: then the host is pinned anew, and the register finds it by its hardware',
  },
  storage: {
    word: 'api',
    retryable: true,
    advice: 'make room, or mend the data folder: what could not be written there is collected by the next run',
  },
  api: { retryable: true, advice: 'the report waits in the spool: the next run sends it, once the API can be reached and takes it' },
  rejected: {
    word: 'api',
    retryable: false,
    advice: 'the report is kept with the reasons in the folder rejected of the spool; is the API older than rollcall here?',
  },
  internal: { word: 'parse', retryable: false, advice: 'a mistake of rollcall itself: please report it' },
} as const satisfies Readonly<Record<string, { readonly word?: string; readonly retryable: boolean; readonly advice: string }>>

export type Cause = keyof typeof CAUSES

/** The word by which a cause is told: `dns refused timeout hostkey auth sudo protocol reset truncated toobig shell died parse api`. */
export function wordOf(cause: Cause): string {
  const known = CAUSES[cause]
  return 'word' in known ? known.word : cause
}

/** One host could not be collected. An expected outcome of a run, never the end of it. */
export class HostFailure extends Error {
  override readonly name = 'HostFailure'
  readonly reason: Cause
  /** Whether a later try may go better; usually as the reason says. */
  readonly retryable: boolean

  constructor(reason: Cause, message: string, { cause, retryable }: { readonly cause?: unknown; readonly retryable?: boolean } = {}) {
    super(message, { cause })
    this.reason = reason
    this.retryable = retryable ?? CAUSES[reason].retryable
  }
}

/** What a host said, as one line that is safe to print: no control characters, no more than 200 characters. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\u{FFFD}]+/gu, ' ').trim()
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

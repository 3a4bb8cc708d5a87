import type { Door } from './become.ts'
import { excerpt, HostFailure } from './causes.ts'
import type { Head } from './head.ts'
import type { Exit } from './remote.ts'

interface Ended {
  readonly end: string
  /** What happened to the connection; null where nothing did. */
  readonly failure: HostFailure | null
  readonly exit: Exit | null
  readonly isComplete: boolean
  readonly head: Head
  readonly door: Door
  readonly become: 'sudo' | null
}

/** Why what came is no answer; null where it is one. */
export function verdict({ end, failure, exit, isComplete, head, door, become }: Ended): HostFailure | null {
  const heads = head.texts
  const isInSudo = head.uid === null && become !== null && door.passedShell(heads)
  const toldBySudo = excerpt(heads.stderr.replaceAll(/[0-9a-f]{16}-password:/g, ' '))
  if (failure !== null) {
    // Whoever waits at sudo's door until the deadline was asked for something that is no password.
    if (isInSudo && failure.reason === 'timeout') return new HostFailure('sudo', `${end}: sudo waits for something else: ${toldBySudo}`)
    return failure
  }
  if (isInSudo) return new HostFailure('sudo', `${end}: ${toldBySudo || `sudo ended with status ${exit?.code ?? 'unknown'}`}`)
  if (head.uid === null) return notBegun(end, exit, `${heads.stdout} ${heads.stderr}`)
  // As an ordinary user the host would tell less of who it is, and might be taken for another one.
  if (become !== null && head.uid !== '0')
    return new HostFailure('sudo', `${end}: the script ran as user ${head.uid} although sudo said yes`)
  if (typeof exit?.signal === 'string') return new HostFailure('died', `${end}: the script was ended by ${exit.signal}`)
  if (isComplete)
    return exit === null || exit.code === 0 ? null : new HostFailure('died', `${end}: exit status ${exit.code} after the end mark`)
  if (exit === null || exit.code === 0) return new HostFailure('truncated', `${end}: the answer was cut`)
  return new HostFailure('died', `${end}: the script ended in the middle, with status ${exit.code ?? 'unknown'}`)
}

function notBegun(end: string, exit: Exit | null, said: string): HostFailure {
  if (exit === null) return new HostFailure('truncated', `${end}: the session ended before the script began`)
  if (exit.signal !== null) return new HostFailure('died', `${end}: the login shell was ended by ${exit.signal}`)
  const words = excerpt(said)
  return new HostFailure('shell', `${end}: the login shell did not run sh (status ${exit.code})${words === '' ? '' : `: ${words}`}`)
}

import { FrameReader, type Capture } from '../../plugins/frames.ts'
import type { Job } from '../job.ts'
import type { Door } from './become.ts'
import { HostFailure } from './causes.ts'
import { Head } from './head.ts'
import { verdict } from './outcome.ts'
import type { Exit, Remote } from './remote.ts'
import type { Secret } from './secret.ts'

export interface Execution {
  readonly job: Job
  readonly door: Door
  /** For sudo's own prompt; null where it must not ask. */
  readonly password: Secret | null
  readonly become: 'sudo' | null
  readonly maxBytes: number
  /** Aborted at the host's deadline, with a HostFailure as reason. */
  readonly signal: AbortSignal
}

/**
 * Runs the script in a command that has been started, and reads its answers. Success is the end mark, exit 0, and a connection that nothing
 * has happened to. With the end mark all has been said: who else holds the output open is not waited for.
 *
 * @throws {HostFailure}
 */
export async function runScript(remote: Remote, { job, door, password, become, maxBytes, signal }: Execution): Promise<Capture> {
  const reader = new FrameReader(job.nonce)
  const head = new Head(job.nonce)
  const { promise: settled, resolve: settle } = Promise.withResolvers<HostFailure | null>()
  let exit: Exit | null = null
  let bytes = 0
  let grace: NodeJS.Timeout | null = null

  const finish = (): void => {
    if (exit !== null) settle(null)
    else grace ??= setTimeout(settle, EXIT_MS, null)
  }
  const take = (from: 'stdout' | 'stderr', chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > maxBytes) settle(new HostFailure('toobig', `${remote.end}: more than ${maxBytes} bytes of output`))
    reader.push(from, chunk)
    if (head.uid === null) {
      head.take(from, chunk)
      if (!door.isOpen) knock()
    }
    if (reader.complete) finish()
  }
  const knock = (): void => {
    const step = door.next(head.texts)
    if (step === 'send-script') remote.stdin.end(job.script)
    else if (step === 'send-password' && password !== null) remote.stdin.write(`${password.reveal()}\n`)
    else if (step === 'password-refused') settle(new HostFailure('sudo', `${remote.end}: sudo did not accept the password`))
  }
  const onAbort = (): void => settle(signal.reason as HostFailure) // Aborted by collectTarget alone.

  remote.stdout.on('data', (chunk: Buffer) => take('stdout', chunk))
  remote.stderr.on('data', (chunk: Buffer) => take('stderr', chunk))
  // A shell that ends without having read its script; `verdict` tells of it.
  remote.stdin.on('error', () => undefined)
  void remote.exit.then((how) => {
    exit = how
    if (reader.complete) settle(null)
  })
  void remote.over.then(settle)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  if (door.isOpen) remote.stdin.end(job.script)
  try {
    const failure = await settled
    const fault = verdict({ end: remote.end, failure, exit, isComplete: reader.complete, head, door, become })
    if (fault !== null) throw fault
    return reader.finish(job.probes)
  } finally {
    if (grace !== null) clearTimeout(grace)
    signal.removeEventListener('abort', onAbort)
  }
}

/** How long an exit status may come after the end mark. Dropbear, and the system's ssh, tell none while a child of the script holds the output open. */
const EXIT_MS = 1000

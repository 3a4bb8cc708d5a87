import { FrameReader, type Capture } from '../../plugins/frames.ts'
import type { Job } from '../job.ts'
import { excerpt, HostFailure } from '../ssh/causes.ts'
import { TOO_LONG, type SaltCall } from './master.ts'

/** The script of a job, as Salt is to run it. */
export function callFor({ script }: Job, timeoutSeconds: number): SaltCall {
  return {
    fun: 'cmd.run_all',
    arg: ['sh -s'],
    // Not to the minion's log, and nothing trimmed: the end mark stands on a line of its own.
    kwarg: {
      stdin: script,
      python_shell: false,
      cwd: '/',
      rstrip: false,
      ignore_retcode: true,
      output_loglevel: 'quiet',
      timeout: timeoutSeconds,
    },
  }
}

/** What cmd.run_all returns. */
interface RunAll {
  readonly stdout: string
  readonly stderr: string
  /** Null, or negative for a signal, where the script did not end by itself. */
  readonly retcode: number | null
}

/**
 * The answers of one minion.
 *
 * @throws {HostFailure} where what came is no whole answer: nothing of it must reach the register as a removal
 */
export function captureIn(minion: string, said: unknown, { nonce, probes }: Job): Capture {
  if (!isRunAll(said)) throw failureIn(minion, said)
  const { stdout, stderr, retcode } = said
  if (stdout === TRIMMED || stderr === TRIMMED) throw failureIn(minion, TRIMMED)
  const reader = new FrameReader(nonce)
  // Standard error first: nothing of it may be missing when the end mark comes. The line end is what rstrip would take.
  reader.push('stderr', Buffer.from(`${stderr}\n`))
  reader.push('stdout', Buffer.from(`${stdout}\n`))
  const capture = reader.finish(probes)
  const fail = (...[cause, what]: ConstructorParameters<typeof HostFailure>): never => {
    throw new HostFailure(cause, `${minion}: ${what}`)
  }
  if (capture.complete) return retcode === 0 ? capture : fail('died', `exit status ${retcode} after the end mark`)
  if (!stdout.includes(`@@rollcall 1 ${nonce} `)) {
    if (/: Timed out after [\d.]+ seconds$/.test(stdout.trim())) return fail('timeout', 'the script was not done in salt.timeoutSeconds')
    const words = excerpt(`${stdout} ${stderr}`)
    if (retcode !== 0) return fail('shell', `it did not run sh (status ${retcode}): ${words}`)
    return fail('truncated', `what came is no answer of the script: ${words || 'nothing'}`)
  }
  if (retcode === 0) return fail('truncated', 'the answer was cut')
  return fail('died', `the script ended in the middle, with status ${retcode}`)
}

/** What salt puts in the place of an answer that is longer than max_event_size. */
const TRIMMED = 'VALUE_TRIMMED'

/** Why there is no answer, from what stands in its place. */
export function failureIn(minion: string, said: unknown): HostFailure {
  if (said instanceof HostFailure) return said
  if (said === undefined || said === false) return new HostFailure('timeout', `${minion}: it did not answer`)
  if (said === TOO_LONG || said === TRIMMED) return new HostFailure('toobig', `${minion}: the answer is too long for Salt`)
  if (typeof said !== 'string') return new HostFailure('parse', `${minion}: it answered ${excerpt(JSON.stringify(said))}`)
  const words = excerpt(said.split('\n', 1)[0] ?? '')
  if (said.startsWith('Minion did not return')) return new HostFailure('timeout', `${minion}: ${words}`)
  if (DENIED.test(said)) return new HostFailure('auth', `${minion}: ${words}`)
  return new HostFailure('parse', `${minion}: ${words}`)
}

/** Blackout, disable_modules and whitelists of the minion; authorisation by the master. */
const DENIED = /blackout mode|' is not available|denied|not permitted|not authori[sz]ed|authori[sz]ation error|authentication/i

function isRunAll(said: unknown): said is RunAll {
  if (typeof said !== 'object' || said === null || !('stdout' in said && 'stderr' in said && 'retcode' in said)) return false
  const { stdout, stderr, retcode } = said
  return typeof stdout === 'string' && typeof stderr === 'string' && (retcode === null || typeof retcode === 'number')
}

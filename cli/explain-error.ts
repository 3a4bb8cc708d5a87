import { ApiUnreachable, isApiError } from '../collector/errors.ts'
import { EXIT } from './exit.ts'
import { printable } from './text.ts'

/** Errors of wrong use or settings, by class name: their modules are not loaded for it. */
const USAGE = new Set([
  'HostListError',
  'UsageError',
  'ConfError',
  'PluginError',
  'MiddlewareError',
  'CaptureError',
  'CertError',
  'ScheduleError',
  'AgentRunsError',
  'ListenError',
  'DatabaseError',
])

const OTHERS = new Set(['StorageError', 'RunnerError', 'ServiceError'])

/** Tells an error on stderr and gives the exit status. Only an error that nobody foresaw shows where it happened. */
export function explain(error: unknown): number {
  if (!(error instanceof Error)) {
    say(String(error))
    return EXIT.failed
  }
  // Commander has written help or its own message already.
  if (error.name === 'CommanderError') return 'exitCode' in error && error.exitCode === 0 ? EXIT.done : EXIT.usage
  const foreseen = isForeseen(error)
  say(foreseen ? error.message : (error.stack ?? error.message))
  if (foreseen && error.cause instanceof Error) say(`  because: ${error.cause.message}`)
  if (error instanceof ApiUnreachable) return EXIT.unreachable
  return USAGE.has(error.name) ? EXIT.usage : EXIT.failed
}

/** Whether the message alone says what failed and what to do. */
export function isForeseen(error: unknown): boolean {
  return error instanceof Error && (isApiError(error) || USAGE.has(error.name) || OTHERS.has(error.name))
}

function say(text: string): void {
  process.stderr.write(`${text.split('\n').map(printable).join('\n')}\n`)
}

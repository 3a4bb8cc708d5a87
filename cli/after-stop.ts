import { setTimeout } from 'node:timers/promises'
import { EXIT } from './exit.ts'

/** Whatever still hangs then, such as a disk that does not answer, is left to its fate. */
const LAST_MS = 5_000

/**
 * Aborted by Ctrl-C, by SIGTERM, and when nobody reads any more what is printed (`| head`): a run is to end in good order, and to keep what it has
 * not done. A second Ctrl-C ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  const begin = (): void => {
    if (stop.signal.aborted) return
    stop.abort()
    void setTimeout(LAST_MS, undefined, { ref: false }).then(() => process.exit(EXIT.failed))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, begin)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', begin)
  return stop.signal
}

/** What is under way has a little time left after Ctrl-C: does something so many milliseconds later, unless the run is over before. */
export function afterStop(
  ms: number,
  act: () => unknown,
  { signal, over }: { readonly signal: AbortSignal; readonly over: AbortSignal },
): void {
  const wait = (): Promise<unknown> => setTimeout(ms, undefined, { signal: over }).then(act, () => undefined)
  signal.addEventListener('abort', () => void wait(), { once: true, signal: over })
}

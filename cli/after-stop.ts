import { setTimeout } from 'node:timers/promises'

/** What is under way has a little time left after Ctrl-C: does something so many milliseconds later, unless the run is over before. */
export function afterStop(
  ms: number,
  act: () => unknown,
  { signal, over }: { readonly signal: AbortSignal; readonly over: AbortSignal },
): void {
  const wait = (): Promise<unknown> => setTimeout(ms, undefined, { signal: over }).then(act, () => undefined)
  signal.addEventListener('abort', () => void wait(), { once: true, signal: over })
}

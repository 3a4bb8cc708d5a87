/** How far a run has come. */
export interface Tally {
  readonly all: number
  readonly done: number
  readonly failed: number
  readonly running: number
  /** Why hosts wait for another try, one word each. */
  readonly resting: readonly string[]
  readonly elapsedMs: number
}

/** One line about a run: done, running, failed, rate, time left. */
export function progressLine({ all, done, failed, running, resting, elapsedMs }: Tally): string {
  const rate = elapsedMs > 0 ? done / (elapsedMs / 1000) : 0
  const parts = [
    `${done} of ${all} ${all === 1 ? 'host' : 'hosts'}`,
    `${running} running`,
    ...(resting.length === 0 ? [] : [`${resting.length} to be tried again (${[...new Set(resting)].join(', ')})`]),
    `${failed} failed`,
    `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`,
  ]
  if (done < all && rate > 0) parts.push(`${spell((all - done) / rate)} left`)
  return parts.join(', ')
}

/** Seconds as people say them. */
function spell(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}

import { setTimeout } from 'node:timers/promises'
import { Cron } from 'croner'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { explain } from './explain-error.ts'
import { tell } from './text.ts'

interface Scheduled {
  /** One run, with everything read anew: what was edited meanwhile counts. */
  readonly once: () => Promise<number>
  /** What would keep the first run from beginning is told now, not at its time. */
  readonly check: () => Promise<void>
  readonly signal: AbortSignal
}

/**
 * Runs again and again at the times of a cron expression, in the local time zone. A run that takes longer than the next time is never
 * doubled: that time is left out. A failed run ends nothing.
 */
export async function onSchedule(expression: string, { once, check, signal }: Scheduled): Promise<number> {
  let cron: Cron
  try {
    cron = new Cron(expression, { paused: true })
  } catch (error) {
    throw new UsageError(`--schedule ${JSON.stringify(expression)}: expected five fields, as in '0 * * * *' for every hour`, {
      cause: error,
    })
  }
  await check()
  while (!signal.aborted) {
    const next = cron.nextRun()
    if (next === null) return EXIT.done
    tell(`next run: ${next.toISOString()}`)
    await until(next, signal)
    if (signal.aborted) break
    try {
      await once()
    } catch (error) {
      explain(error)
    }
  }
  tell('stopped')
  return EXIT.done
}

/** In steps of a minute at most: a clock that is set, or a machine that slept, is noticed. */
async function until(time: Date, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && Date.now() < time.getTime()) {
    await setTimeout(Math.min(60_000, time.getTime() - Date.now()), undefined, { signal }).catch(() => undefined)
  }
}

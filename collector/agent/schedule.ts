import { milliseconds } from '../../conf/duration.ts'
import { ScheduleError } from '../errors.ts'

/** When something is due, again and again. */
export interface Schedule {
  /** As people wrote it. */
  readonly text: string
  /** The first time after `after`, in milliseconds since 1970; null where there is none. */
  readonly next: (after: number) => number | null
}

/**
 * A duration (`15m`), or five cron fields, with a time zone in front where the host's own is not meant: `TZ=Europe/Berlin 30 3 * * *`.
 *
 * A duration counts from 1970 and not from the last run: what is due every hour and what is due every 15 minutes meet and share a script, and no
 * restart, sleep or set clock moves them.
 *
 * @param spread from 0 to less than 1, the same for this host always
 * @param jitterMs where in this time after the due time the host's own moment lies, `spread` says
 * @throws {ScheduleError}
 */
export async function readSchedule(
  text: string,
  { spread, jitterMs }: { readonly spread: number; readonly jitterMs: number },
): Promise<Schedule> {
  if (!text.includes(' ')) {
    const everyMs = milliseconds(text)
    const offsetMs = Math.floor(spread * Math.min(jitterMs, everyMs))
    return { text, next: (after) => (Math.floor((after - offsetMs) / everyMs) + 1) * everyMs + offsetMs }
  }
  const offsetMs = Math.floor(spread * jitterMs)
  const [, timeZone, expression = ''] = /^(?:TZ=(\S+) )?(.+)$/.exec(text) ?? []
  const { Cron } = await import('croner')
  try {
    const cron = new Cron(expression, { paused: true, mode: '5-part', ...(timeZone !== undefined && { timezone: timeZone }) })
    const next = (after: number): number | null => {
      const time = cron.nextRun(new Date(after - offsetMs))
      return time === null ? null : time.getTime() + offsetMs
    }
    if (next(Date.UTC(2000, 0)) === null) throw new RangeError('it names a time that never comes')
    return { text, next }
  } catch (error) {
    throw new ScheduleError(`${JSON.stringify(text)} is no schedule: expected '15m', '0 3 * * *' or 'TZ=Europe/Berlin 0 3 * * *'`, {
      cause: error,
    })
  }
}

/** A host's place in the spread of its fleet: from 0 to less than 1, by its name. */
export function spreadOf(name: string): number {
  // FNV-1a, 32 bits: no need of a cryptographic hash, whose module costs an idle process 2 MB.
  let hash = 0x81_1c_9d_c5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01_00_01_93) >>> 0
  // The last bytes hardly reach the high bits; one more round of mixing, or web-01 and web-02 would start together.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45_d9_f3_b) >>> 0
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

import type { Schedule } from './schedule.ts'

/** Time, as far as a scheduler needs it. */
export interface Timing {
  /** Milliseconds since 1970: what people and other hosts call the time. May jump. */
  readonly now: () => number
  /** Milliseconds of a clock that only goes forward. */
  readonly uptime: () => number
  /** Calls once, later, and after 24 days at the latest; the function that comes back takes it back. */
  readonly after: (ms: number, call: () => void) => () => void
}

export const SYSTEM_TIMING: Timing = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  after: (ms, call) => {
    // What setTimeout cannot count to, it takes for nothing.
    const timer = setTimeout(call, Math.min(ms, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}

interface Due {
  readonly schedule: Schedule
  /** null: never again. */
  next: number | null
}

/** Longest sleep. Timers stand still while a machine sleeps and know nothing of a clock that is set: whoever looks now and then notices both. */
const LOOK_MS = 60_000
/** Clocks that are disciplined by NTP differ by less between two looks. */
const JUMP_MS = 2_000

/** Tells when entries are due, those due together at once. A time that was slept through is made up for once, not as often as it was missed. */
export class Scheduler {
  readonly #timing: Timing
  readonly #onDue: (names: readonly string[]) => void
  #entries = new Map<string, Due>()
  #cancel: () => void = () => undefined
  #lookedAt: { readonly now: number; readonly uptime: number }

  constructor({ timing, onDue }: { readonly timing: Timing; readonly onDue: (names: readonly string[]) => void }) {
    this.#timing = timing
    this.#onDue = onDue
    this.#lookedAt = { now: timing.now(), uptime: timing.uptime() }
  }

  /** Puts other entries in place of all there are. One whose schedule stays the same keeps its turn; none at all ends the scheduler. */
  replace(schedules: ReadonlyMap<string, Schedule>): void {
    const now = this.#timing.now()
    this.#entries = new Map(
      [...schedules].map(([name, schedule]) => {
        const before = this.#entries.get(name)
        const stays = before !== undefined && before.schedule.text === schedule.text && before.schedule.next(now) === schedule.next(now)
        return [name, { schedule, next: stays ? before.next : schedule.next(now) }]
      }),
    )
    this.#sleep()
  }

  /** When each entry is due next, in milliseconds since 1970. */
  get upcoming(): ReadonlyMap<string, number | null> {
    return new Map([...this.#entries].map(([name, { next }]) => [name, next]))
  }

  #look(): void {
    const now = this.#timing.now()
    const uptime = this.#timing.uptime()
    const wentBack = now - this.#lookedAt.now < uptime - this.#lookedAt.uptime - JUMP_MS
    this.#lookedAt = { now, uptime }
    const due: string[] = []
    for (const [name, entry] of this.#entries) {
      const isDue = entry.next !== null && entry.next <= now
      if (isDue) due.push(name)
      // Of a clock that was set back, nobody waits until it shows the old time again.
      if (isDue || wentBack) entry.next = entry.schedule.next(now)
    }
    this.#sleep()
    if (due.length > 0) this.#onDue(due)
  }

  #sleep(): void {
    this.#cancel()
    if (this.#entries.size === 0) return
    const next = Math.min(...[...this.#entries.values()].map((entry) => entry.next ?? Number.POSITIVE_INFINITY))
    this.#cancel = this.#timing.after(Math.min(LOOK_MS, Math.max(0, next - this.#timing.now())), () => this.#look())
  }
}

import type { Timing } from '../../../collector/agent/scheduler.ts'

/** A clock that stands still until it is moved; timers fire on the way, in their order. */
export class ManualTiming implements Timing {
  #now: number
  #uptime = 0
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>()

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  readonly now = (): number => this.#now
  readonly uptime = (): number => this.#uptime
  readonly after = (ms: number, call: () => void): (() => void) => {
    const timer = { at: this.#uptime + ms, call }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size
  }

  /** Time goes by; whatever that starts is let go on before the next timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#uptime + ms
    for (;;) {
      await settled()
      const next = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#move(next.at - this.#uptime)
      this.#timers.delete(next)
      next.call()
    }
    this.#move(end - this.#uptime)
    await settled()
  }

  /** Somebody sets the clock, or the machine sleeps: the time jumps, and no timer notices. */
  jump(ms: number): void {
    this.#now += ms
  }

  #move(ms: number): void {
    if (ms <= 0) return
    this.#now += ms
    this.#uptime += ms
  }
}

/** Promises that are ready have gone on. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

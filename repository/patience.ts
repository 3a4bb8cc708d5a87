import { setTimeout } from 'node:timers/promises'
import { DatabaseBusy } from './errors.ts'

/** How long writes wait for a program that keeps the database locked. */
const LONGEST_MS = 10_000
const LONGEST_PAUSE_MS = 50
/** A lock that nobody has met for so long is over; the next one is another. */
const FORGOTTEN_AFTER_MS = 1000

/**
 * Tries again while another process has the database locked, and lets the event loop go on meanwhile. Counts from when the lock was met
 * first: of many that wait in a line each one waits no longer than all together.
 */
export class Patience {
  readonly #isBusy: (error: unknown) => boolean
  #firstMs = 0
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(isBusy: (error: unknown) => boolean) {
    this.#isBusy = isBusy
  }

  /**
   * @param hadLock whether a result could be had only while no other process had the lock
   * @throws {DatabaseBusy} when the lock has been there for ten seconds
   */
  async run<T>(attempt: () => T | Promise<T>, hadLock: (result: T) => boolean = () => true): Promise<T> {
    for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const result = await attempt()
        if (hadLock(result)) this.#lastMs = Number.NEGATIVE_INFINITY
        return result
      } catch (error) {
        if (!this.#isBusy(error)) throw error
        if (this.#metForMs() > LONGEST_MS)
          throw new DatabaseBusy('another program keeps the database locked: look who has it open (fuser), then try again', {
            cause: error,
          })
      }
      await setTimeout(pauseMs * (0.5 + Math.random() / 2))
    }
  }

  /** How long the lock is known that has just been met. */
  #metForMs(): number {
    const now = performance.now()
    if (now - this.#lastMs > FORGOTTEN_AFTER_MS) this.#firstMs = now
    this.#lastMs = now
    return now - this.#firstMs
  }
}

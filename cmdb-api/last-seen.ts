import { setImmediate } from 'node:timers/promises'
import type { Register } from '../repository/connect.ts'
import { touch, type Seen } from '../repository/observed.ts'

/** Rows of one transaction: a million at once would hold up the event loop for a quarter of a second. */
const CHUNK = 1000
const EVERY_MS = 5000

/**
 * Last-seen times and volatile values of unchanged reports, written in batches apart from the history. The newest ones are promised to be seen
 * by this process at once, not to survive a power cut.
 */
export class LastSeen {
  readonly #register: Register
  readonly #failed: (error: unknown) => void
  #pending = new Map<number, Seen>()
  #writing = new Map<number, Seen>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(register: Register, failed: (error: unknown) => void) {
    this.#register = register
    this.#failed = failed
  }

  /** What is newer than the database, if anything. */
  of(assetId: number): Seen | undefined {
    return this.#pending.get(assetId) ?? this.#writing.get(assetId)
  }

  add(seen: Seen): void {
    this.#pending.set(seen.asset_id, seen)
    this.#timer ??= setTimeout(() => void this.flush(), EVERY_MS).unref()
  }

  /** Forgets what is pending for an asset whose row is being written with newer values. */
  drop(assetId: number): void {
    this.#pending.delete(assetId)
    this.#writing.delete(assetId)
  }

  /** Writes all that is pending. Never throws: what failed is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing.then(() => this.#write())
    await this.#flushing
  }

  async #write(): Promise<void> {
    this.#writing = this.#pending
    this.#pending = new Map()
    const rows = [...this.#writing.values()].toSorted((a, b) => a.asset_id - b.asset_id)
    try {
      for (let at = 0; at < rows.length; at += CHUNK) {
        await touch(
          this.#register,
          rows.slice(at, at + CHUNK).filter((row) => this.#writing.has(row.asset_id)),
        )
        await setImmediate()
      }
    } catch (error) {
      for (const row of this.#writing.values()) if (!this.#pending.has(row.asset_id)) this.#pending.set(row.asset_id, row)
      this.#timer ??= setTimeout(() => void this.flush(), EVERY_MS).unref()
      this.#failed(error)
    }
    this.#writing = new Map()
  }
}

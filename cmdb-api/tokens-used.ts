import type { Register } from '../repository/connect.ts'
import { touchTokens } from '../repository/tokens.ts'

/** How old the time in the database may grow while a token is used again and again. */
const TIME_EVERY_MS = 60_000
const WRITE_AFTER_MS = 50

/**
 * When tokens were used last, written in batches that no request waits for: whoever may read can read also while nothing can be written.
 * What is not written is lost with the process.
 */
export class TokensUsed {
  readonly #register: Register
  readonly #failed: (error: unknown) => void
  /** What was handed over to be written, by token: as few as there are tokens. */
  readonly #noted = new Map<string, number>()
  #pending = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(register: Register, failed: (error: unknown) => void) {
    this.#register = register
    this.#failed = failed
  }

  /** @param usedAt as the database has it; null where the token was never used */
  add(id: string, usedAt: number | null, now: number): void {
    if (now - Math.max(usedAt ?? 0, this.#noted.get(id) ?? 0) <= TIME_EVERY_MS) return
    this.#noted.set(id, now)
    this.#pending.set(id, now)
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS)
  }

  /** Writes all that is pending. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    await this.#writing
  }

  async #write(): Promise<void> {
    const used = [...this.#pending].map(([id, at]) => ({ id, at }))
    this.#pending = new Map()
    try {
      if (used.length > 0) await touchTokens(this.#register, used)
    } catch (error) {
      this.#failed(error)
    }
  }
}

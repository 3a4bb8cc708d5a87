/** First wait for an API that does not answer, and the longest one. */
const FIRST_MS = 15_000
const LONGEST_MS = 900_000

/**
 * When an API that did not answer is to be asked again: later each time, and at a moment of this host's own, so that a fleet does not come back as one.
 * What the API asks for is the least; half as much again is the spread.
 */
export class Comeback {
  readonly #random: () => number
  readonly #longestMs: number
  #failures = 0
  #notBefore = 0

  /** @param random from 0 to less than 1 */
  constructor(random: () => number, longestMs = LONGEST_MS) {
    this.#random = random
    this.#longestMs = longestMs
  }

  /** Whether the API may be asked. */
  isOpen(now: number): boolean {
    return now >= this.#notBefore
  }

  answered(): void {
    this.#failures = 0
    this.#notBefore = 0
  }

  /** @returns milliseconds to wait */
  failed(now: number, retryAfterMs: number | null): number {
    const own = Math.min(this.#longestMs, FIRST_MS * 2 ** this.#failures) * (0.5 + this.#random() / 2)
    const asked = (retryAfterMs ?? 0) * (1 + this.#random() / 2)
    this.#failures = Math.min(this.#failures + 1, 16)
    const wait = Math.ceil(Math.max(own, asked))
    this.#notBefore = now + wait
    return wait
  }
}

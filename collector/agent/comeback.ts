/** First wait for an API that does not answer, and the longest one. */
const FIRST_MS = 15_000
const LONGEST_MS = 900_000
/** Of what the API asks for, no more is heeded: a date that somebody got wrong must not silence a fleet for a year. */
const HEEDED_MS = 86_400_000

/**
 * How long to wait for an API that did not answer: longer each time, and for a time of this host's own, so that a fleet does not come back as one.
 * What the API asks for is the least; half as much again is the spread.
 */
export class Comeback {
  readonly #random: () => number
  readonly #longestMs: number
  #failures = 0

  /** @param random from 0 to less than 1 */
  constructor(random: () => number, longestMs = LONGEST_MS) {
    this.#random = random
    this.#longestMs = longestMs
  }

  answered(): void {
    this.#failures = 0
  }

  /** @returns milliseconds to wait */
  failed(retryAfterMs: number | null): number {
    const own = Math.min(this.#longestMs, FIRST_MS * 2 ** this.#failures) * (0.5 + this.#random() / 2)
    const asked = Math.min(HEEDED_MS, retryAfterMs ?? 0) * (1 + this.#random() / 2)
    this.#failures = Math.min(this.#failures + 1, 16)
    return Math.ceil(Math.max(own, asked))
  }
}

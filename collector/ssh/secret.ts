import { inspect } from 'node:util'

/** A text that never prints itself: not in a log, an error, JSON, or a console. It does not survive being sent to a thread, either. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Only for the hand that gives it to whom it belongs. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}

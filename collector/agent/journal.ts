/** How urgent a line is, as syslog(3) and journald count. */
export const PRIORITY = { error: 3, warning: 4, info: 6 } as const
export type Urgency = keyof typeof PRIORITY

/** A constant message, and what makes this one different from others. */
export type Log = (urgency: Urgency, message: string, fields?: Readonly<Record<string, string | number | null>>) => void

/** Says what is wrong once, however often it is met, and once more when it is over. */
export class Complaints {
  readonly #log: Log
  readonly #open = new Map<string, string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** @param reason null: all is well */
  about(subject: string, reason: string | null): void {
    if ((this.#open.get(subject) ?? null) === reason) return
    if (reason === null) {
      this.#open.delete(subject)
      this.#log('info', `${subject}: well again`)
    } else {
      this.#open.set(subject, reason)
      this.#log('warning', subject, { reason })
    }
  }

  /** What is wrong now. */
  get open(): ReadonlyMap<string, string> {
    return this.#open
  }
}

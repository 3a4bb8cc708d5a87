import type { Register } from '../repository/connect.ts'
import { markOffered } from '../repository/tasks.ts'

const WRITE_AFTER_MS = 50
/** Rows of one statement. */
const CHUNK = 5000

/**
 * Notes that agents were told of tasks, in batches: a task for a group is offered to a thousand agents within one moment. What is not written
 * is lost with the process; the task is then still called waiting, which hurts nobody.
 */
export class TasksOffered {
  readonly #register: Register
  readonly #now: () => number
  readonly #failed: (error: unknown) => void
  readonly #pending = new Set<number>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(register: Register, now: () => number, failed: (error: unknown) => void) {
    this.#register = register
    this.#now = now
    this.#failed = failed
  }

  add(id: number): void {
    this.#pending.add(id)
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
    const ids = [...this.#pending].toSorted((a, b) => a - b)
    this.#pending.clear()
    try {
      for (let at = 0; at < ids.length; at += CHUNK) await markOffered(this.#register, ids.slice(at, at + CHUNK), this.#now())
    } catch (error) {
      this.#failed(error)
    }
  }
}

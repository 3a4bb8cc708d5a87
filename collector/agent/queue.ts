export interface QueueOptions<J> {
  /** Never rejects: what goes wrong is a result of its own. Ends soon after the signal. */
  readonly work: (jobs: readonly J[], signal: AbortSignal) => Promise<void>
  /** Whether all that waits is done together, or one after the other. */
  readonly together: boolean
  /** Two jobs of one key are the same work. */
  readonly keyOf: (job: J) => string
}

/** Jobs in their order, one run of them at a time. */
export class Queue<J> {
  readonly #options: QueueOptions<J>
  readonly #stopping = new AbortController()
  readonly #waiting = new Map<string, J>()
  #running: ReadonlyMap<string, J> = new Map()
  #isBusy = false
  #idle: Promise<void> = Promise.resolve()

  constructor(options: QueueOptions<J>) {
    this.#options = options
  }

  /** @returns false where the same work waits or runs already: it is never doubled */
  add(job: J): boolean {
    const key = this.#options.keyOf(job)
    if (this.#stopping.signal.aborted || this.#waiting.has(key) || this.#running.has(key)) return false
    this.#waiting.set(key, job)
    if (!this.#isBusy) {
      this.#isBusy = true
      this.#idle = this.#run()
    }
    return true
  }

  /** Keys of what is under way. */
  get running(): readonly string[] {
    return [...this.#running.keys()]
  }

  /** Keys of what waits or runs. */
  get keys(): readonly string[] {
    return [...this.#waiting.keys(), ...this.#running.keys()]
  }

  /** Forgets some of what waits; what runs goes on. */
  forget(which: (key: string) => boolean): void {
    for (const key of this.#waiting.keys()) if (which(key)) this.#waiting.delete(key)
  }

  /** Forgets what waits, ends what runs, and resolves when that has ended. */
  async stop(): Promise<void> {
    this.#waiting.clear()
    this.#stopping.abort()
    await this.#idle
  }

  async #run(): Promise<void> {
    // What is added in the same moment joins in: things due together share a run.
    await Promise.resolve()
    while (this.#waiting.size > 0) {
      const [first] = this.#waiting
      const batch = this.#options.together ? new Map(this.#waiting) : new Map([first!])
      for (const key of batch.keys()) this.#waiting.delete(key)
      this.#running = batch
      await this.#options.work([...batch.values()], this.#stopping.signal)
      this.#running = new Map()
    }
    this.#isBusy = false
  }
}

/** How often tasks that another process of the API created are looked for. */
const LOOK_EVERY_MS = 1000

export interface TaskWaitersOptions {
  /** Assets that have got tasks of late, whichever process created them. Asked once a second while anybody waits. */
  readonly look: () => Promise<readonly number[]>
  readonly failed: (error: unknown) => void
}

/** One agent's question that is kept open. */
export interface Waiter {
  /** Resolves to true when there may be a task, to false when waiting makes no sense any more. */
  readonly woken: Promise<boolean>
  /** Ends the waiting, as if its time was over. */
  readonly leave: () => void
}

/**
 * Who waits for tasks in this process. Somebody who waits costs an entry here and holds no connection to the database: there is one
 * question a second for all of them together.
 */
export class TaskWaiters {
  readonly #options: TaskWaitersOptions
  readonly #waiting = new Map<number | null, Set<(hasTask: boolean) => void>>()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #isClosed = false

  constructor(options: TaskWaitersOptions) {
    this.#options = options
  }

  /** Whether the API goes down: it makes no sense to ask again here. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Call it before looking for tasks, so that one which comes between is not missed. Null: for a host that is not in the register. */
  enter(assetId: number | null): Waiter {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    if (this.#isClosed) resolve(false)
    else {
      const others = this.#waiting.get(assetId)
      if (others === undefined) this.#waiting.set(assetId, new Set([resolve]))
      else others.add(resolve)
      this.#lookSoon()
    }
    return { woken: promise, leave: () => this.#leave(assetId, resolve) }
  }

  /** Whether an agent of this asset waits here right now. */
  has(assetId: number): boolean {
    return this.#waiting.has(assetId)
  }

  wake(assetIds: Iterable<number>): void {
    for (const id of assetIds) this.#end(id, true)
  }

  /** Everybody is told that there is nothing, and whoever comes from now on too. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const id of this.#waiting.keys()) this.#end(id, false)
  }

  #end(assetId: number | null, hasTask: boolean): void {
    const waiting = this.#waiting.get(assetId)
    this.#waiting.delete(assetId)
    for (const resolve of waiting ?? []) resolve(hasTask)
  }

  #leave(assetId: number | null, resolve: (hasTask: boolean) => void): void {
    const others = this.#waiting.get(assetId)
    if (others?.delete(resolve) === true && others.size === 0) this.#waiting.delete(assetId)
    resolve(false)
  }

  #lookSoon(): void {
    if (this.#timer !== undefined || this.#isLooking) return
    this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS)
  }

  async #look(): Promise<void> {
    this.#timer = undefined
    if (this.#waiting.size === 0) return
    this.#isLooking = true
    try {
      this.wake(await this.#options.look())
    } catch (error) {
      this.#options.failed(error)
    }
    this.#isLooking = false
    if (this.#waiting.size > 0 && !this.#isClosed) this.#lookSoon()
  }
}

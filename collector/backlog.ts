import type { Spool, Waiting } from './spool.ts'

/** What waits in a spool, host by host, each host's in its order. Listed only when all of it is settled: a full spool holds thousands. */
export class Backlog {
  readonly #spool: Spool
  readonly #hosts = new Map<string, Waiting[]>()
  /** What was listed already: none of it comes twice, should the disk let nothing go. */
  readonly #seen = new Set<string>()

  constructor(spool: Spool) {
    this.#spool = spool
  }

  /**
   * Says whether there is anything, and looks for what has come meanwhile where there was nothing left.
   *
   * @throws {StorageError}
   */
  async fill(): Promise<boolean> {
    if (this.#hosts.size > 0) return true
    for (const waiting of await this.#spool.list()) {
      if (this.#seen.has(waiting.file)) continue
      this.#seen.add(waiting.file)
      const before = this.#hosts.get(waiting.host)
      if (before === undefined) this.#hosts.set(waiting.host, [waiting])
      else before.push(waiting)
    }
    return this.#hosts.size > 0
  }

  /** Hosts that have something waiting. */
  get hosts(): readonly string[] {
    return [...this.#hosts.keys()]
  }

  firstOf(host: string): Waiting | null {
    return this.#hosts.get(host)?.[0] ?? null
  }

  /** The first report of its host is dealt with. */
  settled({ host }: Waiting): void {
    const waiting = this.#hosts.get(host)
    waiting?.shift()
    if (waiting?.length === 0) this.#hosts.delete(host)
  }

  /** Leaves all of a host for another time. */
  passOver(host: string): void {
    this.#hosts.delete(host)
  }
}

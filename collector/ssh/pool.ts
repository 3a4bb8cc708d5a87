import { hash } from 'node:crypto'
import { Piscina } from 'piscina'
import type { TargetResult } from './results.ts'
import { endOf, entryKey, type Target } from './target.ts'
import type { Fault, ThreadSetup } from './worker.ts'

export interface PoolOptions {
  /** As `threadsFor` says. */
  readonly threads: number
  /** Hosts at the same time, in all threads together. More wait in line. */
  readonly concurrency: number
}

/**
 * Threads that collect hosts, many at once each. Hosts behind the same gateway always go to the same thread, so that its connection is
 * shared by all of them; piscina chooses threads by itself, hence one piscina for each thread.
 */
export class TargetPool {
  readonly #threads: readonly Piscina<Target | null, TargetResult>[]
  #turn = 0
  #isClosed = false

  private constructor(threads: readonly Piscina<Target | null, TargetResult>[]) {
    this.#threads = threads
  }

  /** @throws {PluginError | MiddlewareError | StorageError} by name and message alone, no instance of these: it comes from a thread */
  static async open(setup: ThreadSetup, { threads, concurrency }: PoolOptions): Promise<TargetPool> {
    const filename = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './ssh-worker.js', import.meta.url).href
    const options = {
      filename,
      workerData: setup,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: Math.max(1, Math.ceil(concurrency / threads)),
      // A thread without a host must not sleep: it holds connections to gateways.
      atomics: 'disabled' as const,
    }
    const pool = new TargetPool(Array.from({ length: threads }, () => new Piscina<Target | null, TargetResult>(options)))
    try {
      const begun = await Promise.all(pool.#threads.map((thread) => thread.run(null, { name: 'begin' })))
      // `begin` gives no results of hosts.
      const fault = (begun as unknown as readonly (Fault | null)[]).find((one) => one !== null)
      if (fault !== undefined) throw errorOf(fault)
    } catch (error) {
      await pool.close()
      throw error
    }
    return pool
  }

  /** One host to one result. Never rejects: a thread that breaks fails the hosts it had, and is replaced. */
  async collect(target: Target): Promise<TargetResult> {
    const begun = performance.now()
    const common = (): Pick<TargetResult, 'key' | 'name' | 'ms' | 'newHostKeys'> => {
      return { key: entryKey(target), name: target.name ?? target.address, ms: Math.round(performance.now() - begun), newHostKeys: [] }
    }
    if (this.#isClosed) return { ...common(), status: 'stopped' }
    try {
      return await this.#threadFor(target).run(target)
    } catch (error) {
      if (this.#isClosed) return { ...common(), status: 'stopped' }
      const message = `${endOf(target)}: the thread that collected it ended: ${error instanceof Error ? error.message : String(error)}`
      return { ...common(), status: 'failed', cause: 'internal', message, retryable: true }
    }
  }

  /** Ends all threads, and with them every connection; hosts that are not done are `stopped`. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#threads.map((thread) => thread.destroy()))
  }

  #threadFor({ via: [gateway] }: Target): Piscina<Target | null, TargetResult> {
    const turn = gateway === undefined ? this.#turn++ : hash('sha1', endOf(gateway), 'buffer').readUInt32BE(0)
    return this.#threads[turn % this.#threads.length]!
  }
}

function errorOf({ name, message, stack, cause }: Fault): Error {
  return Object.assign(new Error(message, cause === null ? undefined : { cause: new Error(cause) }), { name, stack })
}

/** Threads for so many hosts at once: one does several hundred hosts a second, and more only help where there are processors for them. */
export function threadsFor(concurrency: number, processors: number): number {
  return Math.max(1, Math.min(4, processors - 1, Math.ceil(concurrency / 50)))
}

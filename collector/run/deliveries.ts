import { setTimeout } from 'node:timers/promises'
import type { Receipt } from '../../cmdb-api/contract.ts'
import type { Api } from '../api-client.ts'
import { StorageError, type ApiError } from '../errors.ts'
import type { PackedReport } from '../packed-report.ts'
import { SYSTEM_CLOCK } from '../post.ts'
import { drain } from '../reporter.ts'
import type { Spool } from '../spool.ts'
import { gather } from './gather.ts'

/** Reports that wait until a batch is sent: one request for many hosts. */
const BATCH = 100

/** Reports that are written together: a file costs more than what is in it. */
const TOGETHER = { most: 64, mostSize: 8 * 1024 * 1024, sizeOf, waitMs: 50 }

function sizeOf({ lean, documents }: PackedReport): number {
  return documents.reduce((sum, [, json]) => sum + json.byteLength, lean.length)
}

type Trouble = ApiError | StorageError

/** What became of a report: its receipt, why it still waits, or how else it left the spool: another process sent it, or it gave way. */
export type Answer = { readonly receipt: Receipt } | { readonly waits: Trouble } | { readonly left: 'sent' | 'dropped' }

interface Waiting {
  readonly resolve: (answer: Answer) => void
  isSpooled: boolean
}

/**
 * Spools the reports of a run as they come and posts them in batches, while other hosts are still being collected. A report is on disk before
 * anything is said or sent of it, so that a killed run loses none that counts as done.
 */
export class Deliveries {
  readonly #spool: Spool
  readonly #api: Api
  readonly #put: (report: PackedReport) => Promise<unknown>
  readonly #waiting = new Map<string, Waiting>()
  #sending: Promise<void> = Promise.resolve()
  #isQueued = false
  #stopped: Trouble | null = null
  #dropped = 0

  constructor({ spool, api }: { readonly spool: Spool; readonly api: Api }) {
    this.#spool = spool
    this.#api = api
    this.#put = gather(async (reports) => {
      const { dropped } = await spool.putAll(reports)
      this.#dropped += dropped
    }, TOGETHER)
  }

  /** Resolves when the API has answered, or when the run ends without an answer. */
  async add({ head, lean, documents }: PackedReport): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    // Known before it is in the spool: a drain that is under way may send it at once.
    const own: Waiting = { resolve, isSpooled: false }
    this.#waiting.set(head.id, own)
    try {
      await this.#put({ head, lean, documents })
      own.isSpooled = true
    } catch (error) {
      this.#waiting.delete(head.id)
      if (error instanceof StorageError) return { waits: error }
      throw error
    }
    if (this.#stopped !== null) this.#answer(head.id, { waits: this.#stopped })
    else if (this.#waiting.size >= BATCH) this.#send()
    return await promise
  }

  /** Sends what waits now; call it from time to time, too, for the last few. */
  flush(): void {
    if (this.#waiting.size > 0) this.#send()
  }

  /** Sends the rest. Reports of earlier runs go along. `left` is what waits in the spool; null where it cannot be read. */
  async finish(): Promise<{ readonly left: number | null; readonly stopped: Trouble | null; readonly dropped: number }> {
    this.#send()
    await this.#sending
    const left = this.#stopped instanceof StorageError ? null : (await this.#spool.list()).length
    return { left, stopped: this.#stopped, dropped: this.#dropped }
  }

  /** One drain follows the one under way, however often it is asked for. */
  #send(): void {
    if (this.#isQueued) return
    this.#isQueued = true
    this.#sending = this.#sending.then(() => this.#drain())
  }

  async #drain(): Promise<void> {
    this.#isQueued = false
    if (this.#stopped !== null) return
    const before = this.#spooled()
    this.#stopped = await this.#drained()
    if (this.#stopped !== null) for (const id of this.#spooled()) this.#answer(id, { waits: this.#stopped })
    // A drain goes on until nothing waits: what was there, and has no receipt, was taken by somebody else.
    else for (const id of before) this.#answer(id, { left: this.#dropped > 0 ? 'dropped' : 'sent' })
  }

  async #drained(): Promise<Trouble | null> {
    try {
      const { stopped } = await drain({
        spool: this.#spool,
        api: this.#api,
        clock: { ...SYSTEM_CLOCK, wait: (ms) => setTimeout(ms, undefined, { signal: this.#api.signal }).catch(() => undefined) },
        onReceipt: async ({ id }, receipt) => this.#answer(id, { receipt }),
      })
      return stopped
    } catch (error) {
      if (error instanceof StorageError) return error
      throw error
    }
  }

  #spooled(): string[] {
    return [...this.#waiting].filter(([, { isSpooled }]) => isSpooled).map(([id]) => id)
  }

  #answer(id: string, answer: Answer): void {
    this.#waiting.get(id)?.resolve(answer)
    this.#waiting.delete(id)
  }
}

import type { Receipt } from '../../cmdb-api/contract.ts'
import type { Api } from '../api-client.ts'
import { StorageError, type ApiError } from '../errors.ts'
import { drain, type Drained } from '../reporter.ts'
import type { ReportHead, Spool } from '../spool.ts'

/** Reports that wait until a batch is sent: one request for many hosts. */
const BATCH = 100

/** What became of a report: its receipt, or why it still waits. */
export type Answer = { readonly receipt: Receipt } | { readonly waits: ApiError | StorageError }

/**
 * Spools the reports of a run as they come and posts them in batches, while other hosts are still being collected. A report is on disk before
 * anything else happens to it, so that a killed run loses none.
 */
export class Deliveries {
  readonly #spool: Spool
  readonly #api: Api
  readonly #waiting = new Map<string, (answer: Answer) => void>()
  #sending: Promise<void> = Promise.resolve()
  #isQueued = false
  #stopped: ApiError | null = null
  #dropped = 0

  constructor({ spool, api }: { readonly spool: Spool; readonly api: Api }) {
    this.#spool = spool
    this.#api = api
  }

  /**
   * Resolves when the API has answered, or when the run ends without an answer.
   *
   * @param json the whole report
   */
  async add(head: ReportHead, json: Uint8Array): Promise<Answer> {
    try {
      const { dropped } = await this.#spool.put(head, json)
      this.#dropped += dropped
    } catch (error) {
      if (error instanceof StorageError) return { waits: error }
      throw error
    }
    if (this.#stopped !== null) return { waits: this.#stopped }
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.#waiting.set(head.id, resolve)
    if (this.#waiting.size >= BATCH) this.#send()
    return await promise
  }

  /** Sends what waits now; call it from time to time, too, for the last few. */
  flush(): void {
    if (this.#waiting.size > 0) this.#send()
  }

  /** Sends the rest. Reports of earlier runs go along. */
  async finish(): Promise<{ readonly left: number; readonly stopped: ApiError | null; readonly dropped: number }> {
    this.#send()
    await this.#sending
    return { left: (await this.#spool.list()).length, stopped: this.#stopped, dropped: this.#dropped }
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
    const drained: Drained = await drain({ spool: this.#spool, api: this.#api })
    for (const { report, receipt } of drained.answered) this.#answer(report.id, { receipt })
    this.#stopped = drained.stopped
    if (drained.stopped !== null) for (const id of this.#waiting.keys()) this.#answer(id, { waits: drained.stopped })
  }

  #answer(id: string, answer: Answer): void {
    this.#waiting.get(id)?.(answer)
    this.#waiting.delete(id)
  }
}

import type { ErrandResult, Receipted } from './errand.ts'

/** What has become of one line of the plan since the agent started. */
export interface ServiceStatistics {
  readonly runs: number
  readonly failures: number
  /** Times that were left out because the run before still went on. */
  readonly skipped: number
  /** Start of the last run, in milliseconds since 1970; null before the first. */
  readonly lastAt: number | null
  readonly lastMs: number | null
}

const NOTHING: ServiceStatistics = { runs: 0, failures: 0, skipped: 0, lastAt: null, lastMs: null }

/** Receipts that are kept for people to look at. */
const KEPT = 10

/** Counts for `agent status`. Lines that leave the plan keep their counts: one that comes back goes on counting. */
export class Statistics {
  readonly #services = new Map<string, ServiceStatistics>()
  #receipts: readonly (Receipted & { readonly at: number })[] = []
  #dropped = 0

  skipped(service: string): void {
    const before = this.of(service)
    this.#services.set(service, { ...before, skipped: before.skipped + 1 })
  }

  ran(services: readonly string[], { at, ms, result }: { readonly at: number; readonly ms: number; readonly result: ErrandResult }): void {
    for (const service of services) {
      const { runs, failures, skipped } = this.of(service)
      this.#services.set(service, {
        runs: runs + 1,
        failures: failures + (result.failed === null ? 0 : 1),
        skipped,
        lastAt: at,
        lastMs: ms,
      })
    }
    this.#receipts = [...this.#receipts, ...result.receipts.map((one) => ({ ...one, at: at + ms }))].slice(-KEPT)
    this.#dropped += result.dropped
  }

  of(service: string): ServiceStatistics {
    return this.#services.get(service) ?? NOTHING
  }

  /** The last receipts, oldest first. */
  get receipts(): readonly (Receipted & { readonly at: number })[] {
    return this.#receipts
  }

  /** Reports that gave way since the start. */
  get dropped(): number {
    return this.#dropped
  }
}

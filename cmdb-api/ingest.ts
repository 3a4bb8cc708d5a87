import type { ControlledTransaction } from 'kysely'
import { setTimeout } from 'node:timers/promises'
import { compareText, type Fields } from '../plugins/items.ts'
import type { Register } from '../repository/connect.ts'
import { record, type NewChangeSet } from '../repository/history.ts'
import { putDocuments } from '../repository/documents.ts'
import { knownAssets, type KnownAsset } from '../repository/observed.ts'
import type { Tables } from '../repository/tables.ts'
import { earlierAfter, latest } from './confirmed.ts'
import type { Receipt, Report } from './contract.ts'
import { ingestReport, volatileOf, type Ingested } from './ingest-report.ts'
import { scopeOf } from './judge-section.ts'
import { LastSeen } from './last-seen.ts'
import { identityMark, markOf } from './marks.ts'
import { readReport } from './read-report.ts'
import { receipt } from './receipt.ts'
import type { SectionSpec } from './section-spec.ts'

/** Reports in one transaction: one wait for the disk serves them all. */
const GROUP = 200
const TRIES = 6
/** Between two tries, at most and times their number: long enough for the other one to be done. */
const PAUSE_MS = 20

export interface IngestOptions {
  readonly register: Register
  readonly specs: ReadonlyMap<string, SectionSpec>
  readonly staleAfterMs: number
  readonly now: () => number
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void }
}

interface Waiting {
  readonly report: Report
  readonly done: (receipt: Receipt) => void
  readonly failed: (error: unknown) => void
}

/**
 * Takes reports and gives receipts. Unchanged ones are decided by one look-up for all that wait; the others share a transaction, each in a
 * savepoint of its own. A receipt means durable: it is given after the commit.
 */
export class Ingest {
  readonly #options: IngestOptions
  readonly #lastSeen: LastSeen
  #waiting: Waiting[] = []
  #draining: Promise<void> | undefined

  constructor(options: IngestOptions) {
    this.#options = options
    this.#lastSeen = new LastSeen(options.register, (error) => options.log.error({ err: error }, 'last-seen times could not be written'))
  }

  /** Receipts in the order of the reports; each was validated by itself. Rejects when the database failed: then nothing was stored. */
  async submit(reports: readonly unknown[]): Promise<Receipt[]> {
    const receipts = reports.map(async (value): Promise<Receipt> => {
      const read = readReport(value)
      if ('refused' in read) return read.refused
      return await new Promise((done, failed) => this.#waiting.push({ report: read.report, done, failed }))
    })
    this.#draining ??= this.#drain()
    return await Promise.all(receipts)
  }

  /** Latest values that are not in the database yet, for whoever shows an asset. */
  seen(assetId: number) {
    return this.#lastSeen.of(assetId)
  }

  /** Ends after everything that waits has its receipt and is written. */
  async close(): Promise<void> {
    await this.#draining
    await this.#lastSeen.flush()
  }

  async #drain(): Promise<void> {
    // Requests that arrive in the same turn of the event loop share the look-up and the transaction.
    await new Promise((turn) => setImmediate(turn))
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP)
      try {
        await this.#take(group)
      } catch (error) {
        for (const one of group) one.failed(error)
      }
    }
    this.#draining = undefined
  }

  async #take(group: readonly Waiting[]): Promise<void> {
    const { register } = this.#options
    const uuids = group.flatMap(({ report }) => report.identity.assetId ?? [])
    const known = await knownAssets(register.db, [...new Set(uuids)])
    const long: Waiting[] = []
    const behind = new Set<string>()
    for (const one of group) {
      const { assetId } = one.report.identity
      const asset = known.get(assetId ?? '')
      const host = hostOf(one.report)
      // Once one report of a host takes the long way, its later ones follow behind it.
      const early = behind.has(host) || behind.has(assetId ?? host) ? null : this.#unchanged(one.report, asset)
      if (early !== null) {
        one.done(early)
        continue
      }
      long.push(one)
      behind.add(host)
      if (assetId !== null) behind.add(assetId)
    }
    if (long.length > 0) await this.#store(inOrder(long))
  }

  #unchanged(report: Report, asset: KnownAsset | undefined): Receipt | null {
    if (asset === undefined) return null
    const last = latest(asset, this.#lastSeen.of(asset.asset_id))
    const about = {
      reportId: report.id,
      matchedBy: report.identity.evidence.cert === undefined ? 'asset-id' : 'cert',
      identity: { name: asset.name, assetId: asset.uuid },
    }
    if (last.report_id === report.id) return receipt({ ...about, outcome: 'duplicate' })
    if (last.scope !== scopeOf(report) || report.seq <= last.seq || last.identity !== identityMark(report)) return null
    const marks = JSON.parse(last.marks) as Record<string, string>
    if (Object.entries(report.sections).some(([name, section]) => marks[name] !== markOf(section))) return null
    const brought = new Set(Object.keys(report.sections))
    const volatile = volatileOf(report, brought, this.#options.specs)
    this.#lastSeen.add({
      asset_id: asset.asset_id,
      seen_at: this.#options.now(),
      collected_at: Date.parse(report.collectedAt),
      report_id: report.id,
      scope: last.scope,
      seq: report.seq,
      earlier: earlierAfter(last, Object.keys(marks), brought),
      volatile:
        Object.keys(volatile).length === 0 ? last.volatile : JSON.stringify({ ...(JSON.parse(last.volatile) as object), ...volatile }),
    })
    return receipt({ ...about, outcome: 'unchanged' })
  }

  async #store(group: readonly Waiting[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const trx = await this.#options.register.db.startTransaction().execute()
      try {
        const done = await this.#ingest(trx, group)
        await trx.commit().execute()
        for (const [index, one] of group.entries()) {
          const { assetId, receipt: answer } = done[index]!
          if (assetId !== null) this.#lastSeen.drop(assetId)
          one.done(answer)
        }
        return
      } catch (error) {
        if (!trx.isCommitted && !trx.isRolledBack) await trx.rollback().execute()
        // Another API process was in the way: the same reports again.
        if (attempt >= TRIES || !this.#options.register.dialect.isContention(error)) throw error
        await setTimeout(Math.random() * PAUSE_MS * attempt)
      }
    }
  }

  async #ingest(trx: ControlledTransaction<Tables>, group: readonly Waiting[]): Promise<Ingested[]> {
    const { register, specs, staleAfterMs, now, log } = this.#options
    const seen = (assetId: number) => this.#lastSeen.of(assetId)
    const done: Ingested[] = []
    const documents = new Map<string, Fields>()
    for (const { report } of group) {
      const point = await trx.savepoint('report').execute()
      try {
        const ingested = await ingestReport(trx, register.dialect, report, { specs, staleAfterMs, documents, seen, now: now() })
        await (ingested.keep ? point.releaseSavepoint('report') : point.rollbackToSavepoint('report')).execute()
        done.push(ingested)
      } catch (error) {
        // Its own fault, or ours: set aside. Of another process in the way, a full disk or a lost connection the report is innocent.
        if (register.dialect.isContention(error)) throw error
        if (!register.dialect.isOfValues(error) && !(error instanceof TypeError) && !(error instanceof RangeError)) throw error
        await point.rollbackToSavepoint('report').execute()
        log.error({ err: error, reportId: report.id, host: report.identity.name }, 'a report could not be stored')
        const errors = [
          { pointer: '', message: `the API failed on this report: ${error instanceof Error ? error.message : String(error)}` },
        ]
        done.push({ receipt: receipt({ reportId: report.id, outcome: 'rejected', errors }), sets: [], keep: false, assetId: null })
      }
    }
    await putDocuments(trx, documents)
    const sets: NewChangeSet[] = done.flatMap((one) => one.sets)
    const ids = await record(trx, register.dialect, sets, now(), (section, list) => specs.get(section)?.keys[list])
    return done.map((one) => {
      const first = one.sets[0]
      return first === undefined ? one : { ...one, receipt: { ...one.receipt, changeSetId: String(ids[sets.indexOf(first)]) } }
    })
  }
}

/** What reports of one host have in common although it was renamed between them, or got its asset id. */
function hostOf(report: Report): string {
  return report.identity.evidence.cert === undefined ? `${scopeOf(report)}/${report.identity.name}` : scopeOf(report)
}

/**
 * A host's reports as they came, and the hosts always in the same order, so that two API processes that take the same ones do not wait for each
 * other in a ring.
 */
function inOrder(group: readonly Waiting[]): Waiting[] {
  const hosts = [...Map.groupBy(group, ({ report }) => hostOf(report)).values()]
  return hosts.toSorted(([one], [other]) => compareText(one!.report.identity.name, other!.report.identity.name)).flat()
}

import { BATCH_BYTES, BATCH_REPORTS, type Receipt, type Report } from '../cmdb-api/contract.ts'
import type { Api } from './api-client.ts'
import { ApiRefused, isApiError, StorageError, type ApiError } from './errors.ts'
import { postReports, SYSTEM_CLOCK, type Clock, type Patience } from './post.ts'
import { digestsIn, keepReceipted, readReceipted, type Digests } from './receipted.ts'
import type { Spool, Waiting } from './spool.ts'

export interface Draining {
  readonly spool: Spool
  readonly api: Api
  readonly clock?: Clock
  readonly patience?: Patience
  readonly onReceipt?: OnReceipt
}

/**
 * Called with every final receipt in the order in which the reports were posted, one at a time, before the report leaves the spool. What it
 * keeps of a report is all that stays in memory, and of unchanged sections it has no data.
 */
export type OnReceipt = (report: Report, receipt: Receipt) => Promise<void>

export interface Drained {
  /** Reports that still wait. */
  readonly left: number
  /** Why they wait; null where none had to. */
  readonly stopped: ApiError | null
  /** What could not be kept on disk although the API had answered. */
  readonly troubles: readonly StorageError[]
}

/** A report on its way, without the data that the API is known to have and did not ask for. */
interface Parcel {
  readonly waiting: Waiting
  readonly report: Report
  readonly known: Digests
}

/**
 * Posts what waits in the spool. A report leaves it on a final outcome; one that the API rejects is set aside. At most one report of a host
 * is on its way at a time: a later one that is stored first would make an `incomplete` earlier one stale.
 *
 * @throws {StorageError} where the spool itself cannot be read
 */
export async function drain({
  spool,
  api,
  clock = SYSTEM_CLOCK,
  patience = { attempts: 3, maxWaitMs: 30_000 },
  onReceipt = async () => undefined,
}: Draining): Promise<Drained> {
  const troubles: StorageError[] = []
  const owed = new Map<string, ReadonlySet<string>>()
  let most = BATCH_REPORTS
  let stopped: ApiError | null = null
  await spool.sweep(clock.now())
  for (;;) {
    const batch = await nextBatch({ spool, api, owed, most })
    if (batch.length === 0) break
    let receipts: readonly Receipt[]
    try {
      receipts = await postReports(
        api,
        batch.map(({ report }) => report),
        { clock, patience },
      )
    } catch (error) {
      if (!isApiError(error)) throw error
      if (!(error instanceof ApiRefused && error.status === 413)) {
        stopped = error
        break
      }
      most = Math.max(1, Math.floor(batch.length / 2))
      if (batch.length > 1) continue
      receipts = [tooBig(batch[0]!.report, error)]
    }
    for (const [index, parcel] of batch.entries()) await settle(parcel, receipts[index]!)
  }
  await spool.tidy()
  return { left: (await spool.list()).length, stopped, troubles }

  async function settle({ waiting, report, known }: Parcel, receipt: Receipt): Promise<void> {
    const isFinal = receipt.outcome !== 'incomplete'
    if (!isFinal && isSlim(report)) {
      const before = owed.get(waiting.file) ?? new Set()
      const after = before.union(new Set(receipt.needs))
      // An API that asks for nothing new gets everything.
      owed.set(waiting.file, after.size > before.size ? after : new Set(Object.keys(report.sections)))
      return
    }
    try {
      await onReceipt(report, receipt)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      troubles.push(error)
    }
    if (['created', 'updated', 'unchanged', 'duplicate'].includes(receipt.outcome))
      await keepReceipted(spool.folder, waiting.host, api.url, { ...known, ...digestsIn(report) })
    // Still incomplete with all its data: asking for ever would keep back the host's later reports.
    if (!isFinal || receipt.outcome === 'rejected') await spool.reject(waiting, receipt)
    else await spool.remove(waiting)
  }
}

/** The first waiting report of each host, as many as one request takes. */
async function nextBatch({
  spool,
  api,
  owed,
  most,
}: {
  readonly spool: Spool
  readonly api: Api
  readonly owed: ReadonlyMap<string, ReadonlySet<string>>
  readonly most: number
}): Promise<Parcel[]> {
  const batch: Parcel[] = []
  const hosts = new Set<string>()
  let bytes = 0
  for (const waiting of await spool.list()) {
    if (batch.length >= most) break
    if (hosts.has(waiting.host)) continue
    const known = await readReceipted(spool.folder, waiting.host, api.url)
    const asked = owed.get(waiting.file)
    const report = await spool.read(waiting, (section, digest) => known[section] === digest && asked?.has(section) !== true)
    if (report === null) continue
    bytes += Buffer.byteLength(JSON.stringify(report))
    if (bytes > BATCH_BYTES - SLACK_BYTES && batch.length > 0) break
    batch.push({ waiting, report, known })
    hosts.add(waiting.host)
  }
  return batch
}

/** For the brackets and commas around the reports. */
const SLACK_BYTES = 4096

function isSlim({ sections }: Report): boolean {
  return Object.values(sections).some(({ digest, data }) => digest !== undefined && data === undefined)
}

/** What the API would have said, had it read so much. */
function tooBig({ id }: Report, { message }: ApiRefused): Receipt {
  return {
    reportId: id,
    outcome: 'rejected',
    matchedBy: null,
    identity: null,
    changeSetId: null,
    changes: 0,
    needs: [],
    warnings: [],
    errors: [{ pointer: '', message }],
  }
}

import { BATCH_BYTES, BATCH_REPORTS, type Receipt, type Report } from '../cmdb-api/contract.ts'
import type { Api } from './api-client.ts'
import { ApiRefused, isApiError, noting, type ApiError, type StorageError } from './errors.ts'
import { Backlog } from './backlog.ts'
import type { IsKnown } from './packed-report.ts'
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
  /** Files that were no reports, and lie in the spool's `unreadable/` now. */
  readonly unreadable: number
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
 * @throws {StorageError} where the spool itself, or a report in it, cannot be read now; all others were posted
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
  const unread: StorageError[] = []
  const backlog = new Backlog(spool)
  while (await backlog.fill()) {
    const batch = await nextBatch({ spool, backlog, api, owed, most, unread })
    if (batch.length === 0) continue
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
  if (stopped === null && unread.length > 0) throw unread[0]!
  return { left: (await spool.list()).length, stopped, troubles, unreadable: spool.unreadable }

  async function settle({ waiting, report, known }: Parcel, receipt: Receipt): Promise<void> {
    const isFinal = receipt.outcome !== 'incomplete'
    if (!isFinal && isSlim(report)) {
      const before = owed.get(waiting.file) ?? new Set()
      const after = before.union(new Set(receipt.needs))
      // An API that asks for nothing new gets everything.
      owed.set(waiting.file, after.size > before.size ? after : new Set(Object.keys(report.sections)))
      return
    }
    backlog.settled(waiting)
    await noting(troubles, () => onReceipt(report, receipt))
    if (['created', 'updated', 'unchanged', 'duplicate'].includes(receipt.outcome))
      await keepReceipted(spool.folder, waiting.host, api.url, { ...known, ...digestsIn(report) })
    // Still incomplete with all its data: asking for ever would keep back the host's later reports.
    const isRefused = !isFinal || receipt.outcome === 'rejected'
    await noting(troubles, () => (isRefused ? spool.reject(waiting, receipt) : spool.remove(waiting)))
  }
}

interface Batching extends Pick<Draining, 'spool' | 'api'> {
  readonly backlog: Backlog
  readonly owed: ReadonlyMap<string, ReadonlySet<string>>
  readonly most: number
  /** Why reports could not be read. */
  readonly unread: StorageError[]
}

/** The first waiting report of each host, as many as one request takes. A host whose report cannot be read now keeps its order, and waits. */
async function nextBatch({ spool, backlog, api, owed, most, unread }: Batching): Promise<Parcel[]> {
  const batch: Parcel[] = []
  let bytes = 0
  for (const host of backlog.hosts) {
    if (batch.length >= most) break
    const known = await readReceipted(spool.folder, host, api.url)
    for (let waiting = backlog.firstOf(host); waiting !== null; waiting = backlog.firstOf(host)) {
      const one = waiting
      const isKnown: IsKnown = (section, digest) => known[section] === digest && owed.get(one.file)?.has(section) !== true
      const read = await noting(unread, async () => ({ report: await spool.read(one, isKnown) }))
      if (read === null) backlog.passOver(host)
      else if (read.report === null) backlog.settled(one)
      else {
        bytes += Buffer.byteLength(JSON.stringify(read.report))
        if (bytes > BATCH_BYTES - SLACK_BYTES && batch.length > 0) return batch
        batch.push({ waiting: one, report: read.report, known })
        break
      }
    }
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

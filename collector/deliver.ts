import type { Report } from '../cmdb-api/contract.ts'
import type { Api } from './api-client.ts'
import type { Collected } from './collect.ts'
import { isApiError, noting, type StorageError } from './errors.ts'
import { assetKeeper, claimSeq } from './pin.ts'
import { postReports, SYSTEM_CLOCK, type Clock, type Patience } from './post.ts'
import { drain, type Drained, type OnReceipt } from './reporter.ts'
import type { Spool } from './spool.ts'

export interface Delivery {
  /** null: only what waits is posted. */
  readonly collected: Collected | null
  readonly certFile: string
  readonly spool: Spool
  /** null: nothing is posted now. */
  readonly api: Api | null
  /** Told after the receipt's asset id has been kept. */
  readonly onReceipt?: OnReceipt
  readonly clock?: Clock
  readonly patience?: Patience
}

export interface Delivered extends Drained {
  /** Reports that are lost: older ones that gave way in a full spool, and this one where neither disk nor API took it. */
  readonly dropped: number
}

/**
 * Pins this machine's name, spools its report, and posts all that waits. Where the disk takes no more, the report is posted from memory,
 * after those that wait.
 *
 * @throws {CertError} where the cert was broken meanwhile
 * @throws {StorageError} where a name is to be pinned and cannot be
 */
export async function deliver({
  collected,
  certFile,
  spool,
  api,
  onReceipt = async () => undefined,
  clock = SYSTEM_CLOCK,
  patience = { attempts: 3, maxWaitMs: 30_000 },
}: Delivery): Promise<Delivered> {
  const troubles: StorageError[] = []
  const keepAsset = assetKeeper(certFile)
  const answered: OnReceipt = async (one, receipt) => {
    await noting(troubles, () => keepAsset(one, receipt))
    await onReceipt(one, receipt)
  }
  const kept = collected === null ? { dropped: 0, unspooled: null } : await keep(collected, { certFile, spool, troubles })
  const drained = api === null ? null : await noting(troubles, () => drain({ spool, api, clock, patience, onReceipt: answered }))
  troubles.push(...(drained?.troubles ?? []))
  const { left, stopped, unreadable } = drained ?? { left: await leftIn(spool), stopped: null, unreadable: spool.unreadable }
  const delivered = { left, stopped, troubles, unreadable, dropped: kept.dropped }
  const report = kept.unspooled
  if (report === null) return delivered
  // It is lost, rather than to come before those that wait: they would be taken for old ones.
  if (api === null || stopped !== null || left > 0) return { ...delivered, dropped: 1 }
  try {
    const [receipt] = await postReports(api, [report], { clock, patience })
    await noting(troubles, () => answered(report, receipt!))
    return delivered
  } catch (error) {
    if (!isApiError(error)) throw error
    return { ...delivered, stopped: error, dropped: 1 }
  }
}

interface Keeping extends Pick<Delivery, 'certFile' | 'spool'> {
  readonly troubles: StorageError[]
}

/** `unspooled` is the report where the disk does not take it. */
async function keep(
  collected: Collected,
  { certFile, spool, troubles }: Keeping,
): Promise<{ readonly dropped: number; readonly unspooled: Report | null }> {
  const report = collected.cert === null ? collected.report : await claimSeq(certFile, collected, troubles)
  const put = await noting(troubles, () => spool.put(report))
  return { dropped: put?.dropped ?? 0, unspooled: put === null ? report : null }
}

/** 0 of a spool that cannot be read, which was told already. */
async function leftIn(spool: Spool): Promise<number> {
  return (await noting([], () => spool.list()))?.length ?? 0
}

import type { Api } from './api-client.ts'
import { writeCert } from './cert.ts'
import type { Collected } from './collect.ts'
import { isApiError, StorageError } from './errors.ts'
import { assetKeeper } from './pin.ts'
import { postReports, SYSTEM_CLOCK, type Clock, type Patience } from './post.ts'
import { drain, type Drained, type OnReceipt } from './reporter.ts'
import type { Spool } from './spool.ts'

export interface Delivery {
  readonly collected: Collected
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
  collected: { report, cert },
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
  // A cert that is known to the API only misses its new seq, and that follows the clock anyway.
  if (cert !== null && cert.assetId === null) await writeCert(certFile, cert)
  else if (cert !== null) await noting(troubles, () => writeCert(certFile, cert))
  const put = await noting(troubles, () => spool.put(report))
  const dropped = put?.dropped ?? 1
  if (api === null) return { left: (await noting(troubles, () => spool.list()))?.length ?? 0, stopped: null, troubles, dropped }
  const drained = (await noting(troubles, () => drain({ spool, api, clock, patience, onReceipt: answered }))) ?? NOTHING
  troubles.push(...drained.troubles)
  const delivered = { ...drained, dropped, troubles }
  if (put !== null || drained.stopped !== null) return delivered
  try {
    const [receipt] = await postReports(api, [report], { clock, patience })
    await noting(troubles, () => answered(report, receipt!))
    return { ...delivered, dropped: 0 }
  } catch (error) {
    if (!isApiError(error)) throw error
    return { ...delivered, stopped: error }
  }
}

const NOTHING: Drained = { left: 0, stopped: null, troubles: [] }

/** null where the disk did not play along, which is then among the troubles. */
async function noting<T>(troubles: StorageError[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    troubles.push(error)
    return null
  }
}

import type { Api } from './api-client.ts'
import { writeCert } from './cert.ts'
import type { Collected } from './collect.ts'
import { isApiError, StorageError } from './errors.ts'
import { assetKeeper } from './pin.ts'
import { postReports, SYSTEM_CLOCK, type Clock, type Patience } from './post.ts'
import { drain, type Drained } from './reporter.ts'
import type { Spool } from './spool.ts'

export interface Delivery {
  readonly collected: Collected
  readonly certFile: string
  readonly spool: Spool
  readonly api: Api
  readonly clock?: Clock
  readonly patience?: Patience
}

export interface Delivered extends Drained {
  /** Older reports that gave way in a full spool. */
  readonly dropped: number
}

/**
 * Pins this machine's name, spools its report, and posts all that waits. Where the disk takes no more, the report is posted from memory.
 *
 * @throws {CertError} where the cert was broken meanwhile
 * @throws {StorageError} where a name is to be pinned and cannot be
 */
export async function deliver({
  collected: { report, cert },
  certFile,
  spool,
  api,
  clock = SYSTEM_CLOCK,
  patience = { attempts: 3, maxWaitMs: 30_000 },
}: Delivery): Promise<Delivered> {
  const troubles: StorageError[] = []
  const onReceipt = assetKeeper(certFile)
  try {
    if (cert !== null) await writeCert(certFile, cert)
  } catch (error) {
    // A pinned cert only misses its new seq, and that follows the clock anyway.
    if (!(error instanceof StorageError) || report.identity.assetId === null) throw error
    troubles.push(error)
  }
  try {
    const { dropped } = await spool.put(report)
    const drained = await drain({ spool, api, clock, patience, onReceipt })
    return { ...drained, dropped, troubles: [...troubles, ...drained.troubles] }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    troubles.push(error)
  }
  try {
    const [receipt] = await postReports(api, [report], { clock, patience })
    return { answered: [{ report, receipt: receipt! }], left: 0, stopped: null, dropped: 0, troubles }
  } catch (error) {
    if (!isApiError(error)) throw error
    return { answered: [], left: 1, stopped: error, dropped: 0, troubles }
  }
}

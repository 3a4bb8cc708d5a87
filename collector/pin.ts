import type { Receipt, Report } from '../cmdb-api/contract.ts'
import { readCert, writeCert, type Cert } from './cert.ts'
import { CertError } from './errors.ts'

/**
 * The cert of a host's next report: a name that is pinned or pre-assigned stays, another host's name is pinned now.
 *
 * `seq` is the time in milliseconds, yet always more than the last one: a plain count would start again, and its reports be taken for old
 * ones, when a cert is deleted or a virtual machine goes back to a snapshot.
 */
export function nextCert(cert: Cert | null, { name, id, now }: { readonly name: string; readonly id: string; readonly now: number }): Cert {
  return { name: cert?.name ?? name, id: cert?.id ?? id, assetId: cert?.assetId ?? null, seq: Math.max((cert?.seq ?? 0) + 1, now) }
}

/**
 * Keeps the asset id of a receipt. The name is not taken over: where the register has another one, that is drift, for a person to end.
 * Nothing is written where the cert was reset or replaced meanwhile, or says so already.
 *
 * @throws {CertError | StorageError}
 */
export async function rememberAsset(
  file: string,
  { certId, assetId }: { readonly certId: string; readonly assetId: string },
): Promise<void> {
  const cert = await readCert(file)
  if (cert === null || cert.id !== certId || cert.assetId === assetId) return
  await writeCert(file, { ...cert, assetId })
}

/** Keeps the asset id of every receipt of this machine's own reports. A broken cert takes none, and keeps no report from being posted. */
export function assetKeeper(file: string): (report: Pick<Report, 'identity'>, receipt: Receipt) => Promise<void> {
  return async ({ identity: { evidence } }, { identity }) => {
    if (evidence.cert === undefined || identity === null) return
    try {
      await rememberAsset(file, { certId: evidence.cert, assetId: identity.assetId })
    } catch (error) {
      // Each collection tells of it.
      if (!(error instanceof CertError)) throw error
    }
  }
}

/** Pins a name by hand; what else the cert holds stays. */
export async function pinName(file: string, name: string): Promise<Cert> {
  const known = await readCert(file)
  const cert = { id: null, assetId: null, seq: 0, ...known, name }
  await writeCert(file, cert)
  return cert
}

import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Receipt, Report } from '../cmdb-api/contract.ts'
import { readCert, writeCert, type Cert } from './cert.ts'
import type { Collected } from './collect.ts'
import { CertError, noting, type StorageError } from './errors.ts'
import { locked } from './lock.ts'

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
 * The report under the name, id and `seq` that this machine's cert gives it now, and the cert to be written with it. A collection takes up to two
 * minutes: meanwhile somebody may have pinned another name or reset the cert, and another collection may have been posted.
 *
 * `seq` stays as it is where a collection that began later has been claimed already: what was seen before it must not pass for newer.
 *
 * @param cert what the cert says now
 */
export function claimed({ report, cert: own, before }: Collected, cert: Cert | null): { readonly report: Report; readonly cert: Cert } {
  const { identity, collectedAt } = report
  const { evidence } = identity
  // Reset meanwhile: then the host is to have a new id, and its own name.
  const wasReset = cert === null && before?.id != null
  const name = wasReset ? (evidence.hostname ?? identity.name) : (own?.name ?? identity.name)
  const id = wasReset ? randomUUID() : (own?.id ?? randomUUID())
  const next = nextCert(cert, { name, id, now: report.seq })
  const isOld = cert !== null && report.seq === Date.parse(collectedAt) && report.seq < cert.seq
  const seq = isOld ? report.seq : next.seq
  return {
    report: {
      ...report,
      seq,
      identity: {
        ...identity,
        name: next.name,
        assetId: next.assetId,
        evidence: { ...evidence, ...(next.id !== null && { cert: next.id }) },
      },
    },
    cert: { ...next, seq: Math.max(seq, cert?.seq ?? 0) },
  }
}

/**
 * Claims a report's place, and writes the cert.
 *
 * @returns the report to be spooled
 * @throws {CertError} where the cert was broken meanwhile
 * @throws {StorageError} where a name is to be pinned and cannot be
 */
export async function claimSeq(file: string, collected: Collected, troubles: StorageError[]): Promise<Report> {
  return await locked(file, async () => {
    const { report, cert } = claimed(collected, await readCert(file))
    // A cert that is known to the API only misses its new seq, and that follows the clock anyway.
    if (cert.assetId === null) await writeCert(file, cert)
    else await noting(troubles, () => writeCert(file, cert))
    return report
  })
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
  await locked(file, async () => {
    const cert = await readCert(file)
    if (cert === null || cert.id !== certId || cert.assetId === assetId) return
    await writeCert(file, { ...cert, assetId })
  })
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
  return await locked(file, async () => {
    const known = await readCert(file)
    const cert = { id: null, assetId: null, seq: 0, ...known, name }
    await writeCert(file, cert)
    return cert
  })
}

/** Forgets the pinned name: the next posted collection pins anew. */
export async function resetCert(file: string): Promise<void> {
  await locked(file, async () => await rm(file, { force: true }))
}

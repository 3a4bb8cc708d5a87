import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCertNow, writeCert, type Cert } from '../cert.ts'
import { CertError, StorageError } from '../errors.ts'
import { writeAtomically } from '../write-file.ts'
import { HostFailure } from './causes.ts'

/**
 * Certs of hosts on which nothing is written: in the collector's own data folder, one file per entry of the host list, in the form of
 * any cert.
 */
export function hostCertFile(dataFolder: string, entryKey: string): string {
  // A name that any file system takes; usual host names stay as they are.
  const name = encodeURIComponent(entryKey).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'))
  // 255 bytes is the most; two long names must not share one file.
  const short = name.length <= 200 ? name : `${name.slice(0, 200)}-${hash('sha256', entryKey, 'hex').slice(0, 32)}`
  return join(dataFolder, 'hosts', short)
}

/**
 * What is pinned for a host; null where nothing is.
 *
 * @param lastSeq as `beginSeq` says
 * @throws {CertError}
 */
export function readHostCert(file: string, lastSeq: number): Cert | null {
  const pinned = readCertNow(file)
  return pinned === null ? null : { ...pinned, seq: Math.max(pinned.seq, lastSeq) }
}

/**
 * The same for the entry of a host list, as whoever collects it wants it.
 *
 * @param end for the message
 * @throws {HostFailure}
 */
export function pinnedFor(
  entryKey: string,
  end: string,
  { dataFolder, lastSeq }: { readonly dataFolder: string; readonly lastSeq: number },
): Cert | null {
  try {
    return readHostCert(hostCertFile(dataFolder, entryKey), lastSeq)
  } catch (error) {
    // Its message is for the cert of this machine.
    if (error instanceof CertError) throw new HostFailure('cert', `${end}: ${error.file} ${error.found}`, { cause: error })
    throw error
  }
}

/** What a host's next report goes by: the list names it, else it stays pinned. Null where neither says anything. */
export function certFor(pinned: Cert | null, listName: string | null): Cert | null {
  if (listName === null) return pinned
  return { ...(pinned ?? { id: null, assetId: null, seq: 0 }), name: listName }
}

/**
 * Keeps the cert of a host before its report is spooled. Where only `seq` has moved nothing is written: the store has one for all its hosts.
 *
 * @param before what `readHostCert` said
 * @throws {StorageError}
 */
export async function keepHostCert(file: string, cert: Cert, before: Cert | null): Promise<void> {
  const isPinned = before !== null && before.id !== null && before.name === cert.name && before.assetId === cert.assetId
  if (!isPinned) await writeCert(file, cert)
}

/**
 * Call at the beginning of a run that pins: gives a `seq` that none of the store's hosts has gone beyond. `seq` follows the clock, so that this
 * matters only after the clock was set back; and so one number for all hosts does, where a file written for each would cost as much as parsing.
 */
export async function beginSeq(dataFolder: string, now: number): Promise<number> {
  let last = 0
  try {
    last = Number(await readFile(join(dataFolder, LAST_SEQ), 'utf8')) || 0
  } catch {
    // The first run; or the clock is all there is to go by.
  }
  await keepSeq(dataFolder, last, now)
  return last
}

/** Call at the end of that run. */
export async function keepSeq(dataFolder: string, last: number, now: number): Promise<void> {
  try {
    await writeAtomically(join(dataFolder, LAST_SEQ), `${Math.max(last + 1, now)}\n`)
  } catch (error) {
    // A full disk is told by what matters more.
    if (!(error instanceof StorageError)) throw error
  }
}

const LAST_SEQ = 'last-seq'

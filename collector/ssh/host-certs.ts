import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { readCert, writeCert, type Cert } from '../cert.ts'
import { StorageError } from '../errors.ts'
import { codeOf } from '../write-file.ts'

/**
 * Certs of hosts on which nothing is written: in the collector's own data folder, one file per entry of the host list, in the form of
 * any cert.
 */
export function hostCertFile(dataFolder: string, entryKey: string): string {
  // A name that any file system takes; usual host names stay as they are.
  const name = encodeURIComponent(entryKey).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'))
  return join(dataFolder, 'hosts', name.slice(0, 250))
}

/**
 * The cert of a host: what is pinned, under the list's name where it gives one. Null where neither says anything.
 *
 * @throws {CertError}
 */
export async function readHostCert(file: string, listName: string | null): Promise<Cert | null> {
  // In a first run no host has one, and a failed open costs an error with its stack.
  const pinned = (await exists(file)) ? await readCert(file) : null
  if (listName === null) return pinned
  return pinned === null ? { name: listName, id: null, assetId: null, seq: 0 } : { ...pinned, name: listName }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    // What is there and cannot be reached is told by who reads it.
    return codeOf(error) !== 'ENOENT'
  }
}

/**
 * Keeps the cert of a host before its report is spooled. Where only `seq` has moved it need not survive a power cut, for it follows the
 * clock: that saves two fsyncs a host.
 *
 * @param before what `readHostCert` said
 * @throws {StorageError}
 */
export async function keepHostCert(file: string, cert: Cert, before: Cert | null): Promise<void> {
  const isPinned = before !== null && before.id !== null && before.name === cert.name && before.assetId === cert.assetId
  try {
    await writeCert(file, cert, { durable: !isPinned })
  } catch (error) {
    if (!(error instanceof StorageError) || !isPinned) throw error
  }
}

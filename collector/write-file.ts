import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../conf/make-folder.ts'
import { StorageError } from './errors.ts'

/** End of the names of files that are being written; one that a killed process left behind may be removed. */
export const UNFINISHED = '.tmp'

/**
 * Writes a file so that whoever reads it, at whatever moment this process or the machine dies, sees the old text or the new one.
 * The folder is made when it is missing.
 *
 * @param durable false for what may be lost with the power: saves two fsyncs
 * @throws {StorageError} naming the folder
 */
export async function writeAtomically(
  file: string,
  text: string | Uint8Array,
  { mode = 0o600, durable = true }: { readonly mode?: number; readonly durable?: boolean } = {},
): Promise<void> {
  const folder = dirname(file)
  const unfinished = `${file}.${process.pid}-${Math.random().toString(36).slice(2, 10)}${UNFINISHED}`
  try {
    const handle = await openIn(folder, unfinished, mode)
    try {
      await handle.writeFile(text)
      // open() takes the umask away from the mode; it has nothing of the owner's.
      if ((mode & 0o077) !== 0) await handle.chmod(mode)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, file)
    if (durable) await syncFolder(folder)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw new StorageError(folder, codeOf(error), error)
  }
}

/** The system error code of a failed file operation, such as ENOENT; `unknown` of any other error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}

/** Opens a file that must not be there; the folder is made when it is missing. */
export async function openIn(folder: string, file: string, mode: number): Promise<FileHandle> {
  try {
    return await open(file, 'wx', mode)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    makeFolder(folder)
    return await open(file, 'wx', mode)
  }
}

/** A sync of each folder that has not begun yet: it will cover all renames that were done until then. */
const nextSyncs = new Map<string, Promise<void>>()
const syncs = new Map<string, Promise<void>>()

/** A rename is durable when its folder is. One sync serves all files that were written while the one before it was under way. */
function syncFolder(folder: string): Promise<void> {
  let next = nextSyncs.get(folder)
  if (next === undefined) {
    const before = syncs.get(folder) ?? Promise.resolve()
    next = before
      .catch(() => undefined)
      .then(() => {
        nextSyncs.delete(folder)
        return syncNow(folder)
      })
    nextSyncs.set(folder, next)
    syncs.set(folder, next)
    const forget = (): void => void (syncs.get(folder) === next && syncs.delete(folder))
    next.then(forget, forget)
  }
  return next
}

async function syncNow(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

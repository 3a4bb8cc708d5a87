import { readdir, stat } from 'node:fs/promises'
import { StorageError } from './errors.ts'
import { codeOf } from './write-file.ts'

/**
 * Sorted; none of a folder that is missing.
 *
 * @throws {StorageError}
 */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw new StorageError(folder, codeOf(error), error)
  }
}

/** Zeros of a file that another process has removed meanwhile. */
export async function sizeAndTime(file: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  try {
    return await stat(file)
  } catch {
    return { size: 0, mtimeMs: Number.POSITIVE_INFINITY }
  }
}

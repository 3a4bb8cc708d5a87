import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn, sizeAndTime } from './spool-files.ts'
import { UNFINISHED } from './write-file.ts'

/** Age of a half written file whose writer must be dead. */
const UNFINISHED_MS = 600_000

/**
 * Removes what processes that were killed have left behind half written in a folder.
 *
 * @throws {StorageError}
 */
export async function sweep(folder: string, now: number): Promise<void> {
  for (const file of await namesIn(folder)) {
    if (!file.endsWith(UNFINISHED)) continue
    const { mtimeMs } = await sizeAndTime(join(folder, file))
    if (now - mtimeMs > UNFINISHED_MS) await rm(join(folder, file), { force: true }).catch(() => undefined)
  }
}

/** Where else than in the spool itself half written files may lie in a data folder. */
const FOLDERS = ['', 'agent', 'spool/receipted', 'spool/rejected', 'spool/unreadable']

/** Sweeps a data folder; what cannot be read is left as it is. */
export async function sweepData(folder: string, now: number): Promise<void> {
  for (const one of FOLDERS) await sweep(join(folder, one), now).catch(() => undefined)
}

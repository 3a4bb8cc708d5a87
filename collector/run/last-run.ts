import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically } from '../write-file.ts'

/** Of runs over SSH, and through Salt: hosts are other words in each. */
const FILES = { ssh: 'last-run.json', salt: 'last-salt-run.json' }

/**
 * Keeps which hosts of the last run are still to be done.
 *
 * @param entries of the host list, or ids of minions
 * @throws {StorageError}
 */
export async function keepUndone(dataFolder: string, mode: keyof typeof FILES, entries: readonly string[]): Promise<void> {
  await writeAtomically(join(dataFolder, FILES[mode]), `${JSON.stringify({ undone: entries }, null, 2)}\n`)
}

/** What the last run left undone; null where none is known. */
export async function readUndone(dataFolder: string, mode: keyof typeof FILES): Promise<ReadonlySet<string> | null> {
  try {
    const { undone } = JSON.parse(await readFile(join(dataFolder, FILES[mode]), 'utf8')) as { readonly undone?: unknown }
    return Array.isArray(undone) ? new Set(undone.filter((one) => typeof one === 'string')) : null
  } catch {
    return null
  }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically } from '../write-file.ts'

/** Hosts of the last run that are still to be done, by entry of the host list. */
const FILE = 'last-run.json'

/** @throws {StorageError} */
export async function keepUndone(dataFolder: string, entries: readonly string[]): Promise<void> {
  await writeAtomically(join(dataFolder, FILE), `${JSON.stringify({ undone: entries }, null, 2)}\n`)
}

/** What the last run left undone; null where none is known. */
export async function readUndone(dataFolder: string): Promise<ReadonlySet<string> | null> {
  try {
    const { undone } = JSON.parse(await readFile(join(dataFolder, FILE), 'utf8')) as { readonly undone?: unknown }
    return Array.isArray(undone) ? new Set(undone.filter((one) => typeof one === 'string')) : null
  } catch {
    return null
  }
}

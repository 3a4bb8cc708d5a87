import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '../cmdb-api/contract.ts'
import { StorageError } from './errors.ts'
import { writeAtomically } from './write-file.ts'

/** Digests of one host's sections that the API had at its last receipt, by section. */
export type Digests = Readonly<Record<string, string>>

/**
 * What one API has of one host; empty where that is not known. A hint and no more: where it is wrong, the API answers `incomplete`, and
 * gets the data.
 */
export async function readReceipted(folder: string, host: string, url: string): Promise<Digests> {
  try {
    const kept: unknown = JSON.parse(await readFile(fileOf(folder, host), 'utf8'))
    const { api, digests } = kept as { readonly api?: unknown; readonly digests?: Digests } // Compared with digests only.
    return api === url ? { ...digests } : {}
  } catch {
    return {}
  }
}

export async function keepReceipted(folder: string, host: string, url: string, digests: Digests): Promise<void> {
  try {
    await writeAtomically(fileOf(folder, host), JSON.stringify({ api: url, digests }), { durable: false })
  } catch (error) {
    // On a full disk the next report carries more data than it needs to.
    if (!(error instanceof StorageError)) throw error
  }
}

/** Digests of the good sections of a report. */
export function digestsIn(report: Report): Digests {
  const known = Object.entries(report.sections).map(([name, { digest }]) => [name, digest] as const)
  return Object.fromEntries(known.filter((one): one is readonly [string, string] => one[1] !== undefined))
}

function fileOf(folder: string, host: string): string {
  return join(folder, 'receipted', `${host}.json`)
}

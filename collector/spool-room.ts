import { join } from 'node:path'
import { StorageError } from './errors.ts'
import { namesIn, sizeAndTime } from './spool-files.ts'
import { hostIn, isBundle } from './spool-names.ts'
import { repeats, saidBy, type Said } from './spool-repeats.ts'
import type { Spool, Waiting } from './spool.ts'

/** Bytes of all that waits in a spool's folder. */
export async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await namesIn(folder)) {
    if (isBundle(name) || hostIn(name) !== null) bytes += (await sizeAndTime(join(folder, name))).size
  }
  return bytes
}

/**
 * Makes room. First reports go that only repeat others, for nothing is lost with them, then the oldest. A bundle goes as a whole, `spared` never.
 *
 * @returns how many reports are lost
 */
export async function giveWay(spool: Spool, bytes: number, spared: string | null): Promise<number> {
  const full = await bytesIn(spool.folder)
  await dropRepeats(spool)
  let left = bytes - (full - (await bytesIn(spool.folder)))
  let dropped = 0
  const files = Map.groupBy(await spool.list(), ({ file, bundle }) => bundle ?? file)
  for (const [name, reports] of files) {
    if (left <= 0) break
    if (name === spared) continue
    left -= (await sizeAndTime(join(spool.folder, name))).size
    for (const one of reports) await spool.remove(one)
    dropped += reports.length
  }
  return dropped
}

async function dropRepeats(spool: Spool): Promise<void> {
  const alone = (await spool.list()).filter(({ bundle }) => bundle === null)
  for (const waiting of Map.groupBy(alone, ({ host }) => host).values()) {
    for (const index of repeats(await saidIn(spool, waiting))) await spool.remove(waiting[index]!)
  }
}

/** Empty where one of them cannot be read now: what it says counts, too. */
async function saidIn(spool: Spool, waiting: readonly Waiting[]): Promise<readonly Said[]> {
  const said: Said[] = []
  try {
    // One at a time: only what each says is kept, in a few words.
    for (const one of waiting) said.push(saidBy((await spool.read(one)) ?? NOTHING))
    return said
  } catch (error) {
    if (error instanceof StorageError) return []
    throw error
  }
}

/** A report that another process has dealt with meanwhile. */
const NOTHING = { identity: { name: '', assetId: null, kind: 'unknown', evidence: {} }, labels: {}, sections: {} } as const

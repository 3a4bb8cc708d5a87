import { rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, openIn } from './write-file.ts'

/** What is done under a lock takes milliseconds: after so many its owner was killed. */
const DEAD_MS = 10_000
const LOOK_MS = 10

/**
 * Does something while no other process does the same with this file. Where the disk takes no lock it is done all the same: there is nothing
 * that could be written.
 */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`
  const isOurs = await take(lock)
  try {
    return await work()
  } finally {
    if (isOurs) await rm(lock, { force: true }).catch(() => undefined)
  }
}

/** @returns false where there can be none */
async function take(lock: string): Promise<boolean> {
  for (;;) {
    try {
      const handle = await openIn(dirname(lock), lock, 0o600)
      await handle.close()
      return true
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') return false
    }
    const time = (await stat(lock).catch(() => null))?.mtimeMs
    // Either way, for a clock may have been set.
    if (time === undefined || Math.abs(Date.now() - time) < DEAD_MS) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    else if (!(await removed(lock))) return false
  }
}

/** By another name first: of two that find it, one removes it, and neither the new one. */
async function removed(lock: string): Promise<boolean> {
  const aside = `${lock}.${process.pid}.tmp`
  try {
    await rename(lock, aside)
    await rm(aside, { force: true })
    return true
  } catch (error) {
    return codeOf(error) === 'ENOENT'
  }
}

import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it; one that is there is fine. Not by `recursive` of Node, which tries for ever where the folder above is there and
 * yet nothing can be made in it, as in /proc.
 *
 * @throws the error of the system
 */
export function makeFolder(folder: string, mode = 0o777): void {
  if (made(folder, mode)) return
  makeFolder(dirname(folder), mode)
  if (!made(folder, mode)) mkdirSync(folder, { mode })
}

/** @returns false where the one above is missing */
function made(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode })
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // What node:fs throws has a code.
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return true
    if (code === 'ENOENT' && dirname(folder) !== folder) return false
    throw error
  }
}

import { lstatSync, readlinkSync } from 'node:fs'
import { resolve } from 'node:path'

/** Folders, each with the names in it that decide what lies at a path. */
export type Trail = ReadonlyMap<string, ReadonlySet<string>>

/** As many as the kernel follows. */
const LINKS = 40

/**
 * What has to be watched to see another file come to lie at one of the paths: the name of the file itself, of every link on the way to it, and
 * of the first folder on the way that is not there yet. A file that goes on to lie in a folder that is moved with all it holds is not seen.
 */
export function trailOf(paths: readonly string[]): Trail {
  const trail = new Map<string, Set<string>>()
  for (const path of paths) follow(resolve(path), LINKS, (folder, name) => trail.set(folder, (trail.get(folder) ?? new Set()).add(name)))
  return trail
}

/** What lies along the trail looks like, without reading it: an edit changes it. */
export function looksOf(trail: Trail): string {
  return entries(trail)
    .map(({ path, stat }) => `${path} ${stat?.ino} ${stat?.size} ${stat?.mtimeNs} ${stat?.ctimeNs} ${stat?.mode} ${stat?.uid}`)
    .join('\n')
}

/** Whether anything that lies along the trail was changed since then, in Unix milliseconds. */
export function isTouchedSince(trail: Trail, ms: number): boolean {
  return entries(trail).some(({ stat }) => stat !== null && Number(stat.ctimeMs) >= ms)
}

function follow(path: string, links: number, note: (folder: string, name: string) => void): void {
  const names = path.split('/').slice(1)
  for (let depth = 0, folder = '/'; depth < names.length; depth += 1) {
    const name = names[depth]!
    const here = resolve(folder, name)
    const stat = statOf(here)
    const isLink = stat?.isSymbolicLink() === true
    if (stat === null || isLink || depth === names.length - 1) note(folder, name)
    if (stat === null) return
    if (isLink) {
      if (links > 0) follow(resolve(folder, readlinkSync(here), ...names.slice(depth + 1)), links - 1, note)
      return
    }
    folder = here
  }
}

function entries(trail: Trail) {
  return [...trail].flatMap(([folder, names]) =>
    [...names].map((name) => ({ path: resolve(folder, name), stat: statOf(resolve(folder, name)) })),
  )
}

/** null where there is nothing, or nothing that this user may see. */
function statOf(path: string) {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null
  } catch {
    return null
  }
}

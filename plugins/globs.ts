/** A path that needs no quotes in any shell. */
export const PLAIN_PATH = /^\/[\w./@+:-]+$/

/** Whether this is an absolute path with wildcards, `*` or `[0-9]`, in one of its names, such as `/sys/block/sd*`. Nothing else in it needs quotes. */
export function isGlob(glob: string): boolean {
  const plain = glob.replaceAll(/\[[\w-]{1,20}\]/g, '*')
  return /^\/[\w./@+*-]+$/.test(plain) && plain.split('/').filter((name) => name.includes('*')).length === 1 && !/\/\/|\/$/.test(plain)
}

/** The folder whose entries a glob goes through. */
export function folderOf(glob: string): string {
  return glob.slice(0, glob.lastIndexOf('/', glob.search(/[*[]/)))
}

/** What tells the paths of one glob from those of another: its folder, and what comes below the name that varies. */
export function keyOf(glob: string): string {
  const folder = folderOf(glob)
  const below = glob.indexOf('/', folder.length + 1)
  return `${folder}/*${below === -1 ? '' : glob.slice(below)}`
}

/** The keys of the globs that may reach a path, which a colon and a line of the file may follow. No glob is more than a dozen folders deep. */
export function keysOf(line: string): string[] {
  const keys: string[] = []
  for (let at = line.indexOf('/', 1), depth = 0; at !== -1 && depth < 12; depth++) {
    const next = line.indexOf('/', at + 1)
    const colon = line.indexOf(':', at)
    const folder = line.slice(0, at)
    if (next !== -1) keys.push(`${folder}/*${line.slice(next, endOf(line, next))}`)
    if (next === -1 || (colon !== -1 && colon < next)) keys.push(`${folder}/*`)
    at = next
  }
  return keys
}

function endOf(line: string, from: number): number {
  const colon = line.indexOf(':', from)
  return colon === -1 ? line.length : colon
}

import { lines } from './text.ts'

export interface Snap {
  readonly name: string
  readonly version: string | null
}

/**
 * File names of `/var/lib/snapd/snaps` (`core22_1380.snap`, older revisions too), and `version:` lines of the mounted snaps' `snap.yaml`
 * behind their paths. A snap that is being refreshed or is disabled is not mounted: its version is null.
 */
export function readSnapFiles(text: string): Snap[] {
  const versions = new Map<string, string | null>()
  for (const line of lines(text)) {
    const file = /^([\w-]{1,80})_x?\d{1,9}\.snap$/.exec(line)?.[1]
    const [, name, version = ''] = /^\/[a-z/]{1,40}\/([\w-]{1,80})\/current\/meta\/snap\.yaml:version:(.{0,200})$/.exec(line) ?? []
    if (file !== undefined && !versions.has(file)) versions.set(file, null)
    if (name !== undefined) versions.set(name, unquoted(version))
  }
  return toSnaps(versions)
}

/** `snap list`. */
export function readSnapList(text: string): Snap[] {
  const versions = new Map<string, string | null>()
  for (const line of lines(text)) {
    const [name, version, revision] = line.trim().split(/\s{1,200}/, 3)
    if (revision !== undefined && /^x?\d{1,9}$/.test(revision)) versions.set(name!, unquoted(version!))
  }
  return toSnaps(versions)
}

function toSnaps(versions: ReadonlyMap<string, string | null>): Snap[] {
  return [...versions].map(([name, version]) => ({ name, version }))
}

function unquoted(yaml: string): string | null {
  const text = yaml.trim()
  const inner = /^(['"])(.{0,200})\1$/.exec(text)?.[2] ?? text
  return inner === '' || inner === '-' ? null : inner
}

import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Why a file must not be run as this user, or null where it may: it and the folder it lies in (behind a symbolic link too) must belong to
 * the user or to root, and be writable by nobody else.
 *
 * @throws what the file system throws for a missing or unreadable file
 */
export function distrust(file: string, uid: number = process.getuid?.() ?? 0): string | null {
  const real = realpathSync(file)
  for (const path of new Set([real, dirname(real), dirname(file)])) {
    const { uid: owner, mode } = statSync(path)
    if (owner !== uid && owner !== 0) return `${path} belongs to user ${owner}, who could change what runs as you: chown it`
    if ((mode & 0o022) !== 0) return `${path} is writable by others (mode ${(mode & 0o7777).toString(8)}): chmod go-w ${path}`
  }
  return null
}

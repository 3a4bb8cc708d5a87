import { appendFile, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../conf/make-folder.ts'
import { StorageError } from '../errors.ts'
import { codeOf } from '../write-file.ts'
import { KnownHosts } from './known-hosts.ts'

/** rollcall's own store, in the format of known_hosts. */
export function ownKnownHosts(dataFolder: string): string {
  return join(dataFolder, 'known_hosts')
}

/** Where the keys of hosts are looked up: rollcall's own store, then the user's, then the system's. */
export function knownHostsFiles(dataFolder: string): string[] {
  const user = join(homedir(), '.ssh')
  return [
    ownKnownHosts(dataFolder),
    join(user, 'known_hosts'),
    join(user, 'known_hosts2'),
    '/etc/ssh/ssh_known_hosts',
    '/etc/ssh/ssh_known_hosts2',
  ]
}

/** @throws {StorageError} where a file is there and cannot be read: a revoked key may be in it */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHosts> {
  const known = new KnownHosts()
  for (const file of files) {
    try {
      known.add(await readFile(file, 'utf8'), file)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw new StorageError(file, codeOf(error), error)
    }
  }
  return known
}

/** @throws {StorageError} */
export async function rememberHostKeys(file: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  try {
    makeFolder(dirname(file))
    await appendFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  } catch (error) {
    throw new StorageError(file, codeOf(error), error)
  }
}

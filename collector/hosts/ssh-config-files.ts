import { globSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { codeOf } from '../write-file.ts'
import { HostListError, type Origin } from './errors.ts'
import { parseSshConfig, type SshConfig } from './ssh-config.ts'

export interface SshConfigPlaces {
  readonly home: string
  /** Of the user whose config it is. */
  readonly uid: number
  /** Default `/etc/ssh`. */
  readonly systemFolder?: string
}

/** As in ssh(1). */
const MOST_DEPTH = 16

/**
 * The user's own `~/.ssh/config`, then `/etc/ssh/ssh_config`; what comes first counts. Files that are not there say nothing.
 *
 * @throws {HostListError} where a file cannot be read, is writable by others, or says what ssh(1) would refuse
 */
export function readSshConfig({ home, uid, systemFolder = '/etc/ssh' }: SshConfigPlaces): SshConfig {
  const userFolder = join(home, '.ssh')
  return [...open(join(userFolder, 'config'), userFolder, 0), ...open(join(systemFolder, 'ssh_config'), systemFolder, 0)]

  function open(file: string, folder: string, depth: number, by: Origin = { file, line: 1 }): SshConfig {
    if (depth > MOST_DEPTH) throw fault(by, `more than ${MOST_DEPTH} files include each other`)
    const text = textIn(file, folder === userFolder)
    const include = (pattern: string, origin: Origin): SshConfig[] => {
      const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : isAbsolute(pattern) ? pattern : join(folder, pattern)
      return globSync(path)
        .toSorted()
        .map((one) => open(one, folder, depth + 1, origin))
    }
    return text === null ? [] : [{ is: 'include', configs: [parseSshConfig(text, file, include)], origin: by }]
  }

  function textIn(file: string, isOwn: boolean): string | null {
    const origin = { file, line: 1 }
    try {
      const { uid: owner, mode } = statSync(file)
      if (isOwn && ((owner !== uid && owner !== 0) || (mode & 0o022) !== 0))
        throw fault(origin, 'others may write it, and it decides where to connect: chmod go-w, as ssh itself demands')
      return readFileSync(file, 'utf8')
    } catch (cause) {
      if (cause instanceof HostListError) throw cause
      if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return null
      throw fault(origin, `cannot be read (${codeOf(cause)})`, cause)
    }
  }
}

function fault(origin: Origin, message: string, cause?: unknown): HostListError {
  return new HostListError([{ origin, message }], { cause })
}

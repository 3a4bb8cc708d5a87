import { copyFileSync, fstatSync, ftruncateSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../collector/agent/journal.ts'

/** Four years of a line an hour. */
const LIMIT_BYTES = 4 * 1024 * 1024
const STDERR = 2

/** What an agent in the background says. */
export function logFileIn(folder: string): string {
  return join(folder, 'agent.log')
}

/**
 * The same log, which starts anew when the file that it goes to is full; what stood there goes to `agent.log.1`. Emptied, not renamed: the
 * agent's child processes write to it too.
 */
export function limited(log: Log, folder: string, limitBytes = LIMIT_BYTES): Log {
  const file = logFileIn(folder)
  if (!isStderr(file)) return log
  return (urgency, message, fields) => {
    if (fstatSync(STDERR).size > limitBytes) turnOver(file)
    log(urgency, message, fields)
  }
}

function turnOver(file: string): void {
  try {
    copyFileSync(file, `${file}.1`)
  } catch {
    // On a full disk there is no place for a copy, and all the more reason to make some.
  }
  ftruncateSync(STDERR)
}

function isStderr(file: string): boolean {
  try {
    const [here, there] = [fstatSync(STDERR), statSync(file)]
    return here.ino === there.ino && here.dev === there.dev
  } catch {
    return false
  }
}

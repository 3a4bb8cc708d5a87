import { fstatSync } from 'node:fs'
import { PRIORITY, type Log } from '../collector/agent/journal.ts'
import { printable } from './text.ts'

/**
 * Lines on stderr. Under systemd each begins with its priority, and journald keeps time and unit (sd-daemon(3)); elsewhere it begins with the time.
 */
export function agentLog(env: Readonly<Record<string, string | undefined>>): Log {
  const isJournal = env['JOURNAL_STREAM'] === stderrStream()
  // A full disk, or a journal that starts anew, takes no line; the agent goes on all the same.
  process.stderr.on('error', () => undefined)
  return (urgency, message, fields = {}) => {
    const told = Object.entries(fields).map(
      ([name, value]) => ` ${name}=${typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
    )
    const head = isJournal ? `<${PRIORITY[urgency]}>` : `${new Date().toISOString()} ${urgency === 'info' ? '' : `${urgency}: `}`
    process.stderr.write(`${head}${printable(message + told.join(''))}\n`)
  }
}

/** As systemd.exec(5) writes it: a terminal within a service of a desktop has inherited the variable, and another stderr. */
function stderrStream(): string | null {
  try {
    const { dev, ino } = fstatSync(2)
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

import { PRIORITY, type Log } from '../collector/agent/journal.ts'
import { printable } from './text.ts'

/**
 * Lines on stderr. Under systemd each begins with its priority, and journald keeps time and unit (sd-daemon(3)); elsewhere it begins with the time.
 */
export function agentLog(env: Readonly<Record<string, string | undefined>>): Log {
  const isJournal = env['JOURNAL_STREAM'] !== undefined
  return (urgency, message, fields = {}) => {
    const told = Object.entries(fields).map(
      ([name, value]) => ` ${name}=${typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
    )
    const head = isJournal ? `<${PRIORITY[urgency]}>` : `${new Date().toISOString()} ${urgency === 'info' ? '' : `${urgency}: `}`
    process.stderr.write(`${head}${printable(message + told.join(''))}\n`)
  }
}

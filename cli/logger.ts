import { destination, pino, type Logger } from 'pino'

/** Logs as JSON lines on stderr: for journald, and never between results. */
export function logger(level: string): Logger {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, destination({ fd: 2, sync: true }))
}

import { UsageError } from './errors.ts'
import { milliseconds } from '../conf/duration.ts'

/** A time that a person wrote: RFC 3339, a day, or how long ago as in `7d` or `90m`. */
export function readWhen(text: string, now: number): string {
  if (/^\d+[smhd]$/.test(text)) return new Date(now - milliseconds(text)).toISOString()
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at))
    throw new UsageError(`${JSON.stringify(text)} is no time: write 2026-03-01, 2026-03-01T12:00:00Z, or how long ago, as in 7d or 90m`)
  return new Date(at).toISOString()
}

/** A time to the second, in UTC, as tables show it. */
export function shortTime(text: string | null): string | null {
  return text === null ? null : text.replace('T', ' ').replace(/\.\d+Z$/, 'Z')
}

/** How long something takes or is ago, by its two largest units; from ten minutes on without seconds. */
export function timeSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return minutes < 10 && seconds % 60 > 0 ? `${minutes}m ${seconds % 60}s` : `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`
  return hours % 24 === 0 ? `${Math.floor(hours / 24)}d` : `${Math.floor(hours / 24)}d ${hours % 24}h`
}

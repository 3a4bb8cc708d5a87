import { UsageError } from './errors.ts'

/** A number of an option, from 1 on. */
export function wholeNumber(option: string, text: string, most = 99_999): number {
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text)
  throw new UsageError(`${option} ${text === '' ? "''" : text}: a whole number from 1 to ${most} is expected`)
}

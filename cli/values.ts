import { UsageError } from './errors.ts'

/** A number of an option, from 1 on. */
export function wholeNumber(option: string, text: string, most = 99_999): number {
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text)
  throw new UsageError(`${option} ${text === '' ? "''" : text}: a whole number from 1 to ${most} is expected`)
}

/** One of a few words. */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  throw new UsageError(`${option} ${text === '' ? "''" : text}: there are ${words.slice(0, -1).join(', ')} and ${words.at(-1)}`)
}

/** A text that says something. */
export function someText(option: string, text: string): string {
  if (text.trim() !== '') return text
  throw new UsageError(`${option} '': a word is missing`)
}

/** A kind of host. */
export async function kindOf(option: string, text: string): Promise<string> {
  const { HOST_KINDS } = await import('../cmdb-api/contract.ts')
  return oneOf(option, text, HOST_KINDS)
}

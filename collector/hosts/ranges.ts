import { EntryError } from './errors.ts'

/** More hosts than this in one entry are a slip of the finger, such as `10.[0-255].[0-255].[0-255]`. */
export const MOST_IN_RANGE = 100_000

/** How a range is written: `web[01-40]` in rollcall's own lists, `web[01:40]` and `web[01:40:2]` in Ansible inventories. */
export type RangeStyle = '-' | ':'

/**
 * All texts that `web[01-40].dc1`, `10.0.[0-3].[1-20]`, `db[a-c,x]` stands for, the last range counting fastest. A text without brackets stands for itself.
 *
 * @throws {EntryError}
 */
export function expandRanges(text: string, style: RangeStyle): string[] {
  // Every other part is what stands in brackets.
  const parts = text.split(/\[([^[\]]*)\]/)
  const choices = parts.map((part, index) => (index % 2 === 1 ? choicesOf(part, style) : [plainPart(part, text)]))
  const count = choices.reduce((product, { length }) => product * length, 1)
  if (count > MOST_IN_RANGE) throw new EntryError(`${show(text)} stands for ${count} hosts; at most ${MOST_IN_RANGE} are taken`)
  return choices.reduce((made, options) => made.flatMap((start) => options.map((option) => start + option)), [''])
}

function plainPart(part: string, text: string): string {
  if (/[[\]]/.test(part)) throw new EntryError(`${show(text)} has a bracket without its other half`)
  return part
}

function choicesOf(list: string, style: RangeStyle): string[] {
  return list.split(',').flatMap((part) => {
    const [first = '', last = first, step = '1', ...rest] = part.split(style)
    const isFine = rest.length === 0 && (style === ':' || step === '1') && /^[1-9]\d{0,5}$/.test(step)
    const options = isFine ? (numbers(first, last, Number(step)) ?? letters(first, last, Number(step))) : null
    if (options === null) throw new EntryError(`[${list}] is no range: write ${style === '-' ? '[01-40] or [a-f]' : '[01:40] or [a:f]'}`)
    return options
  })
}

function numbers(first: string, last: string, step: number): string[] | null {
  if (!/^\d{1,9}$/.test(first) || !/^\d{1,9}$/.test(last)) return null
  const isPadded = first.length > 1 && first.startsWith('0')
  if (isPadded && first.length !== last.length) throw new EntryError(`[${first}…${last}]: both ends of a padded range have the same length`)
  return steps(`${first}…${last}`, Number(first), Number(last), step).map((number) =>
    String(number).padStart(isPadded ? first.length : 1, '0'),
  )
}

function letters(first: string, last: string, step: number): string[] | null {
  if (!/^[a-z]{2}$|^[A-Z]{2}$/.test(first + last)) return null
  return steps(`${first}…${last}`, first.charCodeAt(0), last.charCodeAt(0), step).map((code) => String.fromCharCode(code))
}

function steps(shown: string, first: number, last: number, step: number): number[] {
  const count = Math.floor((last - first) / step) + 1
  if (count < 1) throw new EntryError(`[${shown}]: a range goes from the lower end to the higher one`)
  if (count > MOST_IN_RANGE) throw new EntryError(`[${shown}]: a range of ${count}; at most ${MOST_IN_RANGE} hosts are taken`)
  return Array.from({ length: count }, (_, index) => first + index * step)
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

import { lines } from './text.ts'

/** A line of an indented report: how deep it stands, and the two sides of its first colon. */
export interface ColonLine {
  readonly indent: number
  /** Before the colon, or the whole line; trimmed. */
  readonly key: string
  /** Behind the colon, trimmed; null for a line without one. */
  readonly value: string | null
}

/** `  Serial No     : 9XF3` and `Sector Size:  512`. A longer line than any program writes is no line. */
export function colonLine(line: string): ColonLine | null {
  const text = line.trim()
  if (text === '' || line.length > LONGEST) return null
  const indent = line.length - line.trimStart().length
  // "Reported Channel,Device(T:L)   : 0,0(0:0)": the colon that counts has a space on one side, or ends the line.
  const spaced = / :|:(?: |$)/.exec(text)
  const at = spaced === null ? text.indexOf(':') : spaced.index + spaced[0].indexOf(':')
  if (at < 1) return { indent, key: text, value: null }
  return { indent, key: text.slice(0, at).trim(), value: text.slice(at + 1).trim() }
}

const LONGEST = 2000

/** What a block of such lines says, by lower-case name. */
export type Properties = Map<string, string>

/** Keeps the first of what is said twice: the sections below a disk repeat its names for other things. */
export function addProperty(properties: Properties, { key, value }: ColonLine): void {
  const name = key.toLowerCase()
  if (value !== null && !properties.has(name)) properties.set(name, value)
}

/** The first of several names that has a value; programs rename their fields from version to version. */
export function pick(properties: Properties, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = properties.get(name)
    if (value !== undefined && value !== '') return value
  }
  return null
}

/** Blocks of such lines, each from a line that begins one; under the empty name the number in that line. */
export function colonBlocks(text: string, begins: RegExp): Properties[] {
  const blocks: Properties[] = []
  for (const line of lines(text)) {
    const said = colonLine(line)
    if (said === null) continue
    if (begins.test(line.trim())) blocks.push(new Map([['', /\d{1,4}/.exec(line)?.[0] ?? '']]))
    const block = blocks.at(-1)
    if (block !== undefined) addProperty(block, said)
  }
  return blocks
}

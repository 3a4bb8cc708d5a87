import * as fc from 'fast-check'
import type { RawAnswer } from '../../plugins/answer.ts'
import type { Plugin } from '../../plugins/define.ts'
import type { Capture } from '../../plugins/frames.ts'
import type { Recorded } from './recorded.ts'

/** A longer text says nothing new, and costs every run. */
const SEED_CHARS = 8_000

/** Words that break what they stand in: figures too big or no figures, JSON where a word was. */
const NASTY = ['', '-1', '0', '99999999999999999999', '1e999', '0x', 'NaN', 'null', 'true', '{}', '[]', '"', '\\ud800', '\0', '\r', '\t']
/** A table that is a plain object knows these without ever having heard of them. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
const WORDS = [...NASTY, ...INHERITED, ':', '=', '/', ' '.repeat(50), '\u00e9', '\ufffd', 'N/A', '(null)']

interface Edit {
  readonly kind: 'cut' | 'double' | 'word' | 'name' | 'insert' | 'line' | 'end' | 'json'
  /** Where, as a share of the text. */
  readonly at: number
  readonly length: number
  readonly text: string
  readonly value: fc.JsonValue
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('cut', 'double', 'word', 'word', 'name', 'insert', 'line', 'end', 'json'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.nat(200),
  text: fc.oneof(fc.constantFrom(...WORDS), fc.constantFrom(...INHERITED), fc.string({ unit: 'binary', maxLength: 20 })),
  value: fc.oneof({ weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) }, { weight: 1, arbitrary: fc.constantFrom(...INHERITED) }),
})

const bytes = fc.uint8Array({ maxLength: 400 }).map((some) => Buffer.from(some).toString('utf8'))

/** Answers of a host that is not quite right: recorded ones with pieces broken, other probes' texts, plain bytes, and probes that failed. */
export function captures(plugin: Plugin, recorded: readonly Recorded[]): fc.Arbitrary<Capture> {
  const probes = Object.keys(plugin.probes)
  const all = seedsOf(recorded, probes)
  const each = Object.fromEntries(
    probes.map((probe) => {
      const own = seedsOf(recorded, [probe])
      const broken = fc
        .tuple(fc.constantFrom(...(own.length > 0 ? own : ['\n'])), fc.array(edit, { maxLength: 4 }))
        .map(([seed, edits]) => edits.reduce(apply, seed))
      const text = fc.oneof(
        { weight: 8, arbitrary: broken },
        { weight: 1, arbitrary: bytes },
        { weight: 1, arbitrary: fc.constantFrom('', ...all) },
      )
      // An edit may fall between the halves of a character, which no decoded bytes do.
      const good = text.map((stdout): RawAnswer => ({ exit: 0, stdout: stdout.toWellFormed(), stderr: '' }))
      const bad = fc
        .constantFrom<RawAnswer['exit']>('absent', 'denied', 'timeout', 'truncated', 1, 2, 126, 127)
        .map((exit): RawAnswer => ({ exit, stdout: '', stderr: '' }))
      return [probe, fc.oneof({ weight: 6, arbitrary: good }, { weight: 1, arbitrary: bad })]
    }),
  )
  // fast-check types a record without required keys as one whose values may be undefined.
  const some = fc.record(each, { requiredKeys: [] }) as fc.Arbitrary<Record<string, RawAnswer>>
  return fc.record({ probes: some, complete: fc.boolean() })
}

/** What hosts really answered to these probes. */
export function seedsOf(recorded: readonly Recorded[], probes: readonly string[]): string[] {
  const texts = recorded.flatMap(({ capture }) => probes.map((probe) => capture.probes[probe]?.stdout ?? ''))
  return [...new Set(texts)].filter((text) => text !== '').map((text) => (text.length > SEED_CHARS ? text.slice(0, SEED_CHARS) : text))
}

function apply(text: string, { kind, at, length, text: word, value }: Edit): string {
  const from = Math.floor(at * text.length)
  const [before, piece, after] = [text.slice(0, from), text.slice(from, from + length), text.slice(from + length)]
  if (kind === 'cut') return before + after
  if (kind === 'double') return before + piece + piece + after
  if (kind === 'insert') return before + word + piece + after
  if (kind === 'end') return before
  if (kind === 'json') return withValue(text, at, value)
  if (kind === 'name') return renamed(text, at, word)
  if (kind === 'word') return before + text.slice(from).replace(/[\w.-]+/, () => word)
  const lines = text.split('\n')
  return lines.toSpliced(Math.floor(at * lines.length), 1, lines[length % lines.length]!).join('\n')
}

/** A whole word, a key of a table or of JSON perhaps, replaced wherever it stands. */
function renamed(text: string, at: number, name: string): string {
  const words = text.match(/[\w.-]+/g) ?? []
  const old = words[Math.floor(at * words.length)]
  return text.replace(/[\w.-]+/g, (word) => (word === old ? name : word))
}

/** A JSON text with one of its values replaced by another of any kind; other texts as they are. */
function withValue(text: string, at: number, value: fc.JsonValue): string {
  if (!/^\s*[[{]/.test(text)) return text
  let left = -1
  const count = (_: string, one: unknown): unknown => (left++, one)
  const swap = (_: string, one: unknown): unknown => (left-- === 0 ? value : one)
  try {
    const known: unknown = JSON.parse(text, count)
    left = Math.floor(at * (left + 1))
    return JSON.stringify(JSON.parse(JSON.stringify(known), swap))
  } catch {
    return text // An earlier edit has broken it.
  }
}

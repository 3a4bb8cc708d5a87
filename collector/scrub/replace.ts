import type { Plugin } from '../../plugins/define.ts'
import { FORMS, like, nameStandIn, STAND_INS, type Form } from './forms.ts'
import type { Private } from './learn.ts'
import type { StandIns } from './stand-ins.ts'

/** Replaces all that is private in a text. */
export type Replace = (text: string) => string

export interface Replacers {
  readonly anywhere: Replace
  /** Also names that are common words: for texts that tell names and little else. */
  readonly amongNames: Replace
}

/** What a capture taught, as two functions that go through a text once: what has been replaced is not looked at again. */
export function replacers(
  known: Private,
  made: StandIns,
  { plugins, macs }: { readonly plugins: readonly Plugin[]; readonly macs: Iterable<string> },
): Replacers {
  const trade = vocabulary(plugins, known.facts)
  const isCommon = (name: string): boolean => trade.has(name) || name.length < 2
  const learned = new Map<string, string>()
  for (const serial of known.serials) {
    learned.set(serial, made.word(serial))
    // The kernel names an NVMe disk that has no WWN by the hex codes of its serial number.
    if (serial.length >= 6) learned.set(hexOf(serial), hexOf(made.word(serial)))
  }
  for (const mac of macs) learned.set(mac, made.mac(mac))
  const names = [...known.names].filter((name) => !learned.has(name))
  const strong = names.filter((name) => !isCommon(name))
  for (const name of strong) learned.set(name, nameStandIn(name, made.word))
  const weak = names.filter(isCommon)
  const facts = [...known.facts].filter((fact) => ANY_FORM.test(fact) || strong.some((name) => fact.includes(name)))
  const forms = Object.entries(FORMS).map(([form, { source }]) => `(?<${form}>${source})`)
  const patterns = [
    ...longestFirst(facts).map((fact) => `(?<![\\w.])${escaped(fact)}(?!\\w)`),
    ...forms,
    ...longestFirst(learned.keys()).map(patternOf),
  ]
  const expression = new RegExp(patterns.join('|'), 'gi')
  const anywhere: Replace = (text) =>
    text.replace(expression, (found: string, ...rest: unknown[]) => {
      const groups = rest.at(-1) as Readonly<Record<string, string | undefined>> // There are named groups, so they come last.
      const form = (Object.keys(FORMS) as Form[]).find((one) => groups[one] !== undefined)
      return like(found, form === undefined ? (learned.get(found.toLowerCase()) ?? found) : STAND_INS[form](found, made, known.addresses))
    })
  if (weak.length === 0) return { anywhere, amongNames: anywhere }
  const common = new RegExp(`(?<![\\w-])(?:${longestFirst(weak).map(escaped).join('|')})(?![\\w-])`, 'g')
  return { anywhere, amongNames: (text) => anywhere(text.replace(common, (found) => nameStandIn(found, made.word))) }
}

const ANY_FORM = new RegExp(
  Object.values(FORMS)
    .map(({ source }) => source)
    .join('|'),
  'i',
)

/** Words that our own probes and pages use, or packages and models have: no secret by themselves, although a host or user may be called so. */
function vocabulary(plugins: readonly Plugin[], facts: ReadonlySet<string>): ReadonlySet<string> {
  const texts = [...facts, ...plugins.map(({ probes, schema }) => JSON.stringify([probes, schema]).toLowerCase())]
  return new Set(texts.flatMap((text) => text.split(/[^\p{L}\d]+/u)))
}

/** The longer and less regular a value, the less can it be found by chance in another one. */
function patternOf(value: string): string {
  const plain = escaped(value)
  // A number as short as that only where it is the whole value.
  if (/^\d{1,5}$/.test(value)) return `${plain}(?<=[:=][ \\t"']{0,4}${plain})(?![\\w.])`
  if (value.length >= 12 || (value.length >= 7 && /\d/.test(value) && /[a-z]/.test(value))) return plain
  return value.length < 4 ? `(?<![\\w.-])${plain}(?![\\w-])` : `(?<![a-z0-9])${plain}(?![a-z0-9])`
}

function longestFirst(values: Iterable<string>): string[] {
  return [...values].toSorted((a, b) => b.length - a.length)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

function hexOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

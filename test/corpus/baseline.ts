import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Measured } from './measure.ts'
import { tally, type Tally } from './tally.ts'

const FILE = join(import.meta.dirname, 'baseline.json')

/** What the corpus showed when it was last looked at. */
export interface Baseline {
  /** By plugin and source. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, Tally>>>>
  /** Fields that are known not to be right, by `plugin/case`. Everything else that is asserted was right. */
  readonly known: Readonly<Record<string, readonly string[]>>
}

export function baselineOf(all: readonly Measured[]): Baseline {
  const entries = all.flatMap((one) => {
    const fields = notRight(one)
    return fields.length === 0 ? [] : [[keyOf(one), fields] as const]
  })
  return { counts: tally(all), known: Object.fromEntries(entries) }
}

export function readBaseline(): Baseline {
  if (!existsSync(FILE)) return { counts: {}, known: {} }
  return JSON.parse(readFileSync(FILE, 'utf8')) as Baseline // Written by writeBaseline alone.
}

export function writeBaseline(baseline: Baseline): void {
  writeFileSync(FILE, `${JSON.stringify(baseline, null, 1)}\n`)
}

/** What was right and is so no more: values, sections, and values that are no longer looked at. */
export function regressions({ counts, known }: Baseline, all: readonly Measured[]): string[] {
  const worse = all.flatMap((one) => {
    const accepted = known[keyOf(one)] ?? []
    return notRight(one)
      .filter((field) => !accepted.includes(field))
      .map((field) => `${keyOf(one)}: ${field}`)
  })
  const now = tally(all)
  const unseen = Object.entries(counts).flatMap(([plugin, sources]) =>
    Object.entries(sources).flatMap(([source, then]) => {
      const seen = now[plugin]?.[source]
      const lost = seen === undefined || seen.cases < then.cases || seen.values < then.values || meant(seen) < meant(then)
      return lost ? [`${plugin}, ${source}: ${told(seen)}, were ${told(then)}`] : []
    }),
  )
  return [...worse, ...unseen]
}

function meant({ agreeing, deliberate }: Tally): number {
  return agreeing + deliberate
}

function told(one: Tally | undefined): string {
  return one === undefined ? 'no cases' : `${meant(one)} values right of ${one.values} in ${one.cases} cases`
}

/** Names alone, never what a text says: the corpus's licences do not allow its texts in here. */
function notRight({ values, failures }: Measured): string[] {
  const fields = values.filter(({ kind }) => kind === 'wrong' || kind === 'unsupported').map(({ field }) => field.replace(/\[.*\]/, '[]'))
  return [...new Set([...fields, ...failures.map((failure) => failure.replace(/[ :].*/s, ''))])].toSorted()
}

function keyOf({ plugin, name }: Measured): string {
  return `${plugin}/${name}`
}

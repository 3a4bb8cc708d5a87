import type { Fields, StorcliAnswer } from './storcli-json.ts'
import { lines } from './text.ts'

interface Section {
  readonly values: Map<string, string>
  readonly rows: Fields[]
}

interface Answer {
  readonly number: string
  /** By heading; what stands above the first heading is under the empty name. */
  readonly sections: Map<string, Section>
}

/**
 * The answers in an output without `J`, in its order and in the shape of those with it: `Key = value` lines and tables, below headings such as
 * `PD LIST :` that are underlined with equals signs. Details of a disk stand below headings of their own, not within one of the disk.
 */
export function textAnswers(text: string): StorcliAnswer[] {
  const answers: Answer[] = []
  let heading = ''
  const all = lines(text).map((line) => line.trimEnd())
  for (let at = 0; at < all.length; at++) {
    const [line, next] = [all[at]!, all[at + 1] ?? '']
    // The section `Basics` names the controller too, but not what came of the command.
    const number = /^Controller = (\d{1,3})$/.exec(line)?.[1]
    if (number !== undefined && next.startsWith('Status = ')) {
      answers.push({ number, sections: new Map() })
      heading = ''
    }
    const answer = answers.at(-1)
    if (answer === undefined) continue
    if (line.endsWith(':') && UNDERLINE.test(next)) heading = line.slice(0, -1).trim()
    const section = answer.sections.get(heading) ?? { values: new Map<string, string>(), rows: [] }
    answer.sections.set(heading, section)
    const end = RULE.test(line) && RULE.test(all[at + 2] ?? '') ? endOf(all, at + 3) : null
    if (end !== null) {
      section.rows.push(...tableOf(next, all.slice(at + 3, end)))
      at = end
    } else {
      const equals = line.indexOf(' =')
      if (equals > 0) section.values.set(line.slice(0, equals).trim(), line.slice(equals + 2).trim())
    }
  }
  return answers.map(({ number, sections }) => ({ number, data: dataOf(sections) }))
}

const UNDERLINE = /^=+$/
const RULE = /^-{5,}$/
/** Of what any version prints; a wider one is no table. */
const WIDEST = 400

/** The rule below a table's rows; null where the output was cut before it. */
function endOf(all: readonly string[], from: number): number | null {
  for (let at = from; at < all.length; at++) {
    if (RULE.test(all[at]!)) return at
    if (UNDERLINE.test(all[at]!)) return null
  }
  return null
}

function dataOf(sections: ReadonlyMap<string, Section>): Fields {
  const top = sections.get('')?.values ?? []
  const named = [...sections].filter(([name]) => name !== '')
  return Object.fromEntries([
    ...top,
    ...named.map(([name, { values, rows }]) => [name, rows.length > 0 ? rows : Object.fromEntries(values)]),
  ])
}

/** Rows of a table whose columns are as wide as their widest cell: text begins below its header, numbers end below theirs. */
function tableOf(header: string, rows: readonly string[]): Fields[] {
  if (header.length > WIDEST) return []
  const words = [...header.matchAll(/\S+/g)].map(({ 0: name, index }) => ({ name, from: index, to: index + name.length }))
  const starts = words.map(({ from }, place) => (place === 0 ? 0 : startOf(words[place - 1]!.to, from, rows)))
  return rows.map((row) => Object.fromEntries(words.map(({ name }, place) => [name, row.slice(starts[place], starts[place + 1]).trim()])))
}

/** Behind the last place between two headers that is blank in every row: the model of a disk has spaces of its own, a number has none before it. */
function startOf(from: number, to: number, rows: readonly string[]): number {
  for (let place = to - 1; place >= from; place--) if (rows.every((row) => (row[place] ?? ' ') === ' ')) return place + 1
  return to
}

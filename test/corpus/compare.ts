import type { Fields } from '../../plugins/items.ts'

/** One asserted value of a case: what its source says, and what the section says. */
export interface Verdict {
  /** `field`, or `list[item].field`. */
  readonly field: string
  readonly expected: unknown
  readonly actual: unknown
  readonly equal: boolean
  /** The text is in a layout from which nobody could tell this value. */
  readonly unsupported?: boolean
}

/** Compares one plugin's section with what a case asserts. `section` is null where its status is not ok. */
export type Mapping = (section: Record<string, unknown> | null, expected: Record<string, unknown>) => Verdict[]

/** Whether a section's value says the same as an asserted one. */
export type Same = (expected: unknown, actual: unknown) => boolean

/** Equal, where null and missing are one, and sets have no order. */
export const same: Same = (expected, actual) => plain(expected) === plain(actual)

/** Texts with runs of spaces and underscores folded: udev writes one for the other. */
export const folded: Same = byText((text) => text.replace(/[ _]+/g, ' ').trim())

/** UUIDs and other texts without case. */
export const caseless: Same = byText((text) => text.trim().toLowerCase())

export const mac: Same = byText((text) => text.trim().toLowerCase().replaceAll('-', ':'))

/** World wide names without case and without `0x`, `eui.`, `naa.`. */
export const wwn: Same = byText((text) =>
  text
    .trim()
    .toLowerCase()
    .replace(/^(?:0x|eui\.|naa\.)/, '')
    .replaceAll(' ', ''),
)

/** A figure within a share of what is asserted, for sizes that a source rounds. */
export function within(share: number): Same {
  return (expected, actual) =>
    typeof expected === 'number' && typeof actual === 'number' ? Math.abs(actual - expected) <= expected * share : same(expected, actual)
}

/** Sets of texts, each compared by `one`. */
export function setOf(one: Same): Same {
  return (expected, actual) => {
    if (!Array.isArray(expected) || !Array.isArray(actual)) return same(expected, actual)
    const left = [...(actual as unknown[])]
    for (const value of expected) {
      const at = left.findIndex((other) => one(value, other))
      if (at === -1) return false
      left.splice(at, 1)
    }
    return left.length === 0
  }
}

/** Addresses as a set; a source that gives no prefix length asserts none. */
export const addresses: Same = setOf((expected, actual) => {
  const [a, b] = [String(expected).toLowerCase(), String(actual).toLowerCase()]
  return a.includes('/') ? a === b : a === b.split('/')[0]
})

/** The asserted ones among `fields`. A field that `expected` lacks is not asserted. */
export function compareFields(
  expected: Fields,
  section: Fields | null | undefined,
  fields: Readonly<Record<string, Same>>,
  prefix = '',
): Verdict[] {
  return Object.entries(fields).flatMap(([field, equal]) =>
    field in expected ? [verdict(prefix + field, expected[field], section?.[field] ?? null, equal)] : [],
  )
}

/**
 * Lists of items, paired by the first of `by` that both sides know and share. A missing item costs every value asserted of it;
 * with `complete`, each item that nobody asserted is one wrong value.
 */
export function compareItems(
  list: string,
  expected: unknown,
  actual: unknown,
  {
    by,
    fields,
    complete = false,
  }: { readonly by: Readonly<Record<string, Same>>; readonly fields: Readonly<Record<string, Same>>; readonly complete?: boolean },
): Verdict[] {
  if (!Array.isArray(expected)) return []
  const wanted = expected as Fields[]
  const found = itemsOf(actual)
  const mates = pair(wanted, found, by)
  const verdicts = wanted.flatMap((item, index) => compareFields(item, mates.get(index), fields, `${list}[${title(item, by)}].`))
  if (!complete) return verdicts
  const paired = new Set(mates.values())
  const surplus = found.filter((item) => !paired.has(item))
  return [...verdicts, ...surplus.map((item) => ({ field: `${list}[${title(item, by)}]`, expected: null, actual: item, equal: false }))]
}

export function verdict(field: string, expected: unknown, actual: unknown, equal: Same = same): Verdict {
  return { field, expected, actual, equal: equal(expected, actual) }
}

/** A set of names as one value each, so that one big case does not hide many wrong ones. */
export function compareSets(field: string, expected: unknown, actual: unknown, equal: Same = same): Verdict[] {
  if (!Array.isArray(expected)) return []
  const found = Array.isArray(actual) ? (actual as unknown[]) : []
  return expected.map((value) => verdict(field, value, found.find((one) => equal(value, one)) ?? null, equal))
}

/** The items of a list of a section or of what is asserted; none where it is no list. */
export function itemsOf(list: unknown): readonly Fields[] {
  return Array.isArray(list) ? (list as Fields[]) : []
}

function pair(wanted: readonly Fields[], found: readonly Fields[], by: Readonly<Record<string, Same>>): Map<number, Fields> {
  const mates = new Map<number, Fields>()
  const free = new Set(found)
  for (const [key, equal] of Object.entries(by)) {
    for (const [index, item] of wanted.entries()) {
      const value = item[key] ?? null
      if (mates.has(index) || value === null) continue
      for (const one of free) {
        if ((one[key] ?? null) === null || !equal(value, one[key])) continue
        mates.set(index, one)
        free.delete(one)
        break
      }
    }
  }
  return mates
}

function title(item: Fields, by: Readonly<Record<string, Same>>): string {
  const key = Object.keys(by).find((one) => (item[one] ?? null) !== null)
  return key === undefined ? '?' : String(item[key])
}

function byText(fold: (text: string) => string): Same {
  return (expected, actual) =>
    typeof expected === 'string' && typeof actual === 'string' ? fold(expected) === fold(actual) : same(expected, actual)
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.map(plain).toSorted())
  if (typeof value === 'object' && value !== null) {
    return JSON.stringify(
      Object.keys(value)
        .toSorted()
        .map((key) => [key, plain((value as Fields)[key])]),
    )
  }
  return JSON.stringify(value ?? null)
}

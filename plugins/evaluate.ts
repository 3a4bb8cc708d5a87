import { judge, type Answer, type Failed } from './answer.ts'
import type { Answers, Plugin, Probes } from './define.ts'
import { digestOf } from './digest.ts'
import { ParseError, Unusable } from './errors.ts'
import type { Capture } from './frames.ts'
import { compareText, sortItems, type Fields, type Item, type Keys } from './items.ts'

/** Latest values of fields that are not history: scalars by field, and per list by item label, then field. */
export type Volatile = Readonly<Record<string, unknown>>

/** What one plugin says of one host at one time. */
export type Section =
  | {
      readonly status: 'ok'
      readonly version: number
      readonly digest: string
      readonly data: Fields
      readonly volatile?: Volatile
      /** What could not be seen although the section is good, such as "dmi-tables: denied (… needs root)". */
      readonly reason?: string
    }
  | { readonly status: Failed['status'] | 'skipped'; readonly reason: string }

/** Throws with all reasons when `data` does not fit the plugin's schema. */
export type Check = (data: unknown) => void

/** A section before it is sorted, divided and digested: what middleware sees. Volatile fields are still in the data. */
export type Parsed =
  | { readonly status: 'ok'; readonly data: Fields; readonly reason?: string }
  | Extract<Section, { readonly reason: string }>

/** Turns a capture into a plugin's section. Never throws for anything a host said. */
export function evaluate(plugin: Plugin, capture: Capture, check?: Check): Section {
  return seal(plugin, parseSection(plugin, capture, check))
}

/** The first half of `evaluate`. Never throws for anything a host said. */
export function parseSection(plugin: Plugin, capture: Capture, check?: Check): Parsed {
  const answers = answersOf(plugin.probes, capture)
  try {
    const lost = Object.entries(answers).flatMap(([name, answer]) =>
      answer.status === 'ok' || answer.status === 'absent' ? [] : [{ name, ...answer }],
    )
    const data: Fields = { ...plugin.parse(answers), ...undecided(plugin, lost) }
    check?.(data)
    const missing = lost.map(({ name, status, reason }) => `${name}: ${status} (${reason})`)
    return { status: 'ok', data, ...(missing.length > 0 && { reason: missing.join('; ') }) }
  } catch (error) {
    if (error instanceof Unusable) return { status: error.answer.status, reason: error.answer.reason }
    if (error instanceof ParseError) return { status: 'failed', reason: error.message }
    return broke(plugin, error)
  }
}

/** Null for every field that one of the lost probes decides. */
function undecided({ decides = {} }: Plugin, lost: readonly { readonly name: string }[]): Fields {
  // By probe name; the plugin's type holds it to the names of its probes.
  const fields = lost.flatMap(({ name }) => (decides as Readonly<Record<string, readonly string[]>>)[name] ?? [])
  return Object.fromEntries(fields.map((field) => [field, null]))
}

/** What a capture answers to probes. */
export function answersOf<P extends Probes>(probes: P, capture: Capture): Answers<P> {
  const answers = Object.entries(probes).map(([name, probe]): [string, Answer] => {
    const raw = capture.probes[name]
    const lost = raw === undefined && !capture.complete && !('recorded' in probe)
    return [name, lost ? { status: 'truncated', reason: 'the stream ended before this probe' } : judge(probe, raw)]
  })
  return Object.fromEntries(answers) as Answers<P> // One answer for each name of P.
}

/** The second half of `evaluate`: lists sorted, volatile fields taken out, and the digest of what is left. */
export function seal(plugin: Plugin, parsed: Parsed): Section {
  if (parsed.status !== 'ok') return { ...parsed, reason: parsed.reason.slice(0, REASON_CHARACTERS) }
  try {
    const { data, volatile } = divide(plugin, parsed.data)
    const { status } = parsed
    const reason = parsed.reason?.slice(0, REASON_CHARACTERS)
    return {
      status,
      version: plugin.version,
      digest: digestOf(data),
      data,
      ...(Object.keys(volatile).length > 0 && { volatile }),
      ...(reason !== undefined && { reason }),
    }
  } catch (error) {
    return seal(plugin, broke(plugin, error))
  }
}

/** The most that the wire format takes. */
const REASON_CHARACTERS = 4096

/** A plugin's own mistake must not cost the host its other sections. */
function broke(plugin: Plugin, error: unknown): Parsed & { readonly status: 'failed' } {
  return { status: 'failed', reason: `plugin ${plugin.name} broke: ${error instanceof Error ? error.message : String(error)}` }
}

/** Sorts lists by item and sets by value, and takes the volatile fields out of the data. */
function divide(plugin: Plugin, parsed: Fields): { data: Fields; volatile: Record<string, unknown> } {
  const data: Record<string, unknown> = {}
  const volatile: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(parsed)) {
    const keys = keysOf(plugin, field)
    if (keys !== undefined && Array.isArray(value)) {
      const hidden = Object.keys((value[0] as Item | undefined) ?? {}).filter((one) => isVolatile(plugin, `${field}.${one}`))
      const { items, current } = divideList(value as Item[], keys, hidden)
      data[field] = items
      if (Object.keys(current).length > 0) volatile[field] = current
    } else if (isVolatile(plugin, field)) {
      if (value !== null) volatile[field] = value
    } else data[field] = kept(value)
  }
  return { data, volatile }
}

function divideList(list: readonly Item[], keys: Keys, hidden: readonly string[]): { items: Item[]; current: Record<string, Item> } {
  const rows = sortItems(list, keys)
  const current: Record<string, Item> = {}
  const items = rows.map(({ item, label }) => {
    const lasting: Record<string, unknown> = {}
    const live: Record<string, unknown> = {}
    for (const [field, value] of Object.entries(item)) {
      if (!hidden.includes(field)) lasting[field] = kept(value)
      else if (value !== null) live[field] = value
    }
    if (Object.keys(live).length > 0) current[label.toWellFormed()] = live
    return lasting
  })
  return { items, current }
}

/** The keys of one of a plugin's lists; undefined for a field that is no list of items. */
export function keysOf(plugin: Plugin, field: string): Keys | undefined {
  // ListKeys is exact per plugin; across plugins it is a plain record.
  return (plugin.keys as Record<string, Keys>)[field]
}

function isVolatile(plugin: Plugin, path: string): boolean {
  return plugin.volatile.some((one) => one === path)
}

/** A value as it is kept. Half a character (text cut inside one, or escaped in JSON) has no bytes, and RFC 8785 no form for it. */
function kept(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (!Array.isArray(value)) return value
  return [...new Set(value.map(kept))].toSorted((a, b) => compareText(String(a), String(b)))
}

import { ApiError } from './errors.ts'

/** One query parameter that is a filter: `name=web-01`, `name__ic=web`, `lastSeen__lt=2026-01-01T00:00:00Z`. */
export interface Filter {
  readonly field: string
  readonly op: '' | 'n' | 'ic' | 'gt' | 'gte' | 'lt' | 'lte' | 'in'
  readonly value: string
}

export type Query = Readonly<Record<string, string | string[] | undefined>>

const OPS = ['n', 'ic', 'gt', 'gte', 'lt', 'lte', 'in'] as const

/** The filters of a query; `fields` says which field takes which suffixes. Whatever is neither that nor a `known` parameter is an error, never ignored. */
export function readFilters(query: Query, known: readonly string[], fields: Readonly<Record<string, readonly Filter['op'][]>>): Filter[] {
  return Object.entries(query).flatMap(([name, given]): Filter[] => {
    if (known.includes(name) || given === undefined) return []
    const [, field = '', suffix = ''] = /^([^_]+)(?:__([a-z]+))?$/.exec(name) ?? []
    const op = suffix === '' ? '' : OPS.find((one) => one === suffix)
    const allowed = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (allowed === undefined || op === undefined || !allowed.includes(op)) {
      const all = Object.entries(fields).flatMap(([one, ops]) => ops.map((o) => nameOf({ field: one, op: o })))
      throw bad(`?${name}`, `no such filter; there are ${[...known, ...all].join(', ')}`)
    }
    if (Array.isArray(given)) throw bad(`?${name}`, 'given twice; use __in with values separated by commas')
    return [{ field, op, value: given }]
  })
}

/** The value of the one filter of a field that has one of these suffixes; null where there is none. Two would say the same thing twice. */
export function oneOf(filters: readonly Filter[], field: string, ...ops: readonly Filter['op'][]): Filter | null {
  const [first, second] = filters.filter((filter) => filter.field === field && ops.includes(filter.op))
  if (second !== undefined) throw bad(`?${nameOf(second)}`, `goes not together with ${nameOf(first!)}: give one of them`)
  return first ?? null
}

/** The values of `field=a` or `field__in=a,b`; null where there is neither. */
export function severalOf(filters: readonly Filter[], field: string): readonly string[] | null {
  const given = oneOf(filters, field, '', 'in')
  return given === null ? null : given.op === 'in' ? given.value.split(',') : [given.value]
}

/** The text of a parameter; undefined where it was not given. */
export function textOf(value: Query[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function nameOf({ field, op }: Omit<Filter, 'value'>): string {
  return op === '' ? field : `${field}__${op}`
}

/** A time parameter in RFC 3339, as milliseconds. */
export function readTime(name: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\d(?:[Tt ].*)?$/.test(text) ? Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text) : Number.NaN
  if (Number.isNaN(at)) throw bad(`?${name}`, 'must be a time in RFC 3339, such as 2026-03-01T12:00:00Z')
  return at
}

/** An opaque page mark: what `writeCursor` made. */
export function readCursor<T>(text: string | undefined, fits: (value: unknown) => value is T): T | null {
  if (text === undefined) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (fits(value)) return value
  } catch {
    // Told below, as any other text that is no cursor.
  }
  throw bad('?cursor', 'must be the "next" of an earlier answer')
}

/** Whether a page mark is an id: a database refuses other numbers. */
export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

export function writeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export function bad(pointer: string, message: string): ApiError {
  return new ApiError(400, `${pointer}: ${message}`, { errors: [{ pointer, message }] })
}

export function time(ms: number): string
export function time(ms: number | null): string | null
export function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

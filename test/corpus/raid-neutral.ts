import type { Fields } from '../../plugins/items.ts'

/** What a source asserts, in neutral names. */
export interface Neutral {
  readonly controllers: Fields[]
  readonly enclosures: Fields[]
  readonly physicalDisks: Fields[]
  readonly logicalDrives: Fields[]
  readonly softwareArrays: Fields[]
  readonly physicalCount?: unknown
  /** What is asserted of systems other than Linux. */
  readonly unsupported?: string[]
}

/** Fields of a source under neutral names; those that it does not have are not asserted. */
export function given(one: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(names).flatMap(([ours, theirs]) => (theirs in one ? [[ours, one[theirs]]] : [])))
}

export function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

export function values(value: unknown): Fields[] {
  return Object.values(record(value)).map(record)
}

export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]).filter((one) => one !== null) : []
}

import type { Static, TSchema } from 'typebox'
import type { CONTROLLER, ENCLOSURE, LOGICAL_DRIVE, PHYSICAL_DISK, SOFTWARE_ARRAY } from './raid-fields.ts'

type Item<F extends Record<string, TSchema>> = { -readonly [K in keyof F]: Static<F[K]> }

export type Controller = Item<typeof CONTROLLER>
export type Enclosure = Item<typeof ENCLOSURE>
export type PhysicalDisk = Item<typeof PHYSICAL_DISK>
export type LogicalDrive = Item<typeof LOGICAL_DRIVE>
export type SoftwareArray = Item<typeof SOFTWARE_ARRAY>

/** What one text says; an item holds what it knows, and its address always. */
export interface RaidView {
  readonly controllers?: readonly Known<Controller, 'id'>[]
  readonly enclosures?: readonly Known<Enclosure, 'controller' | 'id'>[]
  readonly physicalDisks?: readonly Known<PhysicalDisk, 'controller' | 'id'>[]
  readonly logicalDrives?: readonly Known<LogicalDrive, 'controller' | 'id'>[]
  readonly softwareArrays?: readonly Known<SoftwareArray, 'name'>[]
}

/** An item of which some text may not know everything. */
export type Known<T, K extends keyof T> = Partial<T> & Pick<T, K>

/** Items by controller and address: what two texts say of one thing is one item, and the first that knows a field says it. */
export function joinItems<T extends { readonly id: string; readonly controller?: string }>(
  fields: Readonly<Record<string, unknown>>,
  items: readonly T[],
): Full<T>[] {
  const found = new Map<string, T>()
  for (const item of items) {
    const address = JSON.stringify([item.controller, item.id])
    const known = found.get(address)
    found.set(address, known === undefined ? item : overlay(known, item))
  }
  return [...found.values()].map((item) => complete(fields, item))
}

/** `known`, with what only `other` knows. */
export function overlay<T extends object>(known: T, other: T): T {
  const more = Object.entries(other).filter(([field]) => (known[field as keyof T] ?? null) === null)
  return { ...known, ...Object.fromEntries(more) }
}

export type Full<T> = { [K in keyof T]-?: Exclude<T[K], undefined> }

/** An item with every field that its list has: null where no text knew it. */
export function complete<T extends object>(fields: Readonly<Record<string, unknown>>, item: T): Full<T> {
  const all = Object.keys(fields).map((field) => [field, item[field as keyof T] ?? null])
  return Object.fromEntries(all) as Full<T> // The fields of T's list, each of which may be null but those that T always has.
}

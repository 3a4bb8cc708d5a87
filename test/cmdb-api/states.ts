import * as fc from 'fast-check'
import { compareText } from '../../plugins/items.ts'

/** States of the section of `gadget`, and how to compare them: null is nothing, and neither sets nor lists have an order. */
export type State = Readonly<Record<string, unknown>>

const few = (prefix: string) => fc.option(fc.integer({ min: 0, max: 3 }).map((n) => `${prefix}${n}`))
const set = fc.option(fc.uniqueArray(fc.constantFrom('b', 'a', 'c', '__proto__'), { maxLength: 3 }))

/** `firmware` is known to version 2 alone. */
export function items(version: 1 | 2) {
  const common = { wwn: few('w'), slot: few(''), sizeBytes: fc.option(fc.integer({ min: 0, max: 3 })), tags: set }
  return fc.record({ ...common, ...(version === 2 && { firmware: few('f') }) })
}

/** Items that no key but their label tells apart, some of them alike in all, or called like another's number. */
const twins = fc.array(fc.tuple(items(2), fc.constantFrom('a', 'a', 'a#2', 'b')), { maxLength: 6 })

export const STATE: fc.Arbitrary<State> = fc.record({
  model: few('M'),
  owners: set,
  parts: fc.option(twins.map((pairs) => pairs.map(([item, label]) => ({ ...item, label })))),
})

/** Two states are equal when these are. */
export function plain(state: State | null): unknown {
  if (state === null) return null
  const fields = Object.entries(state).map(([field, value]) => [
    field,
    field === 'parts' && Array.isArray(value) ? rows(value) : scalar(value),
  ])
  return Object.fromEntries(fields.filter(([, value]) => value !== null))
}

function rows(list: readonly unknown[]): string[] {
  return list.map((item) => JSON.stringify(known(item as State))).toSorted(compareText)
}

function known(item: State): [string, unknown][] {
  const fields = Object.entries(item).map(([field, value]): [string, unknown] => [field, scalar(value)])
  return fields.filter(([, value]) => value !== null).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function scalar(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String).toSorted(compareText) : (value ?? null)
}

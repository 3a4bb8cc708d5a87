import { isDeepStrictEqual } from 'node:util'
import { labelItems, matchItems, sortItems, type Fields, type Item, type Keys } from '../plugins/items.ts'

export type Op = 'added' | 'removed' | 'changed'

/**
 * One change within a section, always from the older state to the newer. `list`, `item` and `field` are null for "the whole": of a section
 * (its first good report), of a list (its first known items), of an item (added or removed, with all its fields).
 */
export interface FieldChange {
  readonly list: string | null
  readonly item: string | null
  readonly field: string | null
  readonly op: Op
  readonly old: unknown
  readonly new: unknown
}

export interface Diff {
  readonly changes: readonly FieldChange[]
  /** The state after: what was reported, with the last known value wherever the host could not tell. */
  readonly merged: Fields
  /** Paths that hold a last known value: `field`, `list`, or `list.item.field`. */
  readonly kept: readonly string[]
}

/**
 * What a person would call a change between a section's state and a newer report of it. Null or missing means that the host could not tell:
 * the last known value stays and nothing is recorded. Lists are compared by item identity, sets by their members; order never counts.
 *
 * Undone newest first by `undo`, the changes give back the older state exactly.
 */
export function diffSection(listKeys: Readonly<Record<string, Keys>>, before: Fields | null, after: Fields): Diff {
  if (before === null)
    return { changes: [{ list: null, item: null, field: null, op: 'added', old: null, new: null }], merged: after, kept: [] }
  const changes: FieldChange[] = []
  const kept: string[] = []
  const merged: Record<string, unknown> = {}
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const keys = listKeys[field]
    const [old, now] = [before[field] ?? null, after[field] ?? null]
    if (keys !== undefined && old !== null && now !== null) {
      // A list field holds items or null in both: the schema was checked before it was stored.
      const list = diffList(field, keys, old as Item[], now as Item[])
      merged[field] = list.merged
      changes.push(...list.changes)
      kept.push(...list.kept)
      continue
    }
    const same = isSame(old, now)
    merged[field] = same ? old : (now ?? old)
    if (now === null && old !== null) kept.push(field)
    else if (keys !== undefined && now !== null)
      changes.push({ list: field, item: null, field: null, op: 'added', old: null, new: (now as Item[]).length })
    else if (!same) changes.push({ list: null, item: null, field, op: 'changed', old, new: now })
  }
  return { changes, merged, kept }
}

function diffList(list: string, keys: Keys, before: readonly Item[], after: readonly Item[]) {
  if (isDeepStrictEqual(before, after)) return { changes: [], merged: after, kept: [] }
  const { pairs, removed, added } = matchItems(before, after, keys)
  const fresh = added.map((index) => ({ old: null, now: after[index]!, item: after[index]! }))
  const known = pairs.map(([left, right]) => ({ old: before[left]!, now: after[right]!, item: merge(before[left]!, after[right]!) }))
  const origin = new Map<Item, { old: Item | null; now: Item }>([...fresh, ...known].map(({ item, old, now }) => [item, { old, now }]))
  const rows = sortItems([...origin.keys()], keys)

  const changes: FieldChange[] = []
  const kept: string[] = []
  if (removed.length > 0) {
    const labels = labelItems(before, keys)
    for (const index of removed) changes.push({ list, item: labels[index]!, field: null, op: 'removed', old: before[index]!, new: null })
  }
  for (const { label, item } of rows) {
    const { old, now } = origin.get(item)!
    if (old === null) {
      changes.push({ list, item: label, field: null, op: 'added', old: null, new: item })
      continue
    }
    for (const field of Object.keys(item)) {
      const was = old[field] ?? null
      if ((now[field] ?? null) === null && was !== null) kept.push(`${list}.${label}.${field}`)
      else if (!isSame(was, item[field] ?? null)) changes.push({ list, item: label, field, op: 'changed', old: was, new: item[field] })
    }
  }
  return { changes, merged: rows.map(({ item }) => item), kept }
}

/** A new object always, so that it can stand as a key; what the newer report does not know stays as it was. */
function merge(before: Item, after: Item): Item {
  const told = Object.entries(after).filter(([field, value]) => value !== null && value !== undefined && !isSame(before[field], value))
  return { ...before, ...Object.fromEntries(told) }
}

/** Sets are the same whatever the order in which a collector sends them. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return isDeepStrictEqual(a, b)
  const members = new Set<unknown>(a)
  return a.length === b.length && b.every((one) => members.has(one))
}

/** A section's data, or one item of its lists: scalars, sets of scalars, and (in a section) lists of items. */
export type Fields = Readonly<Record<string, unknown>>
export type Item = Fields

/** A list's keys, strongest first; each a field or several together. */
export type Keys = readonly (string | readonly string[])[]

/** The value of one key of an item, as text; null where a part of it is not known. */
export function keyValue(item: Item, key: Keys[number]): string | null {
  if (typeof key === 'string') {
    const value = item[key]
    return value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)
  }
  const parts = key.map((field) => keyValue(item, field))
  return parts.includes(null) ? null : parts.join('/')
}

/** An item with its identity within its list. */
export interface Labelled<T extends Item = Item> {
  readonly label: string
  readonly item: T
}

/**
 * The identity of each item, in the order given: its strongest key that is known and that no other item of the list shares, as in
 * `serial=S3Z8` or `name+arch=zlib/amd64`. Where nothing tells items apart they are numbered, in an order that is theirs alone.
 */
export function labelItems(items: readonly Item[], keys: Keys): string[] {
  const counts = keys.map((key) => countBy(items, key))
  const labels = items.map((item) => {
    const own = keys.find((key, index) => {
      const value = keyValue(item, key)
      return value !== null && counts[index]!.get(value) === 1
    })
    const key = own ?? keys.findLast((one) => keyValue(item, one) !== null)
    return key === undefined ? '?' : `${typeof key === 'string' ? key : key.join('+')}=${keyValue(item, key)}`
  })
  const alike = Map.groupBy(labels.keys(), (index) => labels[index]!)
  for (const [label, group] of alike) {
    if (group.length === 1) continue
    const ordered = group.toSorted((a, b) => compareText(JSON.stringify(items[a]), JSON.stringify(items[b])))
    for (const [number, index] of ordered.entries()) if (number > 0) labels[index] = `${label}#${number + 1}`
  }
  return labels
}

/** The items with their labels, sorted by them: the one order of a list in sections and documents. */
export function sortItems<T extends Item>(items: readonly T[], keys: Keys): Labelled<T>[] {
  const labels = labelItems(items, keys)
  return items.map((item, index) => ({ label: labels[index]!, item })).toSorted((a, b) => compareText(a.label, b.label))
}

/** By code unit: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Pairs of equal items in two lists: one key strength at a time through the whole list, and a key counts only where both sides know it. */
export function matchItems(
  before: readonly Item[],
  after: readonly Item[],
  keys: Keys,
): { readonly pairs: readonly (readonly [number, number])[]; readonly removed: readonly number[]; readonly added: readonly number[] } {
  const pairs: [number, number][] = []
  let removed = before.map((_, index) => index)
  let added = after.map((_, index) => index)
  for (const key of keys) {
    if (removed.length === 0 || added.length === 0) break
    const left = new Map<string, number[]>()
    for (const index of removed) {
      const value = keyValue(before[index]!, key)
      if (value !== null) left.set(value, [...(left.get(value) ?? []), index])
    }
    const paired = new Set<number>()
    added = added.filter((index) => {
      const value = keyValue(after[index]!, key)
      const mate =
        value === null
          ? undefined
          : left.get(value)?.find((one) => !paired.has(one) && !contradicts(before[one]!, after[index]!, keys, key))
      if (mate === undefined) return true
      paired.add(mate)
      pairs.push([mate, index])
      return false
    })
    removed = removed.filter((index) => !paired.has(index))
  }
  return { pairs, removed, added }
}

/** A stronger key known on both sides and different: another serial in the same slot is another disk. */
function contradicts(before: Item, after: Item, keys: Keys, than: Keys[number]): boolean {
  for (const key of keys) {
    if (key === than) return false
    const [a, b] = [keyValue(before, key), keyValue(after, key)]
    if (a !== null && b !== null && a !== b) return true
  }
  return false
}

function countBy(items: readonly Item[], key: Keys[number]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) {
    const value = keyValue(item, key)
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return counts
}

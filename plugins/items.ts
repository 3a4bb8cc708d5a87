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

/**
 * The identity of each item, in the order given: its strongest key that is known and that no other item of the list shares, as in
 * `serial=S3Z8` or `name+arch=zlib/amd64`. Where nothing tells two items apart, they are numbered.
 */
export function labelItems(items: readonly Item[], keys: Keys): string[] {
  const counts = keys.map((key) => countBy(items, key))
  const taken = new Map<string, number>()
  return items.map((item) => {
    const at = keys.findIndex((key, index) => {
      const value = keyValue(item, key)
      return value !== null && counts[index]!.get(value) === 1
    })
    const weakest = keys.findLastIndex((key) => keyValue(item, key) !== null)
    const key = keys[at === -1 ? weakest : at]
    const label = key === undefined ? '?' : `${typeof key === 'string' ? key : key.join('+')}=${keyValue(item, key)}`
    const before = taken.get(label) ?? 0
    taken.set(label, before + 1)
    return before === 0 ? label : `${label}#${before + 1}`
  })
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

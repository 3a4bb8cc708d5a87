/** A section's data, or one item of its lists: scalars, sets of scalars, and (in a section) lists of items. */
export type Fields = Readonly<Record<string, unknown>>
export type Item = Fields

/** A list's keys, strongest first; each a field or several together. */
export type Keys = readonly (string | readonly string[])[]

/**
 * The value of one key of an item, as text; null where a part of it is not known. A slash within a part stands as `\/`, but for the last part,
 * which is whatever follows: `x\/y/z` is not `x/y/z`, and a mount point reads as it is.
 */
function keyValue(item: Item, key: Keys[number]): string | null {
  if (typeof key === 'string') {
    const value = item[key]
    return value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)
  }
  let text = ''
  const last = key.length - 1
  for (let at = 0; at < last; at++) {
    const part = keyValue(item, key[at]!)
    if (part === null) return null
    // Looked for first: hardly any has one, and to replace nothing costs as much as all the rest.
    text += `${part.includes('/') || part.includes('\\') ? part.replaceAll(/[\\/]/g, '\\$&') : part}/`
  }
  const rest = keyValue(item, key[last]!)
  return rest === null ? null : text + rest
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
  // Grouped by a key only when some item needs it: mostly the first one tells all items apart.
  const holders: Map<string, number[]>[] = []
  const labels = items.map((item) => {
    const own = keys.find((key, index) => {
      const value = keyValue(item, key)
      return value !== null && (holders[index] ??= groupBy(items, key)).get(value)?.length === 1
    })
    return labelBy(item, own ?? weakestKey(item, keys))
  })
  if (new Set(labels).size === labels.length) return labels
  const alike = Map.groupBy(labels.keys(), (index) => labels[index]!)
  for (const [label, group] of alike) {
    if (group.length === 1) continue
    const ordered = group
      .map((index) => ({ index, content: contentOf(items[index]!) }))
      .toSorted((a, b) => compareText(a.content, b.content))
    let number = 1
    for (const { index } of ordered.slice(1)) {
      // A host may have an item that is really called "sda#2".
      do number++
      while (alike.has(`${label}#${number}`))
      labels[index] = `${label}#${number}`
    }
  }
  return labels
}

/** What is known of an item, as a text that does not depend on the order of its fields, or on whether unknown ones are named. */
function contentOf(item: Item): string {
  const known = Object.entries(item).filter(([, value]) => value !== null && value !== undefined)
  return JSON.stringify(known.toSorted(([a], [b]) => compareText(a, b)))
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

/**
 * Pairs of equal items in two lists: one key strength at a time through the whole list. A key counts only where both sides know it and it is
 * one item's alone in each list: an upgraded package is the one of its name, but of two kernels side by side each is told by its version.
 * What no key tells apart is paired by its weakest, in the order given.
 */
export function matchItems(
  before: readonly Item[],
  after: readonly Item[],
  keys: Keys,
): { readonly pairs: readonly (readonly [number, number])[]; readonly removed: readonly number[]; readonly added: readonly number[] } {
  const mates = new Map<number, number>()
  const free = new Set(before.keys())
  const pair = (old: number | undefined, now: number, key: Keys[number] | undefined): void => {
    if (old === undefined || contradicts(before[old]!, after[now]!, keys, key)) return
    free.delete(old)
    mates.set(now, old)
  }
  for (const key of keys) {
    if (free.size === 0 || mates.size === after.length) break
    const olds = groupBy(before, key)
    for (const [value, [now, ...others]] of groupBy(after, key)) {
      const [old, ...more] = olds.get(value) ?? []
      if (others.length === 0 && more.length === 0 && old !== undefined && free.has(old) && !mates.has(now!)) pair(old, now!, key)
    }
  }
  if (free.size > 0 && mates.size < after.length) {
    const labelled = Map.groupBy(free, (old) => labelBy(before[old]!, weakestKey(before[old]!, keys)))
    // Walked, not shifted: that would move all that are left, and a hostile list is as long as it may be.
    const twins = new Map(labelled.entries().map(([label, olds]) => [label, olds.values()]))
    for (const [now, item] of after.entries()) {
      if (mates.has(now)) continue
      const key = weakestKey(item, keys)
      pair(twins.get(labelBy(item, key))?.next().value, now, key)
    }
  }
  return {
    pairs: [...mates].map(([now, old]) => [old, now] as const),
    removed: [...free],
    added: [...after.keys()].filter((now) => !mates.has(now)),
  }
}

/** A stronger key known on both sides and different: another serial in the same slot is another disk. */
function contradicts(before: Item, after: Item, keys: Keys, than: Keys[number] | undefined): boolean {
  for (const key of keys) {
    if (key === than) return false
    const [a, b] = [keyValue(before, key), keyValue(after, key)]
    if (a !== null && b !== null && a !== b) return true
  }
  return false
}

function weakestKey(item: Item, keys: Keys): Keys[number] | undefined {
  return keys.findLast((key) => keyValue(item, key) !== null)
}

/** An item's label by each of the keys that it knows, strongest first; others of its list may have the same. */
export function keyLabels(item: Item, keys: Keys): string[] {
  return keys.filter((key) => keyValue(item, key) !== null).map((key) => labelBy(item, key))
}

function labelBy(item: Item, key: Keys[number] | undefined): string {
  return key === undefined ? '?' : `${typeof key === 'string' ? key : key.join('+')}=${keyValue(item, key)}`
}

/** Positions of the items by their value of one key; those that do not know it are left out. */
function groupBy(items: readonly Item[], key: Keys[number]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [index, item] of items.entries()) {
    const value = keyValue(item, key)
    if (value === null) continue
    const group = groups.get(value)
    if (group === undefined) groups.set(value, [index])
    else group.push(index)
  }
  return groups
}

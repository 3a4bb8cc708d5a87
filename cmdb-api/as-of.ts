import { sortItems, type Fields, type Item, type Keys } from '../plugins/items.ts'
import type { FieldChange } from './diff.ts'

/**
 * The state of a section before one change set, from the state after it. Null is "not known yet": the section had never been good.
 * Give the sets newest first, each one whole: the labels of its changes are those of the state right after it.
 */
export function undo(listKeys: Readonly<Record<string, Keys>>, after: Fields | null, changes: readonly FieldChange[]): Fields | null {
  if (after === null || changes.some(({ list, item, field, op }) => list === null && item === null && field === null && op === 'added'))
    return null
  const before: Record<string, unknown> = { ...after }
  const lists = new Map<string, FieldChange[]>()
  for (const change of changes) {
    if (change.list !== null) lists.set(change.list, [...(lists.get(change.list) ?? []), change])
    else if (change.field !== null) before[change.field] = change.old
  }
  for (const [list, ofList] of lists) {
    const items = after[list]
    const learned = ofList.some(({ item, op }) => item === null && op === 'added')
    before[list] = learned ? null : undoList(listKeys[list] ?? [], Array.isArray(items) ? (items as Item[]) : [], ofList)
  }
  return before
}

function undoList(keys: Keys, after: readonly Item[], changes: readonly FieldChange[]): Item[] {
  const byItem = Map.groupBy(changes, ({ item }) => item)
  const items = sortItems(after, keys).flatMap(({ label, item }): Item[] => {
    const ofItem = byItem.get(label) ?? []
    // A removed item's label is one of the older state: an item of today may carry the same.
    if (ofItem.some(({ op }) => op === 'added')) return []
    const fields = ofItem.filter(({ op }) => op === 'changed')
    return [fields.length === 0 ? item : { ...item, ...Object.fromEntries(fields.map(({ field, old }) => [field, old])) }]
  })
  const removed = changes.filter(({ op }) => op === 'removed').map(({ old }) => old as Item)
  return sortItems([...items, ...removed], keys).map(({ item }) => item)
}

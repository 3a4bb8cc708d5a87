import type { Fields, Item, Keys } from '../plugins/items.ts'
import { sectionsOf, type AssetRow, type SectionRow } from '../repository/assets.ts'
import type { Reader } from '../repository/connect.ts'
import { getDocuments } from '../repository/documents.ts'
import { changesAfter, OPS, type PastChange } from '../repository/history.ts'
import { snapshot } from '../repository/transact.ts'
import { undo } from './as-of.ts'
import type { FieldChange } from './diff.ts'
import { ASSET, read } from './history-row.ts'
import type { SectionSpec } from './section-spec.ts'

/** An asset's sections with their documents, as they are now. */
export async function currentSections(db: Reader, assetId: number): Promise<{ readonly row: SectionRow; readonly data: Fields | null }[]> {
  const rows = await sectionsOf(db, assetId)
  const documents = await getDocuments(
    db,
    rows.flatMap(({ document }) => document ?? []),
  )
  return rows.map((row) => ({ row, data: row.document === null ? null : (documents.get(row.document) ?? null) }))
}

/** An asset as the register had it at an earlier time; null where it was not there yet. */
export interface PastState {
  readonly kind: string
  readonly hostname: string | null
  readonly sections: ReadonlyMap<string, Fields>
}

/** The state of one asset at a past time: today's, with all later changes undone. Goes by recorded time, so that an answer never moves. */
export async function stateAt(db: Reader, asset: AssetRow, at: number): Promise<PastState | null> {
  // Of one moment: what is recorded between two reads would be shown, and not undone.
  const { later, current } = await snapshot(db, async (then) => ({
    later: await changesAfter(then, asset.id, at),
    current: await currentSections(then, asset.id),
  }))
  const sections = new Map(current.flatMap(({ row, data }) => (data === null ? [] : [[row.name, data] as const])))
  let { kind, hostname } = asset
  for (const group of Map.groupBy(later, ({ set_id, section }) => `${set_id}/${section}`).values()) {
    const { section } = group[0]!
    const changes = group.map(({ list, field, item, op, old, new: now }): FieldChange => ({
      list: list || null,
      field: field || null,
      item,
      op: OPS[op]!,
      old: read(old),
      new: read(now),
    }))
    if (section === ASSET) {
      if (changes.some(({ field, op }) => field === null && op === 'added')) return null
      const was = changes.find(({ field }) => field === 'kind')?.old
      if (typeof was === 'string') kind = was
      const name = changes.find(({ field }) => field === 'hostname')
      if (name !== undefined) hostname = typeof name.old === 'string' ? name.old : null
      continue
    }
    const before = undo(keysIn(group), sections.get(section) ?? null, changes)
    if (before === null) sections.delete(section)
    else sections.set(section, before)
  }
  const told = sections.get('basic')?.['hostname']
  return { kind, hostname: typeof told === 'string' ? told : hostname, sections }
}

/** The keys by which the lists of one change set were labelled: those of its time, whatever the plugin says today. */
function keysIn(changes: readonly PastChange[]): Readonly<Record<string, Keys>> {
  // The column holds keys of plugins alone.
  return Object.fromEntries(changes.flatMap(({ list, keys }) => (keys === '' ? [] : [[list, JSON.parse(keys) as Keys]])))
}

/** A document with the latest values of its volatile fields laid into it. */
export function withVolatile(spec: SectionSpec | undefined, data: Fields, volatile: Fields): Fields {
  const shown: Record<string, unknown> = { ...data }
  for (const [field, value] of Object.entries(volatile)) {
    const items = data[field]
    if (spec?.keys[field] === undefined) shown[field] = value
    // A list's values are kept by label, a list holds items or null: the spec has looked at both.
    else if (Array.isArray(items)) shown[field] = spec.overlay(field, items as Item[], value as Record<string, Item>)
  }
  return shown
}

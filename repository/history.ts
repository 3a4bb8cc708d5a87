import type { Selectable } from 'kysely'
import type { Dialect, Reader, Writer } from './connect.ts'
import type { Tables } from './tables.ts'

export const OPS = ['added', 'removed', 'changed'] as const

/** A change as the history keeps it: paths are texts, the empty one is "the whole"; old and new are JSON or null. */
export interface NewChange {
  readonly section: string
  readonly list: string
  readonly field: string
  readonly item: string | null
  readonly op: (typeof OPS)[number]
  readonly old: string | null
  readonly new: string | null
}

export interface NewChangeSet {
  /** Null where no asset changed. */
  readonly assetId: number | null
  /** What changed then, such as `template web`. */
  readonly subject?: string
  readonly collectedAt: number | null
  readonly source: string
  readonly actor: string
  readonly reason: string | null
  readonly reportId: string | null
  readonly changes: readonly NewChange[]
}

/** The keys by which the items of a section's list were labelled, as JSON can hold them; undefined where it has none. */
export type KeysOf = (section: string, list: string) => unknown

/**
 * Records change sets, in the order given, and returns their ids. Call it last in a transaction: from here on it holds the one `chain_head`
 * row, so that ids and times are in commit order also with several API processes.
 */
export async function record(
  db: Writer,
  dialect: Dialect,
  sets: readonly NewChangeSet[],
  now: number,
  keysOf: KeysOf = () => undefined,
): Promise<number[]> {
  if (sets.length === 0) return []
  const fields = await fieldIds(
    db,
    sets.flatMap((set) => set.changes),
    keysOf,
  )
  const query = db.selectFrom('chain_head').selectAll().where('id', '=', 1)
  const head = await (dialect.locks ? query.forUpdate() : query).executeTakeFirstOrThrow()
  const at = Math.max(now, head.at)
  let setId = head.set_id
  let changeId = head.change_id
  const setRows = sets.map((set) => ({
    id: ++setId,
    asset_id: set.assetId,
    subject: set.subject ?? null,
    at,
    collected_at: set.collectedAt,
    source: set.source,
    actor: set.actor,
    reason: set.reason,
    report_id: set.reportId,
    changes: set.changes.length,
  }))
  const changeRows = sets.flatMap((set, index) =>
    set.changes.map((change) => ({
      id: ++changeId,
      set_id: setRows[index]!.id,
      asset_id: set.assetId,
      field_id: fields.get(fieldKey(change))!,
      item: change.item,
      op: OPS.indexOf(change.op),
      old: change.old,
      new: change.new,
    })),
  )
  for (const rows of chunks(setRows, dialect.values / 10)) await db.insertInto('change_set').values(rows).execute()
  for (const rows of chunks(changeRows, dialect.values / 8)) await db.insertInto('change').values(rows).execute()
  await db.updateTable('chain_head').set({ set_id: setId, change_id: changeId, at }).where('id', '=', 1).execute()
  return setRows.map((row) => row.id)
}

export async function findChangeSet(db: Reader, id: number): Promise<Selectable<Tables['change_set']> | undefined> {
  return await db.selectFrom('change_set').selectAll().where('id', '=', id).executeTakeFirst()
}

/** One recorded change with all that a person wants to know of it. */
export interface ChangeRow {
  readonly id: number
  readonly set_id: number
  /** Null where no asset changed; then `asset_name` is what did. */
  readonly asset_uuid: string | null
  readonly asset_name: string
  readonly at: number
  readonly collected_at: number | null
  readonly section: string
  readonly list: string
  readonly item: string | null
  readonly field: string
  readonly op: number
  readonly old: string | null
  readonly new: string | null
  readonly source: string
  readonly actor: string
  readonly reason: string | null
}

/** A change as it can be undone, with the JSON of the keys by which its list was labelled; empty where it is of no list. */
export type PastChange = Pick<ChangeRow, 'set_id' | 'section' | 'list' | 'field' | 'item' | 'op' | 'old' | 'new'> & {
  readonly keys: string
}

/** Changes of one asset that were recorded after a time, newest first. */
export async function changesAfter(db: Reader, assetId: number, at: number): Promise<PastChange[]> {
  const first = await firstAfter(db, at)
  if (first === null) return []
  return await db
    .selectFrom('change')
    // Left, though none is missing: with statistics SQLite would begin an inner join at the small table, and read all changes.
    .leftJoin('field', 'field.id', 'change.field_id')
    .select(['change.set_id', 'field.section', 'field.list', 'field.field', 'field.keys'])
    .select(['change.item', 'change.op', 'change.old', 'change.new'])
    .where('change.asset_id', '=', assetId)
    .where('change.id', '>=', first)
    .orderBy('change.id', 'desc')
    .$castTo<PastChange>()
    .execute()
}

/** Id of the first change recorded after a time; null where there is none. Ids grow with time, so that a time is one step in two indexes. */
export async function firstAfter(db: Reader, at: number): Promise<number | null> {
  const sets = db.selectFrom('change_set').select('id').where('at', '>', at).orderBy('at').orderBy('id').limit(1)
  const set = await sets.executeTakeFirst()
  if (set === undefined) return null
  const first = await db.selectFrom('change').select('id').where('set_id', '=', set.id).orderBy('id').limit(1).executeTakeFirst()
  return first?.id ?? null
}

function fieldKey({ section, list, field }: { readonly section: string; readonly list: string; readonly field: string }): string {
  return `${section}\0${list}\0${field}`
}

async function fieldIds(db: Writer, changes: readonly NewChange[], keysOf: KeysOf): Promise<Map<string, number>> {
  const wanted = new Map(changes.map((change) => [fieldKey(change), change]))
  const ids = new Map<string, number>()
  // In one order, as all rows that two API processes may insert at once.
  for (const [key, { section, list, field }] of [...wanted].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const keys = list === '' ? '' : (JSON.stringify(keysOf(section, list)) ?? '')
    const find = () =>
      db
        .selectFrom('field')
        .select('id')
        .where('section', '=', section)
        .where('list', '=', list)
        .where('field', '=', field)
        .where('keys', '=', keys)
        .executeTakeFirst()
    let row = await find()
    if (row === undefined) {
      await db
        .insertInto('field')
        .values({ section, list, field, keys })
        .onConflict((c) => c.doNothing())
        .execute()
      row = await find()
    }
    ids.set(key, row!.id)
  }
  return ids
}

function* chunks<T>(rows: readonly T[], size: number): Generator<T[]> {
  const whole = Math.max(1, Math.floor(size))
  for (let at = 0; at < rows.length; at += whole) yield rows.slice(at, at + whole)
}

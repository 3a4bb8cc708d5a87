import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Dialect, Reader, Writer } from './connect.ts'
import type { Tables } from './tables.ts'

type Lowered = 'name_lower' | 'hostname_lower'
export type AssetRow = Omit<Selectable<Tables['asset']>, Lowered>
export type NewAsset = Omit<Insertable<Tables['asset']>, 'id' | Lowered>
export type SectionRow = Selectable<Tables['section']>

export async function insertAsset(db: Writer, asset: NewAsset): Promise<number> {
  const { id } = await db.insertInto('asset').values(withLowered(asset)).returning('id').executeTakeFirstOrThrow()
  return id
}

/** Inserts an asset entered by hand, which no report has claimed yet; null where another such asset has its name. */
export async function insertPlanned(db: Writer, asset: NewAsset): Promise<number | null> {
  const query = db.insertInto('asset').values({ ...withLowered(asset), first_seen: null })
  const row = await query
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

function withLowered(asset: NewAsset): Insertable<Tables['asset']> {
  return { ...asset, name_lower: lowered(asset.name), hostname_lower: lowered(asset.hostname ?? null) }
}

export async function updateAsset(db: Writer, id: number, asset: Omit<Updateable<Tables['asset']>, Lowered>): Promise<void> {
  const { name, hostname } = asset
  const change = {
    ...asset,
    ...(name !== undefined && { name_lower: lowered(name) }),
    ...(hostname !== undefined && { hostname_lower: lowered(hostname) }),
  }
  await db.updateTable('asset').set(change).where('id', '=', id).execute()
}

/** As texts are searched for, whatever their case: SQLite lowers ASCII alone, and PostgreSQL what its locale knows. */
export function lowered<T extends string | null>(text: T): T {
  // Null stays null, and a text a text.
  return (text === null ? null : text.toLowerCase()) as T
}

/**
 * Assets by internal ids, public id, or the name of one entered by hand that no report has claimed yet. Locked as they are now, until the
 * transaction ends.
 */
export async function lockAssets(
  db: Writer,
  dialect: Dialect,
  { ids, uuid, planned }: { readonly ids: readonly number[]; readonly uuid: string | null; readonly planned: string },
): Promise<AssetRow[]> {
  const query = db
    .selectFrom('asset')
    .selectAll()
    .where((e) =>
      e.or([
        e.and([e('name', '=', planned), e('first_seen', 'is', null)]),
        ...(ids.length > 0 ? [e('id', 'in', ids)] : []),
        ...(uuid === null ? [] : [e('uuid', '=', uuid)]),
      ]),
    )
    .orderBy('id')
  // Not against those who only refer to the asset, such as a task.
  return await (dialect.locks ? query.forNoKeyUpdate() : query).execute()
}

/** By public id. */
export async function findByUuid(db: Reader | Writer, uuid: string): Promise<AssetRow | undefined> {
  return await db.selectFrom('asset').selectAll().where('uuid', '=', uuid).executeTakeFirst()
}

/** By name: several where a name is taken twice. */
export async function findByName(db: Reader | Writer, name: string): Promise<AssetRow[]> {
  return await db.selectFrom('asset').selectAll().where('name', '=', name).orderBy('id').execute()
}

/** How many assets have a name, with the public ids of the first few. */
export async function namesakesOf(
  db: Reader | Writer,
  name: string,
  few: number,
): Promise<{ readonly count: number; readonly uuids: readonly string[] }> {
  const ofName = db.selectFrom('asset').where('name', '=', name)
  const { count } = await ofName.select((e) => e.fn.countAll<number | string>().as('count')).executeTakeFirstOrThrow()
  const rows = Number(count) === 0 ? [] : await ofName.select('uuid').orderBy('id').limit(few).execute()
  return { count: Number(count), uuids: rows.map(({ uuid }) => uuid) }
}

/** Assets by public ids and names, in no order. */
export async function assetsCalled(db: Reader, refs: readonly string[]): Promise<AssetRow[]> {
  if (refs.length === 0) return []
  return await db
    .selectFrom('asset')
    .selectAll()
    .where((e) => e.or([e('uuid', 'in', refs), e('name', 'in', refs)]))
    .execute()
}

export async function sectionsOf(db: Reader | Writer, assetId: number): Promise<SectionRow[]> {
  return await db.selectFrom('section').selectAll().where('asset_id', '=', assetId).orderBy('name').execute()
}

/** Inserts a section's state or replaces it. */
export async function putSection(db: Writer, row: SectionRow): Promise<void> {
  const { asset_id: _asset, name: _name, ...state } = row
  await db
    .insertInto('section')
    .values(row)
    .onConflict((c) => c.columns(['asset_id', 'name']).doUpdateSet(state))
    .execute()
}

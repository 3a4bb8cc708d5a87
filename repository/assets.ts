import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Dialect, Reader, Writer } from './connect.ts'
import type { Tables } from './tables.ts'

export type AssetRow = Selectable<Tables['asset']>
export type SectionRow = Selectable<Tables['section']>

export async function insertAsset(db: Writer, asset: Omit<Insertable<Tables['asset']>, 'id'>): Promise<number> {
  const { id } = await db.insertInto('asset').values(asset).returning('id').executeTakeFirstOrThrow()
  return id
}

/** Inserts an asset entered by hand, which no report has claimed yet; null where another such asset has its name. */
export async function insertPlanned(db: Writer, asset: Omit<Insertable<Tables['asset']>, 'id'>): Promise<number | null> {
  const query = db.insertInto('asset').values({ ...asset, first_seen: null })
  const row = await query
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

export async function updateAsset(db: Writer, id: number, asset: Updateable<Tables['asset']>): Promise<void> {
  await db.updateTable('asset').set(asset).where('id', '=', id).execute()
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

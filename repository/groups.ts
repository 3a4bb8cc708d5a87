import type { Selectable } from 'kysely'
import type { Reader, Writer } from './connect.ts'
import { past, type AssetPage, type NamedAsset } from './named-assets.ts'
import type { Tables } from './tables.ts'

export type GroupRow = Selectable<Tables['asset_group']>

/** All groups, by name: there are few of them, whatever the number of assets. */
export async function allGroups(db: Reader | Writer): Promise<GroupRow[]> {
  return await db.selectFrom('asset_group').selectAll().orderBy('name').execute()
}

export async function findGroup(db: Reader | Writer, name: string): Promise<GroupRow | undefined> {
  return await db.selectFrom('asset_group').selectAll().where('name', '=', name).executeTakeFirst()
}

export async function insertGroup(db: Writer, group: Omit<GroupRow, 'id'>): Promise<void> {
  await db.insertInto('asset_group').values(group).execute()
}

export async function setParent(db: Writer, { id, version }: GroupRow, parentId: number | null): Promise<void> {
  await db
    .updateTable('asset_group')
    .set({ parent_id: parentId, version: version + 1 })
    .where('id', '=', id)
    .execute()
}

/** Deletes a group with its members and links; none may be nested in it. */
export async function deleteGroup(db: Writer, id: number): Promise<void> {
  await db.deleteFrom('group_member').where('group_id', '=', id).execute()
  await db.deleteFrom('template_group').where('group_id', '=', id).execute()
  await db.deleteFrom('asset_group').where('id', '=', id).execute()
}

/** Whether it was none before. */
export async function addMember(db: Writer, groupId: number, assetId: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('group_member')
    .values({ group_id: groupId, asset_id: assetId })
    .onConflict((c) => c.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Whether it was one before. */
export async function removeMember(db: Writer, groupId: number, assetId: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('group_member')
    .where('group_id', '=', groupId)
    .where('asset_id', '=', assetId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** How many assets each of these groups has itself, by group id; a group without any is missing. */
export async function countMembers(db: Reader, groupIds: readonly number[]): Promise<Map<number, number>> {
  if (groupIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('group_member')
    .select(['group_id', (e) => e.fn.countAll<number | string>().as('count')])
    .where('group_id', 'in', groupIds)
    .groupBy('group_id')
    .execute()
  return new Map(rows.map(({ group_id, count }) => [group_id, Number(count)]))
}

/** Names of the groups that an asset was put into by hand. */
export async function groupsOfAsset(db: Reader, assetId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('group_member')
    .innerJoin('asset_group', 'asset_group.id', 'group_member.group_id')
    .select('asset_group.name')
    .where('group_member.asset_id', '=', assetId)
    .execute()
  return rows.map(({ name }) => name)
}

/** Assets of a group itself, by name. */
export async function membersOf(db: Reader | Writer, groupId: number, page?: AssetPage): Promise<NamedAsset[]> {
  const rows = db
    .selectFrom('group_member')
    .innerJoin('asset', 'asset.id', 'group_member.asset_id')
    .select(['asset.id', 'asset.uuid', 'asset.name'])
    .where('group_member.group_id', '=', groupId)
    .orderBy('asset.name')
    .orderBy('asset.id')
  return await (page === undefined ? rows : rows.where(past(page)).limit(page.limit)).execute()
}

/** Assets of a group and of all groups nested in it, each once, by name. */
export async function assetsOfGroup(db: Reader | Writer, groupId: number, page?: AssetPage): Promise<NamedAsset[]> {
  const rows = db
    .withRecursive('nested(id)', (e) =>
      e
        .selectFrom('asset_group')
        .select('asset_group.id')
        .where('asset_group.id', '=', groupId)
        .union(e.selectFrom('asset_group').innerJoin('nested', 'nested.id', 'asset_group.parent_id').select('asset_group.id')),
    )
    .selectFrom('asset')
    .select(['asset.id', 'asset.uuid', 'asset.name'])
    .where('asset.id', 'in', (e) =>
      e.selectFrom('group_member').innerJoin('nested', 'nested.id', 'group_member.group_id').select('group_member.asset_id'),
    )
    .orderBy('asset.name')
    .orderBy('asset.id')
  return await (page === undefined ? rows : rows.where(past(page)).limit(page.limit)).execute()
}

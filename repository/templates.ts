import type { Selectable } from 'kysely'
import type { Reader, Writer } from './connect.ts'
import { past, type AssetPage, type NamedAsset } from './named-assets.ts'
import type { Tables } from './tables.ts'

export type TemplateRow = Selectable<Tables['template']>

/** All templates, by name. */
export async function allTemplates(db: Reader | Writer): Promise<TemplateRow[]> {
  return await db.selectFrom('template').selectAll().orderBy('name').execute()
}

export async function findTemplate(db: Reader | Writer, name: string): Promise<TemplateRow | undefined> {
  return await db.selectFrom('template').selectAll().where('name', '=', name).executeTakeFirst()
}

export async function insertTemplate(db: Writer, template: Omit<TemplateRow, 'id'>): Promise<void> {
  await db.insertInto('template').values(template).execute()
}

export async function setServices(db: Writer, { id, version }: TemplateRow, services: string): Promise<void> {
  await db
    .updateTable('template')
    .set({ services, version: version + 1 })
    .where('id', '=', id)
    .execute()
}

/** Deletes a template with its links. */
export async function deleteTemplate(db: Writer, id: number): Promise<void> {
  await db.deleteFrom('template_asset').where('template_id', '=', id).execute()
  await db.deleteFrom('template_group').where('template_id', '=', id).execute()
  await db.deleteFrom('template').where('id', '=', id).execute()
}

/** Whether it was not linked before. */
export async function linkAsset(db: Writer, templateId: number, assetId: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('template_asset')
    .values({ template_id: templateId, asset_id: assetId })
    .onConflict((c) => c.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Whether it was linked before. */
export async function unlinkAsset(db: Writer, templateId: number, assetId: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('template_asset')
    .where('template_id', '=', templateId)
    .where('asset_id', '=', assetId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Whether it was not linked before. */
export async function linkGroup(db: Writer, templateId: number, groupId: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('template_group')
    .values({ template_id: templateId, group_id: groupId })
    .onConflict((c) => c.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Whether it was linked before. */
export async function unlinkGroup(db: Writer, templateId: number, groupId: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('template_group')
    .where('template_id', '=', templateId)
    .where('group_id', '=', groupId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Which templates are linked to which groups, by name. */
export async function groupLinks(db: Reader | Writer): Promise<{ readonly template: string; readonly group: string }[]> {
  return await db
    .selectFrom('template_group')
    .innerJoin('template', 'template.id', 'template_group.template_id')
    .innerJoin('asset_group', 'asset_group.id', 'template_group.group_id')
    .select(['template.name as template', 'asset_group.name as group'])
    .orderBy('template.name')
    .orderBy('asset_group.name')
    .execute()
}

/** How many assets each of these templates is linked to, by template id; a template without any is missing. */
export async function countLinkedAssets(db: Reader | Writer, templateIds: readonly number[]): Promise<Map<number, number>> {
  if (templateIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('template_asset')
    .select(['template_id', (e) => e.fn.countAll<number | string>().as('count')])
    .where('template_id', 'in', templateIds)
    .groupBy('template_id')
    .execute()
  return new Map(rows.map(({ template_id, count }) => [template_id, Number(count)]))
}

/** Assets that a template is linked to, by name. */
export async function linkedAssets(db: Reader | Writer, templateId: number, page?: AssetPage): Promise<NamedAsset[]> {
  const rows = db
    .selectFrom('template_asset')
    .innerJoin('asset', 'asset.id', 'template_asset.asset_id')
    .select(['asset.id', 'asset.uuid', 'asset.name'])
    .where('template_asset.template_id', '=', templateId)
    .orderBy('asset.name')
    .orderBy('asset.id')
  return await (page === undefined ? rows : rows.where(past(page)).limit(page.limit)).execute()
}

/** Names of the templates that are linked to an asset itself. */
export async function templatesOfAsset(db: Reader, assetId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('template_asset')
    .innerJoin('template', 'template.id', 'template_asset.template_id')
    .select('template.name')
    .where('template_asset.asset_id', '=', assetId)
    .execute()
  return rows.map(({ name }) => name)
}

import type { Kysely } from 'kysely'
import type { Dialect } from '../connect.ts'

/** Settings from the centre: templates of services, groups of assets, who is linked to what, and the agents that ask. */
export function templates({ id, integer }: Dialect) {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('asset_group')
        .addColumn('id', id, (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('parent_id', integer, (c) => c.references('asset_group.id'))
        .addColumn('version', integer, (c) => c.notNull())
        .addColumn('created_at', integer, (c) => c.notNull())
        .execute()
      await db.schema.createIndex('asset_group_parent').on('asset_group').column('parent_id').execute()
      await db.schema
        .createTable('group_member')
        .addColumn('group_id', integer, (c) => c.notNull().references('asset_group.id'))
        .addColumn('asset_id', integer, (c) => c.notNull().references('asset.id'))
        .addPrimaryKeyConstraint('group_member_pk', ['group_id', 'asset_id'])
        .execute()
      await db.schema.createIndex('group_member_asset').on('group_member').column('asset_id').execute()

      await db.schema
        .createTable('template')
        .addColumn('id', id, (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('services', 'text', (c) => c.notNull())
        .addColumn('version', integer, (c) => c.notNull())
        .addColumn('created_at', integer, (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('template_asset')
        .addColumn('template_id', integer, (c) => c.notNull().references('template.id'))
        .addColumn('asset_id', integer, (c) => c.notNull().references('asset.id'))
        .addPrimaryKeyConstraint('template_asset_pk', ['template_id', 'asset_id'])
        .execute()
      await db.schema.createIndex('template_asset_asset').on('template_asset').column('asset_id').execute()
      await db.schema
        .createTable('template_group')
        .addColumn('template_id', integer, (c) => c.notNull().references('template.id'))
        .addColumn('group_id', integer, (c) => c.notNull().references('asset_group.id'))
        .addPrimaryKeyConstraint('template_group_pk', ['template_id', 'group_id'])
        .execute()
      await db.schema.createIndex('template_group_group').on('template_group').column('group_id').execute()

      await db.schema
        .createTable('config_revision')
        .addColumn('id', integer, (c) => c.primaryKey())
        .addColumn('revision', integer, (c) => c.notNull())
        .execute()
      await (db as Kysely<{ config_revision: { id: number; revision: number } }>)
        .insertInto('config_revision')
        .values({ id: 1, revision: 0 })
        .execute()

      await db.schema
        .createTable('agent')
        .addColumn('key', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('cert', 'text')
        .addColumn('asset_id', integer, (c) => c.references('asset.id'))
        .addColumn('address', 'text', (c) => c.notNull())
        .addColumn('version', 'text')
        .addColumn('asked_at', integer, (c) => c.notNull())
        .execute()
      await db.schema.createIndex('agent_name').on('agent').columns(['name', 'key']).execute()
    },
  }
}

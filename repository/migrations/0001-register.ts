import type { Kysely } from 'kysely'
import type { Dialect } from '../connect.ts'

/** The register: assets with their claims and sections, and the history of changes. Never edited after a release. */
export function register(dialect: Dialect) {
  const { id, integer, bytes } = dialect
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('asset')
        .addColumn('id', id, (c) => c.primaryKey())
        .addColumn('uuid', 'text', (c) => c.notNull().unique())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('hostname', 'text')
        .addColumn('cert_name', 'text')
        .addColumn('version', integer, (c) => c.notNull())
        .addColumn('first_seen', integer)
        .addColumn('created_at', integer, (c) => c.notNull())
        .execute()
      await db.schema.createIndex('asset_name').on('asset').columns(['name', 'id']).execute()
      await db.schema
        .createIndex('asset_planned')
        .unique()
        .on('asset')
        .column('name')
        .where('first_seen' as never, 'is', null)
        .execute()

      await db.schema
        .createTable('claim')
        .addColumn('id', id, (c) => c.primaryKey())
        .addColumn('asset_id', integer, (c) => c.notNull().references('asset.id'))
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .addColumn('host_kind', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('since', integer, (c) => c.notNull())
        .addUniqueConstraint('claim_of_asset', ['asset_id', 'kind', 'value'])
        .execute()
      await db.schema
        .createIndex('claim_identifying')
        .unique()
        .on('claim')
        .columns(['kind', 'value', 'host_kind'])
        .where('state' as never, '=', 'identifying')
        .execute()
      await db.schema.createIndex('claim_value').on('claim').columns(['value', 'kind']).execute()

      await db.schema
        .createTable('section')
        .addColumn('asset_id', integer, (c) => c.notNull().references('asset.id'))
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('reason', 'text')
        .addColumn('version', integer, (c) => c.notNull())
        .addColumn('digest', 'text')
        .addColumn('document', 'text')
        .addColumn('kept', 'text', (c) => c.notNull())
        .addColumn('owner_mode', 'text', (c) => c.notNull())
        .addColumn('owner_name', 'text', (c) => c.notNull())
        .addColumn('scope', 'text', (c) => c.notNull())
        .addColumn('seq', integer, (c) => c.notNull())
        .addColumn('collected_at', integer, (c) => c.notNull())
        .addColumn('received_at', integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('section_pk', ['asset_id', 'name'])
        .execute()

      await db.schema
        .createTable('document')
        .addColumn('hash', 'text', (c) => c.primaryKey())
        .addColumn('body', bytes, (c) => c.notNull())
        .execute()

      await db.schema
        .createTable('observed')
        .addColumn('asset_id', integer, (c) => c.primaryKey().references('asset.id'))
        .addColumn('seen_at', integer, (c) => c.notNull())
        .addColumn('collected_at', integer, (c) => c.notNull())
        .addColumn('report_id', 'text', (c) => c.notNull())
        .addColumn('identity', 'text', (c) => c.notNull())
        .addColumn('scope', 'text', (c) => c.notNull())
        .addColumn('seq', integer, (c) => c.notNull())
        .addColumn('earlier', 'text', (c) => c.notNull())
        .addColumn('marks', 'text', (c) => c.notNull())
        .addColumn('volatile', 'text', (c) => c.notNull())
        .addColumn('labels', 'text', (c) => c.notNull())
        .execute()

      await db.schema
        .createTable('change_set')
        .addColumn('id', integer, (c) => c.primaryKey())
        .addColumn('asset_id', integer, (c) => c.references('asset.id'))
        .addColumn('subject', 'text')
        .addColumn('at', integer, (c) => c.notNull())
        .addColumn('collected_at', integer)
        .addColumn('source', 'text', (c) => c.notNull())
        .addColumn('actor', 'text', (c) => c.notNull())
        .addColumn('reason', 'text')
        .addColumn('report_id', 'text')
        .addColumn('changes', integer, (c) => c.notNull())
        .execute()
      await db.schema.createIndex('change_set_at').on('change_set').column('at').execute()

      await db.schema
        .createTable('field')
        .addColumn('id', id, (c) => c.primaryKey())
        .addColumn('section', 'text', (c) => c.notNull())
        .addColumn('list', 'text', (c) => c.notNull())
        .addColumn('field', 'text', (c) => c.notNull())
        .addUniqueConstraint('field_path', ['section', 'list', 'field'])
        .execute()

      await db.schema
        .createTable('change')
        .addColumn('id', integer, (c) => c.primaryKey())
        .addColumn('set_id', integer, (c) => c.notNull().references('change_set.id'))
        .addColumn('asset_id', integer)
        .addColumn('field_id', integer, (c) => c.notNull().references('field.id'))
        .addColumn('item', 'text')
        .addColumn('op', integer, (c) => c.notNull())
        .addColumn('old', 'text')
        .addColumn('new', 'text')
        .execute()
      await db.schema.createIndex('change_asset').on('change').columns(['asset_id', 'id']).execute()
      await db.schema.createIndex('change_field').on('change').columns(['field_id', 'id']).execute()
      await db.schema.createIndex('change_of_set').on('change').column('set_id').execute()

      await db.schema
        .createTable('chain_head')
        .addColumn('id', integer, (c) => c.primaryKey())
        .addColumn('set_id', integer, (c) => c.notNull())
        .addColumn('change_id', integer, (c) => c.notNull())
        .addColumn('at', integer, (c) => c.notNull())
        .execute()
      await (db as Kysely<{ chain_head: { id: number; set_id: number; change_id: number; at: number } }>)
        .insertInto('chain_head')
        .values({ id: 1, set_id: 0, change_id: 0, at: 0 })
        .execute()

      await db.schema
        .createTable('conflict')
        .addColumn('id', id, (c) => c.primaryKey())
        .addColumn('cause', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('summary', 'text', (c) => c.notNull())
        .addColumn('assets', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('repeats', integer, (c) => c.notNull())
        .addColumn('first_at', integer, (c) => c.notNull())
        .addColumn('last_at', integer, (c) => c.notNull())
        .addUniqueConstraint('conflict_key', ['cause', 'key'])
        .execute()
      await db.schema
        .createTable('held_report')
        .addColumn('conflict_id', integer, (c) => c.notNull().references('conflict.id'))
        .addColumn('fingerprint', 'text', (c) => c.notNull())
        .addColumn('report_id', 'text', (c) => c.notNull())
        .addColumn('received_at', integer, (c) => c.notNull())
        .addColumn('body', bytes, (c) => c.notNull())
        .addPrimaryKeyConstraint('held_report_pk', ['conflict_id', 'fingerprint'])
        .execute()

      await db.schema
        .createTable('token')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .addColumn('networks', 'text', (c) => c.notNull())
        .addColumn('created_at', integer, (c) => c.notNull())
        .addColumn('expires_at', integer)
        .addColumn('used_at', integer)
        .addColumn('revoked_at', integer)
        .execute()
    },
  }
}

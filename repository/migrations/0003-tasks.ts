import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../connect.ts'

/** What people ask hosts to do once. */
export function tasks({ id, integer }: Dialect) {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('task')
        .addColumn('id', id, (c) => c.primaryKey())
        .addColumn('uuid', 'text', (c) => c.notNull().unique())
        .addColumn('batch', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('asset_id', integer, (c) => c.notNull().references('asset.id'))
        .addColumn('plugins', 'text')
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('created_at', integer, (c) => c.notNull())
        .addColumn('created_by', 'text', (c) => c.notNull())
        .addColumn('expires_at', integer, (c) => c.notNull())
        .addColumn('offered_at', integer)
        .addColumn('ended_at', integer)
        .addColumn('reason', 'text')
        .addColumn('report_id', 'text')
        .addColumn('outcome', 'text')
        .addColumn('changes', integer)
        .execute()
      const open = db.schema.createIndex('task_open').on('task').column('asset_id')
      await open.where(sql.ref('ended_at'), 'is', null).execute()
      await db.schema.createIndex('task_asset').on('task').columns(['asset_id', 'id']).execute()
      await db.schema.createIndex('task_batch').on('task').columns(['batch', 'id']).execute()
      await db.schema.createIndex('task_created').on('task').column('created_at').execute()
      await db.schema.createIndex('task_expires').on('task').column('expires_at').execute()
      // Who creates a task is told when an agent asked for its asset last.
      await db.schema.createIndex('agent_asset').on('agent').columns(['asset_id', 'asked_at']).execute()
    },
  }
}

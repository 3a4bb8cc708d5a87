import { sql } from 'kysely'
import type { Reader, Writer } from './connect.ts'

/** Counts the edits of templates, groups, links and members: as long as it is the same, no agent is told anything new. */
export async function readRevision(db: Reader): Promise<number> {
  const { revision } = await db.selectFrom('config_revision').select('revision').where('id', '=', 1).executeTakeFirstOrThrow()
  return revision
}

/** Call it first in a transaction: until its end no other edit begins, so that what is looked up in it stays true. */
export async function nextRevision(db: Writer): Promise<void> {
  await db
    .updateTable('config_revision')
    .set({ revision: sql<number>`revision + 1` })
    .where('id', '=', 1)
    .execute()
}

import type { Selectable } from 'kysely'
import type { Reader, Writer } from './connect.ts'
import type { Tables } from './tables.ts'

export type TokenRow = Selectable<Tables['token']>

export async function insertToken(db: Writer, token: TokenRow): Promise<void> {
  await db.insertInto('token').values(token).execute()
}

export async function findToken(db: Reader, id: string): Promise<TokenRow | undefined> {
  return await db.selectFrom('token').selectAll().where('id', '=', id).executeTakeFirst()
}

/** All tokens, oldest first; those that were revoked too. */
export async function listTokens(db: Reader | Writer): Promise<TokenRow[]> {
  return await db.selectFrom('token').selectAll().orderBy('created_at').orderBy('id').execute()
}

/** False where there is no such token, or it was revoked before. */
export async function revokeToken(db: Writer, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('token')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function touchToken(db: Writer, id: string, now: number): Promise<void> {
  await db.updateTable('token').set({ used_at: now }).where('id', '=', id).execute()
}

import type { Selectable } from 'kysely'
import type { Reader, Register, Writer } from './connect.ts'
import type { Tables } from './tables.ts'
import { transact } from './transact.ts'

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

/** Writes in one transaction when tokens were used last. */
export async function touchTokens(register: Register, used: readonly { readonly id: string; readonly at: number }[]): Promise<void> {
  // In one order, as all rows that two API processes may write at once.
  const rows = used.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  await transact(register, async (trx) => {
    for (const { id, at } of rows) await trx.updateTable('token').set({ used_at: at }).where('id', '=', id).execute()
  })
}

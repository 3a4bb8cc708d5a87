import type { Selectable } from 'kysely'
import type { Reader, Writer } from './connect.ts'
import type { Tables } from './tables.ts'

export type ClaimRow = Selectable<Tables['claim']>
export type NewClaim = Omit<ClaimRow, 'id'>

/** All claims to any of these values, whoever made them. */
export async function claimsTo(db: Reader | Writer, values: readonly string[]): Promise<ClaimRow[]> {
  return values.length === 0 ? [] : await db.selectFrom('claim').selectAll().where('value', 'in', values).execute()
}

/** Internal ids of the assets that one of these values identifies. */
export async function identifiedBy(db: Reader | Writer, values: readonly string[]): Promise<number[]> {
  if (values.length === 0) return []
  const rows = await db.selectFrom('claim').select('asset_id').where('value', 'in', values).where('state', '=', 'identifying').execute()
  return [...new Set(rows.map((row) => row.asset_id))]
}

export async function claimsOf(db: Reader | Writer, assetIds: readonly number[]): Promise<ClaimRow[]> {
  return assetIds.length === 0 ? [] : await db.selectFrom('claim').selectAll().where('asset_id', 'in', assetIds).orderBy('id').execute()
}

/** Adds an asset's claims, or gives those that it has another state and kind of host. */
export async function putClaimRows(db: Writer, claims: readonly NewClaim[]): Promise<void> {
  if (claims.length === 0) return
  await db
    .insertInto('claim')
    .values(claims)
    .onConflict((c) =>
      c
        .columns(['asset_id', 'kind', 'value'])
        .doUpdateSet((e) => ({ state: e.ref('excluded.state'), host_kind: e.ref('excluded.host_kind') })),
    )
    .execute()
}

export async function dropClaims(db: Writer, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('claim').where('id', 'in', ids).execute()
}

export async function setClaimState(db: Writer, ids: readonly number[], state: ClaimRow['state']): Promise<void> {
  if (ids.length > 0) await db.updateTable('claim').set({ state }).where('id', 'in', ids).execute()
}

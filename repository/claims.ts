import type { Selectable } from 'kysely'
import type { Reader, Writer } from './connect.ts'
import type { Tables } from './tables.ts'

export type ClaimRow = Selectable<Tables['claim']>
export type NewClaim = Omit<ClaimRow, 'id'>

/** All claims to any of these values, whoever made them. */
export async function claimsTo(db: Reader | Writer, values: readonly string[]): Promise<ClaimRow[]> {
  return values.length === 0 ? [] : await db.selectFrom('claim').selectAll().where('value', 'in', values).execute()
}

export async function claimsOf(db: Reader | Writer, assetIds: readonly number[]): Promise<ClaimRow[]> {
  return assetIds.length === 0 ? [] : await db.selectFrom('claim').selectAll().where('asset_id', 'in', assetIds).execute()
}

/** Adds an asset's claim or refreshes it. */
export async function putClaim(db: Writer, claim: NewClaim): Promise<void> {
  await db
    .insertInto('claim')
    .values(claim)
    .onConflict((c) =>
      c.columns(['asset_id', 'kind', 'value']).doUpdateSet({ state: claim.state, host_kind: claim.host_kind, seen_at: claim.seen_at }),
    )
    .execute()
}

export async function setClaimState(db: Writer, ids: readonly number[], state: ClaimRow['state']): Promise<void> {
  if (ids.length > 0) await db.updateTable('claim').set({ state }).where('id', 'in', ids).execute()
}

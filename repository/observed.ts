import type { Selectable } from 'kysely'
import type { Register, Reader, Writer } from './connect.ts'
import type { Tables } from './tables.ts'
import { transact } from './transact.ts'

export type ObservedRow = Selectable<Tables['observed']>
/** What decides an unchanged report, for one look-up of a whole batch. */
export type KnownAsset = ObservedRow & { readonly uuid: string; readonly name: string }

export async function knownAssets(db: Reader | Writer, uuids: readonly string[]): Promise<Map<string, KnownAsset>> {
  if (uuids.length === 0) return new Map()
  const rows = await db
    .selectFrom('asset')
    .innerJoin('observed', 'observed.asset_id', 'asset.id')
    .selectAll('observed')
    .select(['asset.uuid', 'asset.name'])
    .where('asset.uuid', 'in', uuids)
    .execute()
  return new Map(rows.map((row) => [row.uuid, row]))
}

export async function observedOf(db: Reader | Writer, assetIds: readonly number[]): Promise<Map<number, ObservedRow>> {
  if (assetIds.length === 0) return new Map()
  const rows = await db.selectFrom('observed').selectAll().where('asset_id', 'in', assetIds).execute()
  return new Map(rows.map((row) => [row.asset_id, row]))
}

export async function putObserved(db: Writer, row: ObservedRow): Promise<void> {
  const { asset_id: _asset, ...state } = row
  await db
    .insertInto('observed')
    .values(row)
    .onConflict((c) => c.column('asset_id').doUpdateSet(state))
    .execute()
}

export type Seen = Pick<ObservedRow, 'asset_id' | 'seen_at' | 'collected_at' | 'report_id' | 'scope' | 'seq' | 'earlier' | 'volatile'>

/** Writes last-seen values in one transaction. Only ever newer ones: a report recorded meanwhile is not set back. */
export async function touch(register: Register, rows: readonly Seen[]): Promise<void> {
  await transact(register, async (trx) => {
    for (const { asset_id, scope, ...seen } of rows) {
      const later = trx.updateTable('observed').set(seen).where('asset_id', '=', asset_id)
      await later.where('scope', '=', scope).where('seq', '<', seen.seq).execute()
    }
  })
}

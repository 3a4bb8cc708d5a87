import type { Selectable } from 'kysely'
import { findByName, findByUuid, type AssetRow } from './assets.ts'
import type { Reader } from './connect.ts'
import type { Tables } from './tables.ts'

export type AgentRow = Selectable<Tables['agent']>

/** What an agent says of itself; null what it does not know yet. */
export interface AgentIdentity {
  /** Public id. */
  readonly asset: string | null
  /** Id in its cert file. */
  readonly cert: string | null
  /** Its pinned name. */
  readonly name: string
}

/**
 * The asset on which an agent runs: by asset id, else by its cert, else by its name. Undefined where there is none, or more than one: settings and tasks
 * of another host would be worse than none.
 */
export async function findAssetOfAgent(db: Reader, { asset, cert, name }: AgentIdentity): Promise<AssetRow | undefined> {
  const byId = asset === null ? undefined : await findByUuid(db, asset)
  if (byId !== undefined) return byId
  const claimed = cert === null ? [] : await findByCert(db, cert)
  if (claimed.length > 0) return only(claimed)
  return only(await findByName(db, name))
}

async function findByCert(db: Reader, cert: string): Promise<AssetRow[]> {
  return await db
    .selectFrom('claim')
    .innerJoin('asset', 'asset.id', 'claim.asset_id')
    .selectAll('asset')
    // As claims are spelt, see `claimsIn`.
    .where('claim.value', '=', cert.trim().toLowerCase())
    .where('claim.kind', '=', 'cert')
    .where('claim.state', '=', 'identifying')
    .execute()
}

function only(assets: readonly AssetRow[]): AssetRow | undefined {
  return assets.length === 1 ? assets[0] : undefined
}

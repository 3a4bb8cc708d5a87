import { findByName, findByUuid, type AssetRow } from './assets.ts'
import { sql, type Selectable } from 'kysely'
import type { Reader, Register, Writer } from './connect.ts'
import type { Tables } from './tables.ts'
import { transact } from './transact.ts'

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

/** Adds agents or brings them up to date, in one transaction. An agent that has a cert now is the one that had only a name before. */
export async function putAgents(register: Register, rows: readonly AgentRow[]): Promise<void> {
  await transact(register, async (trx) => {
    for (const row of rows) {
      const { key: _key, ...state } = row
      await trx
        .insertInto('agent')
        .values(row)
        .onConflict((c) => c.column('key').doUpdateSet(state))
        .execute()
    }
    const outgrown = rows.filter(({ cert }) => cert !== null).map(({ name }) => agentKey({ cert: null, name }))
    if (outgrown.length > 0) await trx.deleteFrom('agent').where('key', 'in', outgrown).execute()
  })
}

/** Removes agents that asked last before then. */
export async function sweepAgents(db: Writer, askedBefore: number): Promise<void> {
  await db.deleteFrom('agent').where('asked_at', '<', askedBefore).execute()
}

export function agentKey({ cert, name }: Pick<AgentRow, 'cert' | 'name'>): string {
  return cert === null ? `name/${name}` : `cert/${cert}`
}

export type ListedAgent = AgentRow & { readonly asset_uuid: string | null; readonly asset_name: string | null }

/** What a list of agents is limited to. `after` is the last agent of the page before. */
export interface AgentQuery {
  readonly name: string | null
  readonly version: string | null
  readonly askedBefore: number | null
  readonly after: { readonly name: string; readonly key: string } | null
  readonly limit: number
}

/** Agents by name. */
export async function listAgents(db: Reader, { name, version, askedBefore, after, limit }: AgentQuery): Promise<ListedAgent[]> {
  let rows = db
    .selectFrom('agent')
    .leftJoin('asset', 'asset.id', 'agent.asset_id')
    .selectAll('agent')
    .select(['asset.uuid as asset_uuid', 'asset.name as asset_name'])
    .orderBy('agent.name')
    .orderBy('agent.key')
    .limit(limit)
  if (name !== null) rows = rows.where('agent.name', '=', name)
  if (version !== null) rows = rows.where('agent.version', '=', version)
  if (askedBefore !== null) rows = rows.where('agent.asked_at', '<', askedBefore)
  if (after !== null) rows = rows.where(sql<boolean>`(agent.name, agent.key) > (${after.name}, ${after.key})`)
  return await rows.execute()
}

/** When an agent asked for these assets last, by asset id; one for which none ever did is missing. */
export async function agentsAskedAt(db: Reader, assetIds: readonly number[]): Promise<Map<number, number>> {
  if (assetIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('agent')
    .select((e) => ['asset_id', e.fn.max('asked_at').as('asked_at')])
    .where('asset_id', 'in', assetIds)
    .groupBy('asset_id')
    .execute()
  // Only rows with an asset id are asked for.
  return new Map(rows.map(({ asset_id, asked_at }) => [asset_id!, asked_at]))
}

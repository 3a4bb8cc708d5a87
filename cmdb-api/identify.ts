import { findAssets, findByName, findByUuid, type AssetRow } from '../repository/assets.ts'
import { claimsOf, identifiedBy } from '../repository/claims.ts'
import type { Dialect, Writer } from '../repository/connect.ts'
import type { Candidate } from './candidate.ts'
import { claimsIn, isIdentifying, type Claim } from './claims.ts'
import type { Report } from './contract.ts'
import { match, type Match } from './matching.ts'

/** The asset that a report is of; an id of null means that it is yet to be made. */
export type Identified =
  | { readonly outcome: 'found'; readonly asset: AssetRow; readonly rule: string; readonly notes: readonly string[] }
  | { readonly outcome: 'new'; readonly copiedFrom: Candidate | null; readonly notes: readonly string[] }
  | (Match & { readonly outcome: 'held' })

/** Finds the asset of a report among all that share a claim, the asset id or the pinned name. Writes nothing, but locks the asset where needed. */
export async function identify(db: Writer, dialect: Dialect, report: Report): Promise<Identified> {
  const { identity } = report
  const claims = claimsIn(report)
  const values = claims.filter(({ kind }) => isIdentifying(kind)).map(({ value }) => value)
  const ids = new Set(await identifiedBy(db, values))
  const named = identity.assetId === null ? undefined : await findByUuid(db, identity.assetId)
  const assets = [...(await findAssets(db, [...ids])), ...(named === undefined || ids.has(named.id) ? [] : [named])]
  for (const asset of await findByName(db, identity.name))
    if (!assets.some(({ id }) => id === asset.id) && asset.first_seen === null) assets.push(asset)

  const found = match({ name: identity.name, assetId: identity.assetId, kind: identity.kind, claims }, await candidatesOf(db, assets))
  if (found.outcome !== 'found') return found
  const query = db.selectFrom('asset').selectAll().where('id', '=', found.candidate.assetId)
  const asset = await (dialect.locks ? query.forUpdate() : query).executeTakeFirstOrThrow()
  return { outcome: 'found', asset, rule: found.rule, notes: found.notes }
}

async function candidatesOf(db: Writer, assets: readonly AssetRow[]): Promise<Candidate[]> {
  const claims = await claimsOf(
    db,
    assets.map(({ id }) => id),
  )
  const byAsset = Map.groupBy(claims, (claim) => claim.asset_id)
  return assets.map(({ id, uuid, name, kind, first_seen }) => ({
    assetId: id,
    uuid,
    name,
    kind,
    collected: first_seen !== null,
    // The column holds only what putClaims writes.
    claims: (byAsset.get(id) ?? []) as readonly (Claim & { readonly state: 'identifying' | 'supporting' | 'shared' })[],
  }))
}

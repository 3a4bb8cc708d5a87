import { lockAssets, type AssetRow } from '../repository/assets.ts'
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

/**
 * Finds the asset of a report among all that share a claim, the asset id or the pinned name. Writes nothing, but locks: what matching saw stays so
 * until the transaction ends.
 */
export async function identify(db: Writer, dialect: Dialect, report: Report): Promise<Identified> {
  const found = await find(db, dialect, report)
  const isKnown = found.outcome === 'held' || (found.outcome === 'found' && found.asset.first_seen !== null)
  if (isKnown || !dialect.locks) return found
  await dialect.lockNewcomers(db)
  return await find(db, dialect, report)
}

async function find(db: Writer, dialect: Dialect, report: Report): Promise<Identified> {
  const { name, assetId, kind } = report.identity
  const claims = claimsIn(report)
  const values = claims.filter((claim) => isIdentifying(claim.kind)).map(({ value }) => value)
  const assets = await lockAssets(db, dialect, { ids: await identifiedBy(db, values), uuid: assetId, planned: name })
  const found = match({ name, assetId, kind, claims }, await candidatesOf(db, assets))
  if (found.outcome !== 'found') return found
  const asset = assets.find(({ id }) => id === found.candidate.assetId)!
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

import { randomUUID } from 'node:crypto'
import { findAssets, findByName, findByUuid, insertAsset, type AssetRow } from '../repository/assets.ts'
import { claimsOf, claimsTo, putClaim, setClaimState } from '../repository/claims.ts'
import { holdReport, putConflict } from '../repository/conflicts.ts'
import type { Dialect, Writer } from '../repository/connect.ts'
import { claimsIn, IDENTIFYING, kindsFit, type Claim } from './claims.ts'
import type { Report } from './contract.ts'
import { markOf } from './marks.ts'
import { match, type Candidate, type Match } from './matching.ts'

/** The asset that a report is of; an id of null means that it is yet to be made. */
export type Identified =
  | { readonly outcome: 'found'; readonly asset: AssetRow; readonly rule: string; readonly notes: readonly string[] }
  | { readonly outcome: 'new'; readonly copiedFrom: Candidate | null; readonly notes: readonly string[] }
  | (Match & { readonly outcome: 'held' })

/** Finds the asset of a report among all that share a claim, the asset id or the pinned name. Reads only, but locks the asset where needed. */
export async function identify(db: Writer, dialect: Dialect, report: Report): Promise<Identified> {
  const { identity } = report
  const claims = claimsIn(report)
  const related = await claimsTo(
    db,
    claims.filter(({ kind }) => (IDENTIFYING as readonly string[]).includes(kind)).map(({ value }) => value),
  )
  const ids = new Set(related.map((claim) => claim.asset_id))
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

/** Makes the asset of a host that nobody knew. A name that is taken is no reason to refuse it: it is told as a conflict. */
export async function createAsset(
  db: Writer,
  report: Report,
  copiedFrom: Candidate | null,
  now: number,
): Promise<{ readonly asset: AssetRow; readonly warnings: string[] }> {
  const { name, kind, evidence } = report.identity
  const warnings: string[] = []
  const row = {
    uuid: randomUUID(),
    name,
    kind,
    status: 'in-use',
    hostname: evidence.hostname ?? null,
    cert_name: name,
    version: 1,
    first_seen: now,
    created_at: now,
  }
  const namesakes = await findByName(db, name)
  const asset = { ...row, id: await insertAsset(db, row) }
  if (copiedFrom !== null) {
    const summary = `the cert of ${copiedFrom.name} was found on other hardware`
    await putConflict(
      db,
      { cause: 'copied-cert', key: `${copiedFrom.uuid}/${asset.uuid}`, summary, assets: [copiedFrom.uuid, asset.uuid] },
      now,
    )
    warnings.push(`${summary}: this host is a new asset; pin it anew with "rollcall cert reset" on it`)
  }
  if (namesakes.length > 0) {
    await putConflict(
      db,
      {
        cause: 'name-taken',
        key: name,
        summary: `${namesakes.length + 1} assets are called ${name}`,
        assets: [...namesakes.map(({ uuid }) => uuid), asset.uuid],
      },
      now,
    )
    warnings.push(`the name ${name} is taken by another asset: give this host a name of its own with "rollcall cert pin NAME"`)
  }
  return { asset, warnings }
}

/** Records what a host claims. A value that another host claims too identifies neither, but a cert and a bare machine-id stay with their first owner. */
export async function putClaims(db: Writer, assetId: number, report: Report, now: number): Promise<string[]> {
  const warnings: string[] = []
  const claims = claimsIn(report)
  const related = await claimsTo(
    db,
    claims.map(({ value }) => value),
  )
  for (const { kind, value } of claims) {
    const identifying = (IDENTIFYING as readonly string[]).includes(kind)
    const rivals = identifying
      ? related.filter(
          (claim) =>
            claim.kind === kind &&
            claim.value === value &&
            claim.asset_id !== assetId &&
            kindsFit(claim.host_kind, report.identity.kind) &&
            claim.state !== 'supporting',
        )
      : []
    if (rivals.length > 0 && kind !== 'cert' && kind !== 'machine') {
      await setClaimState(
        db,
        rivals.map(({ id }) => id),
        'shared',
      )
      warnings.push(`${kind} ${value} is claimed by another asset too: it identifies neither`)
    }
    const state = !identifying ? 'supporting' : rivals.length > 0 ? 'shared' : 'identifying'
    await putClaim(db, { asset_id: assetId, kind, value, host_kind: report.identity.kind, state, seen_at: now })
  }
  return warnings
}

/** Sets a report aside that could be of several assets. */
export async function hold(
  db: Writer,
  report: Report,
  { cause, candidates }: Match & { readonly outcome: 'held' },
  now: number,
): Promise<void> {
  const assets = candidates.map(({ uuid }) => uuid).toSorted()
  const summary = `${report.identity.name} could be ${candidates.map(({ name, uuid }) => `${name} (${uuid})`).join(' or ')}`
  const id = await putConflict(
    db,
    { cause, key: `${assets.join('/')}/${report.identity.evidence.cert ?? report.identity.name}`, summary, assets },
    now,
  )
  // Volatile values are new every time, and say nothing new.
  const sections = Object.entries(report.sections).map(([name, section]) => [name, markOf(section)])
  await holdReport(db, id, report, { identity: report.identity, sections: Object.fromEntries(sections) }, now)
}

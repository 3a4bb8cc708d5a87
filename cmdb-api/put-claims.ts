import type { AssetRow } from '../repository/assets.ts'
import { claimsOf, claimsTo, dropClaims, putClaimRows, setClaimState, type ClaimRow, type NewClaim } from '../repository/claims.ts'
import type { Writer } from '../repository/connect.ts'
import { claimKey, claimsIn, identifyingOf, isIdentifying, outdated } from './claims.ts'
import type { Report } from './contract.ts'

/**
 * Records what a host claims now, and by which values assets are found from now on: a value that another host has too finds neither, and finds
 * the one that is left when the other has it no more. Returns warnings.
 */
export async function putClaims(db: Writer, asset: Pick<AssetRow, 'id' | 'kind'>, report: Report, now: number): Promise<string[]> {
  const told = claimsIn(report)
  const before = await claimsOf(db, [asset.id])
  const gone = new Set(outdated(before, told))
  const stay = before.filter((claim) => !gone.has(claim))
  const known = new Set(stay.map(claimKey))
  const came = told.filter((claim) => !known.has(claimKey(claim)))
  if (gone.size === 0 && came.length === 0 && stay.every((claim) => claim.host_kind === asset.kind)) return []

  const own = [...stay, ...came.map((claim) => ({ ...claim, state: 'supporting', since: now }) as const)].map(
    ({ kind, value, state, since }): NewClaim => ({ asset_id: asset.id, host_kind: asset.kind, kind, value, state, since }),
  )
  const values = [...own, ...gone].filter(({ kind }) => isIdentifying(kind)).map(({ value }) => value)
  const others = (await claimsTo(db, values)).filter((claim) => claim.asset_id !== asset.id)
  const identifying = new Set<NewClaim | ClaimRow>()
  for (const [, claims] of Map.groupBy<string, NewClaim | ClaimRow>([...others, ...own], claimKey))
    for (const claim of identifyingOf(claims[0]!.kind, claims)) identifying.add(claim)
  const stateOf = (claim: NewClaim | ClaimRow): ClaimRow['state'] =>
    !isIdentifying(claim.kind) ? 'supporting' : identifying.has(claim) ? 'identifying' : 'shared'
  const become = (state: ClaimRow['state']) =>
    others.filter((claim) => stateOf(claim) === state && claim.state !== state).map(({ id }) => id)

  await dropClaims(
    db,
    [...gone].map(({ id }) => id),
  )
  // In this order, for a value never identifies two at once.
  await setClaimState(db, become('shared'), 'shared')
  await putClaimRows(
    db,
    own.map((claim) => ({ ...claim, state: stateOf(claim) })),
  )
  await setClaimState(db, become('identifying'), 'identifying')
  return own
    .filter((claim) => stateOf(claim) === 'shared' && claim.kind !== 'cert' && claim.kind !== 'machine')
    .map(({ kind, value }) => `${kind} ${value} is claimed by another asset too: it identifies neither`)
}

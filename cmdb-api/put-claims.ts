import { claimsTo, putClaim, setClaimState } from '../repository/claims.ts'
import type { Writer } from '../repository/connect.ts'
import { claimsIn, IDENTIFYING, kindsFit } from './claims.ts'
import type { Report } from './contract.ts'

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

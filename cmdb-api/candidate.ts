import type { Claim, ClaimKind } from './claims.ts'
import type { HostKind } from './contract.ts'

/** An asset that a report may be of, with what it claims now. */
export interface Candidate {
  readonly assetId: number
  readonly uuid: string
  readonly name: string
  readonly kind: string
  /** Whether a collector ever saw it; else it was entered by hand. */
  readonly collected: boolean
  readonly claims: readonly (Claim & { readonly state: 'identifying' | 'supporting' | 'shared' })[]
}

/** The host that a report is of. */
export interface Subject {
  readonly name: string
  readonly assetId: string | null
  readonly kind: HostKind
  readonly claims: readonly Claim[]
}

/** Whether a value of this kind that identifies the candidate is the subject's too. */
export function sharesClaim(kind: ClaimKind) {
  return (subject: Subject, candidate: Candidate): boolean => {
    const own = valuesOf(subject.claims, kind)
    return candidate.claims.some((claim) => claim.kind === kind && claim.state === 'identifying' && own.has(claim.value))
  }
}

/** One equal value is enough: a host with another card beside its own is the same. */
export function compare(subject: Subject, candidate: Candidate, kind: ClaimKind): 'equal' | 'different' | 'unknown' {
  const [a, b] = [valuesOf(subject.claims, kind), valuesOf(candidate.claims, kind)]
  if (a.size === 0 || b.size === 0) return 'unknown'
  return a.isDisjointFrom(b) ? 'different' : 'equal'
}

function valuesOf(claims: readonly Claim[], kind: ClaimKind): Set<string> {
  return new Set(claims.filter((claim) => claim.kind === kind).map((claim) => claim.value))
}

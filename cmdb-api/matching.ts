import { kindsFit, type Claim, type ClaimKind } from './claims.ts'
import type { HostKind } from './contract.ts'

/** An asset that a report may be of, with all that it ever claimed. */
export interface Candidate {
  readonly assetId: number
  readonly uuid: string
  readonly name: string
  readonly kind: string
  /** Whether a collector ever saw it; else it was entered by hand. */
  readonly collected: boolean
  readonly claims: readonly (Claim & { readonly state: 'identifying' | 'supporting' | 'shared' })[]
}

export interface Subject {
  readonly name: string
  readonly assetId: string | null
  readonly kind: HostKind
  readonly claims: readonly Claim[]
}

export type Match =
  | { readonly outcome: 'found'; readonly candidate: Candidate; readonly rule: string; readonly notes: readonly string[] }
  | { readonly outcome: 'new'; readonly copiedFrom: Candidate | null; readonly notes: readonly string[] }
  | { readonly outcome: 'held'; readonly cause: string; readonly candidates: readonly Candidate[]; readonly notes: readonly string[] }

/** How a rule finds an asset, and what speaks against it. Strongest first; adding a rule is adding a row. */
interface Rule {
  readonly name: string
  finds(subject: Subject, candidate: Candidate): boolean
  /** The reason why it is another host all the same; null where nothing speaks against it. */
  veto(subject: Subject, candidate: Candidate): string | null
  /** Asked only when no other rule finds anything. */
  readonly lastResort?: true
}

const WEAK = 'weak-identity'

const RULES: readonly Rule[] = [
  { name: 'cert', finds: sharesClaim('cert'), veto: otherMachine },
  { name: 'asset-id', finds: (subject, candidate) => subject.assetId === candidate.uuid, veto: otherMachine },
  { name: 'cloud-instance', finds: sharesClaim('cloudInstanceId'), veto: none },
  { name: 'system-uuid', finds: sharesClaim('systemUuid'), veto: clonedUuid },
  { name: 'serial', finds: sharesClaim('serial'), veto: contradicted('cloudInstanceId', 'systemUuid') },
  {
    name: WEAK,
    finds: (subject, candidate) => isBare(subject) && sharesClaim('machine')(subject, candidate),
    veto: contradicted('cloudInstanceId', 'systemUuid', 'serial', 'mac'),
    lastResort: true,
  },
  {
    name: 'preassigned-name',
    finds: (subject, candidate) => !candidate.collected && candidate.name === subject.name,
    veto: none,
    lastResort: true,
  },
]

/**
 * Which asset a report is of. Pure. Strong evidence decides; a conflicting strong identifier vetoes a weaker match; between two
 * candidates nobody guesses. The notes explain every step, for the receipt.
 */
export function match(subject: Subject, candidates: readonly Candidate[]): Match {
  const notes: string[] = []
  const found = new Map<number, { readonly candidate: Candidate; readonly rule: string }>()
  let copiedFrom: Candidate | null = null
  for (const rule of RULES) {
    if (rule.lastResort && found.size > 0) break
    for (const candidate of candidates) {
      if (!kindsFit(subject.kind, candidate.kind) || !rule.finds(subject, candidate)) continue
      const against = rule.veto(subject, candidate)
      if (against !== null) {
        notes.push(`${rule.name} points to ${candidate.name} (${candidate.uuid}), vetoed: ${against}`)
        if (rule.name === 'cert') copiedFrom = candidate
      } else if (!found.has(candidate.assetId)) found.set(candidate.assetId, { candidate, rule: rule.name })
    }
  }
  const [first, ...more] = found.values()
  if (first === undefined) return { outcome: 'new', copiedFrom, notes }
  if (more.length === 0) {
    const weak = first.rule === WEAK ? [`${WEAK}: known only by machine-id and hostname, which a clone of it has too`] : []
    return { outcome: 'found', candidate: first.candidate, rule: first.rule, notes: [...notes, ...weak] }
  }
  const all = [first, ...more]
  return {
    outcome: 'held',
    cause: 'ambiguous-identity',
    candidates: all.map((one) => one.candidate),
    notes: [...notes, ...all.map(({ candidate, rule }) => `${rule} points to ${candidate.name} (${candidate.uuid})`)],
  }
}

function sharesClaim(kind: ClaimKind) {
  return (subject: Subject, candidate: Candidate) => {
    const own = valuesOf(subject.claims, kind)
    return candidate.claims.some((claim) => claim.kind === kind && claim.state === 'identifying' && own.has(claim.value))
  }
}

function none(): null {
  return null
}

/** A kind of identifier that both have and in which they share nothing. */
function contradicted(...kinds: readonly ClaimKind[]) {
  return (subject: Subject, candidate: Candidate): string | null => {
    const kind = kinds.find((one) => compare(subject, candidate, one) === 'different')
    return kind === undefined ? null : `another ${kind}`
  }
}

/**
 * A cert is a claim and may have been copied with a disk: every piece of hardware that both sides know is another one. A changed board
 * alone keeps its network cards or its serial number, so one equal piece is enough. Where MAC addresses are all we know, a new card is told from a clone
 * by the machine-id.
 */
function otherMachine(subject: Subject, candidate: Candidate): string | null {
  const kinds: readonly ClaimKind[] = ['cloudInstanceId', 'systemUuid', 'serial', 'mac']
  const verdicts = kinds
    .map((kind) => ({ kind, verdict: compare(subject, candidate, kind) }))
    .filter(({ verdict }) => verdict !== 'unknown')
  if (verdicts.length === 0 || verdicts.some(({ verdict }) => verdict === 'equal')) return null
  if (verdicts.length === 1 && verdicts[0]!.kind === 'mac' && compare(subject, candidate, 'machine') !== 'different') return null
  return `the cert was copied: another ${verdicts.map(({ kind }) => kind).join(', ')}`
}

/** Makers that give one UUID to a whole batch, and machines defined by a copied file: all else that both sides know is another. */
function clonedUuid(subject: Subject, candidate: Candidate): string | null {
  const cloud = contradicted('cloudInstanceId')(subject, candidate)
  if (cloud !== null) return cloud
  const isOther = (['serial', 'mac'] as const).every((kind) => compare(subject, candidate, kind) === 'different')
  return isOther ? 'another serial and mac' : null
}

function compare(subject: Subject, candidate: Candidate, kind: ClaimKind): 'equal' | 'different' | 'unknown' {
  const [a, b] = [valuesOf(subject.claims, kind), valuesOf(candidate.claims, kind)]
  if (a.size === 0 || b.size === 0) return 'unknown'
  return a.isDisjointFrom(b) ? 'different' : 'equal'
}

/** A host of which we know no hardware: no DMI data, no permanent MAC. */
function isBare({ claims }: Subject): boolean {
  return !claims.some(({ kind }) => kind === 'systemUuid' || kind === 'serial' || kind === 'mac' || kind === 'cloudInstanceId')
}

function valuesOf(claims: readonly Claim[], kind: ClaimKind): Set<string> {
  return new Set(claims.filter((claim) => claim.kind === kind).map((claim) => claim.value))
}

import { compare, sharesClaim, type Candidate, type Subject } from './candidate.ts'
import { allElseDiffers, anyOf, contradicted, copiedCert, none, otherKind, otherMachine, type Veto } from './vetoes.ts'

export type Match =
  | { readonly outcome: 'found'; readonly candidate: Candidate; readonly rule: string; readonly notes: readonly string[] }
  | { readonly outcome: 'new'; readonly copiedFrom: Candidate | null; readonly notes: readonly string[] }
  | { readonly outcome: 'held'; readonly cause: string; readonly candidates: readonly Candidate[]; readonly notes: readonly string[] }

/** How a rule finds an asset, and what speaks against it. Strongest first; adding a rule is adding a row. */
interface Rule {
  readonly name: string
  finds(subject: Subject, candidate: Candidate): boolean
  readonly veto: Veto
  /** The identifier is the host's own, so that it may have turned out to be of another kind. */
  readonly isOwn?: true
  /** Hosts of different kinds share it as a rule, which is worth no word. */
  readonly acrossKinds?: true
  /** Asked only when no rule before it finds anything. */
  readonly lastResort?: true
}

const WEAK = 'weak-identity'

const RULES: readonly Rule[] = [
  { name: 'cert', finds: sharesClaim('cert'), veto: copiedCert, isOwn: true },
  { name: 'asset-id', finds: (subject, candidate) => subject.assetId === candidate.uuid, veto: copiedCert, isOwn: true },
  { name: 'cloud-instance', finds: sharesClaim('cloudInstanceId'), veto: otherMachine },
  { name: 'system-uuid', finds: sharesClaim('systemUuid'), veto: anyOf(contradicted('cloudInstanceId'), allElseDiffers('serial', 'mac')) },
  {
    name: 'serial',
    finds: sharesClaim('serial'),
    veto: anyOf(contradicted('cloudInstanceId', 'systemUuid'), allElseDiffers('mac')),
    acrossKinds: true,
  },
  {
    // A collector that may not read the DMI data sees the same host as one that may.
    name: 'machine-id',
    finds: (subject, candidate) => sharesClaim('machine')(subject, candidate) && compare(subject, candidate, 'mac') === 'equal',
    veto: contradicted('cloudInstanceId', 'systemUuid', 'serial'),
    lastResort: true,
  },
  {
    name: WEAK,
    finds: (subject, candidate) => isBare(subject) && sharesClaim('machine')(subject, candidate),
    // An image that was cleaned of its host keys, though not of its machine-id.
    veto: contradicted('sshHostKey'),
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
      if (found.has(candidate.assetId) || !rule.finds(subject, candidate)) continue
      const kind = otherKind(subject, candidate, { mayChange: rule.isOwn === true })
      if (kind !== null && rule.acrossKinds) continue
      const against = kind ?? rule.veto(subject, candidate)
      if (against === null) found.set(candidate.assetId, { candidate, rule: rule.name })
      else {
        notes.push(`${rule.name} points to ${candidate.name} (${candidate.uuid}), vetoed: ${against}`)
        if (rule.name === 'cert') copiedFrom = candidate
      }
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

/** A host of which we know no hardware: no DMI data, no permanent MAC. */
function isBare({ claims }: Subject): boolean {
  return !claims.some(({ kind }) => kind === 'systemUuid' || kind === 'serial' || kind === 'mac' || kind === 'cloudInstanceId')
}

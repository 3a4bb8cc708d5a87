import { compare, type Candidate, type Subject } from './candidate.ts'
import { kindsFit, type ClaimKind } from './claims.ts'

/** The reason why a candidate is another host although a rule found it; null where nothing speaks against it. */
export type Veto = (subject: Subject, candidate: Candidate) => string | null

/** What a machine brings, whatever is installed on it. Strongest first. */
const HARDWARE = ['systemUuid', 'serial', 'mac'] as const satisfies readonly ClaimKind[]

export const none: Veto = () => null

/** The first of several vetoes that speaks. */
export function anyOf(...vetoes: readonly Veto[]): Veto {
  return (subject, candidate) => vetoes.reduce<string | null>((told, veto) => told ?? veto(subject, candidate), null)
}

/** A kind of identifier that both have and in which they share nothing. */
export function contradicted(...kinds: readonly ClaimKind[]): Veto {
  return (subject, candidate) => {
    const kind = kinds.find((one) => compare(subject, candidate, one) === 'different')
    return kind === undefined ? null : `another ${kind}`
  }
}

/**
 * Makers give one UUID to a whole batch or one serial number to all nodes of a chassis, and machines are defined by a copied file: what of
 * these kinds both sides know is another one. A card that was swapped leaves the disks, or the machine-id with the hostname.
 */
export function allElseDiffers(...kinds: readonly ClaimKind[]): Veto {
  return (subject, candidate) => {
    const verdict = (kind: ClaimKind) => compare(subject, candidate, kind)
    const different = kinds.filter((kind) => verdict(kind) === 'different')
    const ties: readonly ClaimKind[] = [...kinds, 'diskSerial', 'machine']
    const isTied = ties.some((kind) => verdict(kind) === 'equal')
    return different.length === 0 || isTied ? null : `another ${different.join(' and ')}`
  }
}

/** A cert, and the asset id in it, is a claim and may have been copied with a disk or an image. */
export const copiedCert: Veto = (subject, candidate) => {
  const other = otherMachine(subject, candidate)
  return other === null ? null : `the cert was copied: ${other}`
}

/**
 * Another machine by everything that both sides know. A changed board alone keeps its network cards or its serial number, so one equal piece
 * of hardware is enough, unless it is a UUID that is not even the board's own. Where MAC addresses are all we know, a new card is told from
 * a clone by the machine-id; where we know no hardware, a copied image by both what its first boot makes anew.
 */
export const otherMachine: Veto = (subject, candidate) => {
  const verdict = (kind: ClaimKind) => compare(subject, candidate, kind)
  const equal = HARDWARE.filter((kind) => verdict(kind) === 'equal')
  if (equal.length === 1 && equal[0] === 'systemUuid' && verdict('machine') === 'different')
    return allElseDiffers('serial', 'mac')(subject, candidate)
  if (equal.length > 0) return null
  // An instance id of people's own making is copied with its disk: equal, it proves nothing.
  const different = (['cloudInstanceId', ...HARDWARE] as const).filter((kind) => verdict(kind) === 'different')
  if (different.length === 0) {
    const isImage = verdict('machine') === 'different' && verdict('sshHostKey') === 'different'
    return isImage ? 'another machine-id or hostname, and other ssh host keys' : null
  }
  if (different.length === 1 && different[0] === 'mac' && verdict('machine') !== 'different') return null
  return `another ${different.join(', ')}`
}

/**
 * A box, a VM on it and a container in that are three, whatever they share. Only with a cert of its own has a host become of another kind, by a
 * collector that can tell better, on the same hardware or with all that its installation made. A VM has its host's serial number at most, a
 * container its host's cert, machine-id and name.
 */
export function otherKind(subject: Subject, candidate: Candidate, { mayChange }: { readonly mayChange: boolean }): string | null {
  if (kindsFit(subject.kind, candidate.kind)) return null
  const verdictsOf = (...kinds: readonly ClaimKind[]) => kinds.map((kind) => compare(subject, candidate, kind))
  const hardware = verdictsOf('systemUuid', 'mac')
  const isSame = hardware.includes('equal') || verdictsOf('machine', 'sshHostKey').every((verdict) => verdict === 'equal')
  if (mayChange && isSame && !hardware.includes('different')) return null
  return `it is of the kind ${candidate.kind}, this host ${subject.kind}`
}

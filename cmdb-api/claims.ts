import { isPlaceholder, uuidOrNull } from '../plugins/formats/text.ts'
import type { Evidence, Report } from './contract.ts'

/**
 * Kinds of identifiers that can find an asset by themselves, and those that only support or contradict. A serial number and a machine-id alone
 * (`serialNumber`, `machineId`) do neither: by them people look for a host.
 */
export const IDENTIFYING = ['cert', 'cloudInstanceId', 'systemUuid', 'serial', 'machine'] as const
export const SUPPORTING = ['boardSerial', 'chassisSerial', 'mac', 'diskSerial', 'sshHostKey', 'serialNumber', 'machineId'] as const

export type ClaimKind = (typeof IDENTIFYING)[number] | (typeof SUPPORTING)[number]

/** One identifier of one host, in the one spelling in which it is compared. */
export interface Claim {
  readonly kind: ClaimKind
  readonly value: string
}

/** What a report's evidence claims. Placeholders claim nothing, and a container's hardware is its parent's. */
export function claimsIn({ identity }: Pick<Report, 'identity'>): Claim[] {
  const { evidence, kind } = identity
  const claims: Claim[] = [
    ...one('cert', evidence.cert),
    ...one('cloudInstanceId', evidence.cloudInstanceId),
    ...one('machine', machineOf(evidence)),
    ...one('machineId', evidence.machineId),
    ...many('sshHostKey', evidence.sshHostKeys),
  ]
  if (kind === 'container') return claims
  return [
    ...claims,
    ...one('systemUuid', uuidOrNull(evidence.systemUuid)),
    ...one('serial', serialOf(evidence)),
    ...one('serialNumber', evidence.serial),
    ...one('boardSerial', evidence.boardSerial),
    ...one('chassisSerial', evidence.chassisSerial),
    ...many('mac', evidence.macs),
    ...many('diskSerial', evidence.diskSerials),
  ]
}

/** Most certs that one asset has: each of its collectors has one, and a collector without a lasting folder a new one each time. */
const CERTS = 16

/**
 * Of what a host claimed before, oldest first, all that a newer report replaces: a part that was taken out may be another host's by now. Kinds
 * that the report does not tell stay, for its collector may see less than another; so do certs, up to a number.
 */
export function outdated<C extends { readonly kind: string; readonly value: string }>(before: readonly C[], told: readonly Claim[]): C[] {
  const kinds = new Set<string>(told.map(({ kind }) => kind))
  const now = new Set(told.map(claimKey))
  const gone = before.filter((claim) => kinds.has(claim.kind) && !now.has(claimKey(claim)))
  const certs = gone.filter(({ kind }) => kind === 'cert')
  return [...gone.filter(({ kind }) => kind !== 'cert'), ...certs.slice(0, -CERTS)]
}

/**
 * Which of all claims to one value identify: where several hosts have it, none, but a cert and a bare machine-id stay with their first owner.
 * Hosts of different kinds do not disturb each other.
 */
export function identifyingOf<C extends { readonly host_kind: string; readonly state: string }>(
  kind: string,
  claims: readonly C[],
): Set<C> {
  const fits = (claim: C, other: C) => claim !== other && kindsFit(claim.host_kind, other.host_kind)
  if (kind !== 'cert' && kind !== 'machine') return new Set(claims.filter((claim) => !claims.some((other) => fits(claim, other))))
  const owners = new Set<C>()
  const owning = claims.filter(({ state }) => state === 'identifying')
  for (const claim of [...owning, ...claims]) if (![...owners].some((owner) => fits(claim, owner))) owners.add(claim)
  return owners
}

/** What tells one claim of a host from its others. */
export function claimKey({ kind, value }: { readonly kind: string; readonly value: string }): string {
  return `${kind} ${value}`
}

export function isIdentifying(kind: string): boolean {
  return (IDENTIFYING as readonly string[]).includes(kind)
}

/** Whether two hosts can be of one kind: unknown fits all. */
export function kindsFit(a: string, b: string): boolean {
  return a === b || a === 'unknown' || b === 'unknown'
}

/** A serial number identifies only together with who gave it to what. */
function serialOf({ vendor, product, serial }: Evidence): string | null {
  const parts = [vendor, product, serial].map((part) => part?.trim().toLowerCase() ?? '')
  return parts.some((part) => part === '' || isPlaceholder(part)) ? null : parts.join('|')
}

/** Images carry their machine-id along, so it counts only together with the hostname. */
function machineOf({ machineId, hostname }: Evidence): string | null {
  return machineId === undefined || isPlaceholder(machineId) || hostname === undefined || hostname === ''
    ? null
    : `${machineId.toLowerCase()}@${hostname.toLowerCase()}`
}

function one(kind: ClaimKind, value: string | null | undefined): Claim[] {
  const text = value?.trim().toLowerCase() ?? ''
  return text === '' || isPlaceholder(text) ? [] : [{ kind, value: text }]
}

function many(kind: ClaimKind, values: readonly string[] | undefined): Claim[] {
  // Fingerprints are base64: their case counts.
  return [...new Set(values)].flatMap((value) => (kind === 'sshHostKey' ? [{ kind, value }] : one(kind, value)))
}

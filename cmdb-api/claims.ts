import { isPlaceholder, uuidOrNull } from '../plugins/formats/text.ts'
import type { Evidence, Report } from './contract.ts'

/** Kinds of identifiers that can find an asset by themselves, and those that only support or contradict. */
export const IDENTIFYING = ['cert', 'cloudInstanceId', 'systemUuid', 'serial', 'machine'] as const
export const SUPPORTING = ['boardSerial', 'chassisSerial', 'mac', 'diskSerial', 'sshHostKey'] as const

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
    ...many('sshHostKey', evidence.sshHostKeys),
  ]
  if (kind === 'container') return claims
  return [
    ...claims,
    ...one('systemUuid', uuidOrNull(evidence.systemUuid)),
    ...one('serial', serialOf(evidence)),
    ...one('boardSerial', evidence.boardSerial),
    ...one('chassisSerial', evidence.chassisSerial),
    ...many('mac', evidence.macs),
    ...many('diskSerial', evidence.diskSerials),
  ]
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

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Candidate, Subject } from '../../cmdb-api/candidate.ts'
import { claimsIn, type ClaimKind } from '../../cmdb-api/claims.ts'
import type { Evidence, HostKind } from '../../cmdb-api/contract.ts'
import { match } from '../../cmdb-api/matching.ts'

export const A = {
  cert: 'cert-a',
  machineId: 'aaaa1111',
  hostname: 'a',
  systemUuid: '4c4c4544-0051-3210-8052-b4c04f4e3132',
  vendor: 'Dell Inc.',
  product: 'R650',
  serial: 'SNA',
  boardSerial: 'BSA',
  macs: ['b0:7b:25:00:00:01', 'b0:7b:25:00:00:02'],
  diskSerials: ['DA'],
} satisfies Evidence
export const B = {
  cert: 'cert-b',
  machineId: 'bbbb2222',
  hostname: 'b',
  systemUuid: '4c4c4544-0051-3210-8052-b4c04f4e9999',
  vendor: 'Dell Inc.',
  product: 'R650',
  serial: 'SNB',
  boardSerial: 'BSB',
  macs: ['b0:7b:25:00:00:09'],
  diskSerials: ['DB'],
} satisfies Evidence

export function subject(
  evidence: Evidence,
  { kind = 'physical', name = 'a', assetId = null }: { kind?: HostKind; name?: string; assetId?: string | null } = {},
): Subject {
  return { name, assetId, kind, claims: claimsIn({ identity: { name, assetId, kind, evidence } }) }
}

/** An asset known by a report of this evidence; `shared` claims find nothing. */
export function asset(
  name: string,
  evidence: Evidence | null,
  { kind = 'physical', shared = [] }: { kind?: HostKind; shared?: readonly ClaimKind[] } = {},
): Candidate {
  const claims = evidence === null ? [] : claimsIn({ identity: { name, assetId: null, kind, evidence } })
  const state = (of: ClaimKind) => (shared.includes(of) ? 'shared' : 'identifying')
  return {
    assetId: name.charCodeAt(0),
    uuid: `uuid-${name}`,
    name,
    kind,
    collected: evidence !== null,
    claims: claims.map((claim) => ({ ...claim, state: state(claim.kind) })),
  }
}

export const without = (evidence: Evidence, ...fields: readonly (keyof Evidence)[]): Evidence =>
  Object.fromEntries(Object.entries(evidence).filter(([field]) => !(fields as readonly string[]).includes(field)))

export type Case = readonly [what: string, subject: Subject, assets: readonly Candidate[], expected: string, note?: RegExp]

/** A test for each case, and that none depends on the order of its candidates. */
export function testCases(cases: readonly Case[]): void {
  for (const [what, of, assets, expected, note] of cases) {
    test(what, () => {
      const found = match(of, assets)
      const told =
        found.outcome === 'found'
          ? `${found.candidate.name} by ${found.rule}`
          : found.outcome === 'held'
            ? `held: ${found.candidates.map(({ name }) => name).join(', ')}`
            : `new${found.copiedFrom === null ? '' : `, copied from ${found.copiedFrom.name}`}`
      assert.equal(told, expected, found.notes.join('\n'))
      if (note !== undefined) assert.match(found.notes.join('\n'), note)
    })
  }

  test('a match does not depend on the order of the candidates', () => {
    for (const [what, of, assets] of cases) {
      const [one, other] = [match(of, assets), match(of, assets.toReversed())]
      assert.equal(one.outcome, other.outcome, what)
      if (one.outcome === 'found' && other.outcome === 'found') assert.equal(one.candidate, other.candidate, what)
    }
  })
}

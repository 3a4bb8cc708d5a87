import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimsIn, type ClaimKind } from '../../cmdb-api/claims.ts'
import type { Evidence, HostKind } from '../../cmdb-api/contract.ts'
import { match, type Candidate, type Subject } from '../../cmdb-api/matching.ts'

const A = {
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
const B = {
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

function subject(
  evidence: Evidence,
  { kind = 'physical', name = 'a', assetId = null }: { kind?: HostKind; name?: string; assetId?: string | null } = {},
): Subject {
  return { name, assetId, kind, claims: claimsIn({ identity: { name, assetId, kind, evidence } }) }
}

/** An asset known by a report of this evidence; `shared` claims find nothing. */
function asset(
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

const without = (evidence: Evidence, ...fields: readonly (keyof Evidence)[]): Evidence =>
  Object.fromEntries(Object.entries(evidence).filter(([field]) => !(fields as readonly string[]).includes(field)))

const CASES: readonly (readonly [what: string, subject: Subject, assets: readonly Candidate[], expected: string, note?: RegExp])[] = [
  ['nobody knows the host', subject(A), [], 'new'],
  ['a cert finds its asset', subject(A), [asset('a', A), asset('b', B)], 'a by cert'],
  [
    'the asset id finds it where the cert has no id yet',
    subject(without(A, 'cert'), { assetId: 'uuid-a' }),
    [asset('a', A)],
    'a by asset-id',
  ],
  [
    'a host that lost its cert is found by its UUID',
    subject({ ...A, cert: 'cert-new' }),
    [asset('a', A), asset('b', B)],
    'a by system-uuid',
  ],
  [
    'and by vendor, product and serial number where it has no UUID',
    subject({ ...without(A, 'systemUuid'), cert: 'cert-new' }),
    [asset('a', A)],
    'a by serial',
  ],
  [
    'a serial number alone, of another product, finds nothing',
    subject({ ...without(A, 'systemUuid', 'macs'), cert: 'new', product: 'R750' }),
    [asset('a', A)],
    'new',
  ],
  [
    'a cert copied to other hardware is a new asset',
    subject({ ...B, cert: 'cert-a' }),
    [asset('a', A)],
    'new, copied from a',
    /vetoed: the cert was copied/,
  ],
  ['and its asset id does not help it', subject({ ...B, cert: 'cert-a' }, { assetId: 'uuid-a' }), [asset('a', A)], 'new, copied from a'],
  [
    'a copied cert on hardware that is known is that hardware',
    subject({ ...B, cert: 'cert-a' }),
    [asset('a', A), asset('b', B)],
    'b by system-uuid',
  ],
  [
    'a new board with another UUID and serial keeps the asset by its network card',
    subject({ ...A, systemUuid: B.systemUuid, serial: 'NEW' }),
    [asset('a', A)],
    'a by cert',
  ],
  [
    'a new board with the old serial number programmed keeps the asset',
    subject({ ...A, systemUuid: B.systemUuid, macs: B.macs }),
    [asset('a', A)],
    'a by cert',
  ],
  ['a new network card alone is no other host', subject({ ...A, macs: B.macs }), [asset('a', A)], 'a by cert'],
  [
    'a VM with a new network card, which is all we know, is told by its machine-id',
    subject({ ...without(A, 'systemUuid', 'serial'), macs: B.macs }),
    [asset('a', without(A, 'systemUuid', 'serial'))],
    'a by cert',
  ],
  [
    'and its clone too',
    subject({ ...without(A, 'systemUuid', 'serial'), macs: B.macs, machineId: 'cccc' }),
    [asset('a', without(A, 'systemUuid', 'serial'))],
    'new, copied from a',
  ],
  [
    'a VM with its host’s serial number is another',
    subject({ ...without(A, 'systemUuid', 'macs'), cert: 'vm' }, { kind: 'vm' }),
    [asset('a', A)],
    'new',
  ],
  [
    'and each finds itself',
    subject({ ...without(A, 'systemUuid'), cert: 'x' }),
    [asset('v', without(A, 'systemUuid'), { kind: 'vm' }), asset('a', A)],
    'a by serial',
  ],
  [
    'an unknown kind fits all, and nobody guesses between two',
    subject({ ...without(A, 'systemUuid'), cert: 'x' }, { kind: 'unknown' }),
    [asset('v', without(A, 'systemUuid'), { kind: 'vm' }), asset('a', A)],
    'held: v, a',
  ],
  [
    'a serial number on another UUID is another host',
    subject({ ...A, cert: 'x', systemUuid: B.systemUuid }),
    [asset('a', A)],
    'new',
    /serial points to a .*vetoed: another systemUuid/,
  ],
  [
    'a serial number that several claim finds none',
    subject({ ...without(A, 'systemUuid', 'macs'), cert: 'x' }),
    [asset('a', A, { shared: ['serial'] })],
    'new',
  ],
  ['a UUID of a whole batch finds none', subject({ ...B, systemUuid: A.systemUuid }), [asset('a', A)], 'new', /another serial and mac/],
  [
    'a UUID is kept through a change of the serial number or the card',
    subject({ ...A, cert: 'x', serial: 'SNX' }),
    [asset('a', A)],
    'a by system-uuid',
  ],
  [
    'another cloud instance vetoes the UUID that its image brought',
    subject({ ...A, cert: 'x', cloudInstanceId: 'i-2' }),
    [asset('a', { ...A, cloudInstanceId: 'i-1' })],
    'new',
  ],
  [
    'a cloud instance is itself whatever hardware it runs on',
    subject({ ...B, cert: 'x', cloudInstanceId: 'i-1' }, { kind: 'vm' }),
    [asset('a', { ...A, cloudInstanceId: 'i-1' }, { kind: 'vm' })],
    'a by cloud-instance',
  ],
  [
    'a cert of one and the UUID of another is held',
    subject({ ...A, systemUuid: B.systemUuid, serial: B.serial }),
    [asset('a', A), asset('b', B)],
    'held: a, b',
  ],
  [
    'without hardware, machine-id and hostname are a weak identity',
    subject({ machineId: 'm1', hostname: 'h' }),
    [asset('a', { machineId: 'm1', hostname: 'h' })],
    'a by weak-identity',
    /weak-identity/,
  ],
  [
    'a machine-id under another name is a clone',
    subject({ machineId: 'm1', hostname: 'h2' }),
    [asset('a', { machineId: 'm1', hostname: 'h' })],
    'new',
  ],
  [
    'a host with hardware is never found weakly',
    subject({ ...without(B, 'cert'), machineId: 'm1', hostname: 'h' }),
    [asset('a', { machineId: 'm1', hostname: 'h' })],
    'new',
  ],
  [
    'a name entered by hand is claimed by the first report that bears it',
    subject(A, { name: 'p' }),
    [asset('p', null)],
    'p by preassigned-name',
  ],
  ['but not by a host that is known', subject(A, { name: 'p' }), [asset('p', null), asset('a', A)], 'a by cert'],
  ['a name of an asset that was collected finds nothing', subject(B, { name: 'a' }), [asset('a', A)], 'new'],
  [
    'placeholders find nothing',
    subject({
      systemUuid: '03000200-0400-0500-0006-000700080009',
      vendor: 'To Be Filled By O.E.M.',
      product: 'System Product Name',
      serial: 'Default string',
      machineId: 'unknown',
      hostname: 'a',
    }),
    [asset('a', { ...A, systemUuid: '03000200-0400-0500-0006-000700080009' })],
    'new',
  ],
  [
    'a container is never its parent, whose hardware it sees',
    subject({ ...A, cert: 'in-container' }, { kind: 'container' }),
    [asset('a', A)],
    'new',
  ],
  [
    'a container is found by its cert, and weakly without',
    subject({ ...A, cert: 'c2' }, { kind: 'container' }),
    [asset('c', { ...A, cert: 'c1' }, { kind: 'container' })],
    'c by weak-identity',
  ],
]

for (const [what, of, assets, expected, note] of CASES) {
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
  for (const [what, of, assets] of CASES) {
    const [one, other] = [match(of, assets), match(of, assets.toReversed())]
    assert.equal(one.outcome, other.outcome, what)
    if (one.outcome === 'found' && other.outcome === 'found') assert.equal(one.candidate, other.candidate, what)
  }
})

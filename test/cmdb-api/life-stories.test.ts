import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Evidence, HostKind, Mode } from '../../cmdb-api/contract.ts'
import { onEveryDatabase } from '../databases.ts'
import { ingestOn, okSection, reportOf } from './reports.ts'

/** One report: whose cert file it is, what the host shows, which asset it must be of (by order of making) and by which rule. */
interface Step {
  readonly by: string
  readonly shows: Evidence
  readonly is: string
  readonly kind?: HostKind
  readonly mode?: Mode
  /** The cert file was copied from this one, with the asset id in it. */
  readonly copyOf?: string
}

/** What is screwed into a chassis; everything of it is this one's own. */
const box = (n: number) =>
  ({
    systemUuid: `4c4c4544-0051-3210-8052-b4c04f4e00${n}0`,
    vendor: 'Dell Inc.',
    product: 'R650',
    serial: `SN${n}`,
    boardSerial: `BS${n}`,
    macs: [`b0:7b:25:00:0${n}:01`, `b0:7b:25:00:0${n}:02`],
    diskSerials: [`DISK${n}`],
  }) satisfies Evidence
/** What an installation makes. */
const os = (n: number, hostname: string) =>
  ({ machineId: `${n}`.repeat(8) + 'a1b2c3d4'.repeat(3), hostname, sshHostKeys: [`SHA256:key${n}`] }) satisfies Evidence
const onlyOf = (evidence: Evidence, ...fields: readonly (keyof Evidence)[]): Evidence =>
  Object.fromEntries(Object.entries(evidence).filter(([field]) => (fields as readonly string[]).includes(field)))
/** What a user without root reads of it. */
const unprivileged = (n: number) => onlyOf(box(n), 'vendor', 'product', 'macs')
const vm = (n: number) => ({ ...box(n), ...onlyOf(box(1), 'vendor', 'product'), serial: `VM${n}`, boardSerial: `VB${n}` })

const A = { cert: 'a', ...box(1), ...os(1, 'a') }
const B = { cert: 'b', ...box(2), ...os(2, 'b') }

const STORIES: readonly (readonly [what: string, ...steps: readonly Step[]])[] = [
  [
    'a network card is replaced, then the other, then a disk',
    { by: 'a', shows: A, is: '1 new' },
    { by: 'a', shows: { ...A, macs: ['b0:7b:25:00:00:0a', A.macs[1]!] }, is: '1 cert' },
    { by: 'a', shows: { ...A, macs: ['b0:7b:25:00:00:0a', 'b0:7b:25:00:00:0b'] }, is: '1 cert' },
    { by: 'a', shows: { ...A, macs: ['b0:7b:25:00:00:0a', 'b0:7b:25:00:00:0b'], diskSerials: ['NEW'] }, is: '1 cert' },
  ],
  [
    'the mainboard is replaced, the card stays; the old board comes back in another host',
    { by: 'a', shows: A, is: '1 new' },
    { by: 'a', shows: { ...A, ...box(3), macs: [box(3).macs[0]!, A.macs[1]!] }, is: '1 cert' },
    { by: 'b', shows: { ...B, ...onlyOf(A, 'systemUuid', 'serial', 'boardSerial'), macs: [A.macs[0]!] }, is: '2 new' },
    { by: 'a', shows: { ...A, ...box(3), macs: [box(3).macs[0]!, A.macs[1]!] }, is: '1 cert' },
    { by: 'b', shows: { ...B, ...onlyOf(A, 'systemUuid', 'serial', 'boardSerial'), macs: [A.macs[0]!] }, is: '2 cert' },
  ],
  [
    'a card that is moved to another host is that host’s',
    { by: 'a', shows: A, is: '1 new' },
    { by: 'b', shows: { ...B, macs: [...B.macs, A.macs[1]!] }, is: '2 new' },
    { by: 'a', shows: { ...A, macs: [A.macs[0]!] }, is: '1 cert' },
    { by: 'b', shows: { ...B, macs: [...B.macs, A.macs[1]!] }, is: '2 cert' },
  ],
  [
    'the system is installed anew on the same hardware, under another name',
    { by: 'a', shows: A, is: '1 new' },
    { by: 'c', shows: { ...A, ...os(3, 'c'), cert: 'c' }, is: '1 system-uuid' },
    { by: 'c', shows: { ...A, ...os(3, 'c'), cert: 'c' }, is: '1 cert' },
  ],
  [
    'disks with their system move into the chassis of a host that is known',
    { by: 'a', shows: A, is: '1 new' },
    { by: 'b', shows: B, is: '2 new' },
    { by: 'a', shows: { ...A, ...box(2), diskSerials: A.diskSerials }, is: '2 system-uuid' },
  ],
  [
    'a VM is cloned with its cert, gets a cert of its own, and both go on',
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a') }, kind: 'vm', is: '1 new' },
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a') }, kind: 'vm', is: '1 cert' },
    { by: 'copy', copyOf: 'a', shows: { cert: 'a', ...vm(2), ...os(1, 'a') }, kind: 'vm', is: '2 new' },
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a') }, kind: 'vm', is: '1 cert' },
    { by: 'copy', shows: { cert: 'a', ...vm(2), ...os(1, 'a') }, kind: 'vm', is: '2 asset-id' },
    { by: 'reset', shows: { cert: 'own', ...vm(2), ...os(2, 'copy') }, kind: 'vm', is: '2 system-uuid' },
    { by: 'reset', shows: { cert: 'own', ...vm(2), ...os(2, 'copy') }, kind: 'vm', is: '2 cert' },
  ],
  [
    'a VM goes back to a snapshot of before its disk and name were changed',
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a') }, kind: 'vm', is: '1 new' },
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'renamed'), diskSerials: ['GROWN'] }, kind: 'vm', is: '1 cert' },
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a') }, kind: 'vm', is: '1 cert' },
  ],
  [
    'a box and the VMs on it share a serial number, in any order',
    { by: 'v', shows: { cert: 'v', ...vm(3), ...os(3, 'v'), serial: A.serial }, kind: 'vm', is: '1 new' },
    { by: 'a', shows: A, is: '2 new' },
    { by: 'w', shows: { cert: 'w', ...vm(4), ...os(4, 'w'), serial: A.serial }, kind: 'vm', is: '3 new' },
    { by: 'a2', shows: { ...onlyOf(A, 'vendor', 'product', 'serial'), cert: 'a2', hostname: 'a' }, is: '2 serial' },
  ],
  [
    'a host whose kind could not be told once still shares no serial number with its VM',
    { by: 'a', shows: A, is: '1 new' },
    { by: 'a', shows: A, kind: 'unknown', is: '1 cert' },
    { by: 'v', shows: { cert: 'v', ...vm(3), ...os(3, 'v'), serial: A.serial }, kind: 'vm', is: '2 new' },
    { by: 'a2', shows: { ...onlyOf(A, 'vendor', 'product', 'serial'), cert: 'a2', hostname: 'a' }, is: '1 serial' },
  ],
  [
    'what was taken for a box turns out to be a VM, and back',
    { by: 'a', shows: A, is: '1 new' },
    { by: 'a', shows: A, kind: 'vm', is: '1 cert' },
    { by: 'a', shows: A, is: '1 cert' },
  ],
  [
    'nodes of one chassis share its serial number, boards of one batch their UUID',
    { by: 'a', shows: { ...A, chassisSerial: 'ENC' }, is: '1 new' },
    { by: 'b', shows: { ...B, chassisSerial: 'ENC', serial: A.serial }, is: '2 new' },
    { by: 'c', shows: { cert: 'c', ...onlyOf(box(3), 'macs', 'vendor', 'product'), ...os(3, 'c'), systemUuid: A.systemUuid }, is: '3 new' },
    { by: 'd', shows: { cert: 'd', ...onlyOf(box(4), 'macs', 'vendor', 'product'), ...os(4, 'd'), systemUuid: A.systemUuid }, is: '4 new' },
    { by: 'a', shows: { ...A, chassisSerial: 'ENC' }, is: '1 cert' },
    { by: 'b', shows: { ...B, chassisSerial: 'ENC', serial: A.serial }, is: '2 cert' },
    {
      by: 'c',
      shows: { cert: 'c', ...onlyOf(box(3), 'macs', 'vendor', 'product'), ...os(3, 'c'), systemUuid: A.systemUuid },
      is: '3 cert',
    },
  ],
  [
    'boards of one batch from a golden image with a cert in it',
    { by: 'a', shows: { cert: 'i', ...unprivileged(1), systemUuid: A.systemUuid, ...os(1, 'a') }, is: '1 new' },
    { by: 'b', copyOf: 'a', shows: { cert: 'i', ...unprivileged(2), systemUuid: A.systemUuid, ...os(2, 'b') }, is: '2 new' },
    { by: 'a', shows: { cert: 'i', ...unprivileged(1), systemUuid: A.systemUuid, ...os(1, 'a') }, is: '1 cert' },
    { by: 'b', shows: { cert: 'i', ...unprivileged(2), systemUuid: A.systemUuid, ...os(2, 'b') }, is: '2 asset-id' },
  ],
  [
    'VMs of one seed have one instance id',
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a'), cloudInstanceId: 'ubuntu-vm' }, kind: 'vm', is: '1 new' },
    { by: 'b', shows: { cert: 'b', ...vm(2), ...os(2, 'b'), cloudInstanceId: 'ubuntu-vm' }, kind: 'vm', is: '2 new' },
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a'), cloudInstanceId: 'ubuntu-vm' }, kind: 'vm', is: '1 cert' },
  ],
  [
    'a VM whose instance id is new with each setting, as on Proxmox',
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a'), cloudInstanceId: 'sum1' }, kind: 'vm', is: '1 new' },
    { by: 'a', shows: { cert: 'a', ...vm(1), ...os(1, 'a'), cloudInstanceId: 'sum2' }, kind: 'vm', is: '1 cert' },
    { by: 'x', shows: { cert: 'x', ...vm(1), ...os(3, 'a'), cloudInstanceId: 'sum2' }, kind: 'vm', is: '1 cloud-instance' },
  ],
  [
    'containers of one image with a cert in it',
    { by: 'a', shows: { cert: 'i', ...os(1, 'a') }, kind: 'container', is: '1 new' },
    { by: 'b', copyOf: 'a', shows: { cert: 'i', ...os(2, 'b') }, kind: 'container', is: '2 new' },
    { by: 'a', shows: { cert: 'i', ...os(1, 'a') }, kind: 'container', is: '1 cert' },
    { by: 'b', shows: { cert: 'i', ...os(2, 'b') }, kind: 'container', is: '2 asset-id' },
  ],
  [
    'an LXC container is copied without cert, machine-id and all; then the copy is renamed',
    { by: 'a', shows: { cert: 'a', ...os(1, 'a') }, kind: 'container', is: '1 new' },
    { by: 'b', shows: { cert: 'b', ...os(1, 'a'), sshHostKeys: ['SHA256:made anew'] }, kind: 'container', is: '2 new' },
    { by: 'b', shows: { cert: 'b', ...os(1, 'b'), sshHostKeys: ['SHA256:made anew'] }, kind: 'container', is: '2 cert' },
    { by: 'a', shows: { cert: 'a', ...os(1, 'a') }, kind: 'container', is: '1 cert' },
  ],
  [
    'an agent as root and ssh as a user see one host, and its new card',
    { by: 'a', shows: A, is: '1 new' },
    { by: 's', mode: 'ssh', shows: { cert: 's', ...unprivileged(1), ...os(1, 'a') }, is: '1 machine-id' },
    { by: 'a', shows: A, is: '1 cert' },
    { by: 'a', shows: { ...A, macs: ['b0:7b:25:00:00:0a'] }, is: '1 cert' },
    { by: 's', mode: 'ssh', shows: { cert: 's', ...unprivileged(1), macs: ['b0:7b:25:00:00:0a'], ...os(1, 'a') }, is: '1 cert' },
    { by: 'a', shows: { ...A, macs: ['b0:7b:25:00:00:0a'] }, is: '1 cert' },
  ],
  [
    'ssh as a user came first, and cannot tell what kind of host it is',
    { by: 's', mode: 'ssh', kind: 'unknown', shows: { cert: 's', ...unprivileged(1), ...os(1, 'a') }, is: '1 new' },
    { by: 'a', shows: A, is: '1 machine-id' },
    { by: 's', mode: 'ssh', kind: 'unknown', shows: { cert: 's', ...unprivileged(1), ...os(1, 'a') }, is: '1 cert' },
    { by: 'v', kind: 'vm', shows: { cert: 'v', ...vm(3), ...os(3, 'v'), serial: A.serial }, is: '2 new' },
    { by: 'a2', shows: { ...onlyOf(A, 'vendor', 'product', 'serial'), cert: 'a2', hostname: 'a' }, is: '1 serial' },
  ],
]

onEveryDatabase('life stories', (database) => {
  for (const [what, ...steps] of STORIES) {
    test(what, async () => {
      const ingest = ingestOn(await database.open())
      /** Asset ids as the cert files keep them. */
      const files = new Map<string, string | null>()
      const assets: string[] = []
      let seq = 0
      for (const [at, { by, shows, is, kind = 'physical', mode = 'agent', copyOf = by }] of steps.entries()) {
        const data = { model: `M${seq}`, owners: [], parts: [] }
        const [answer] = await ingest.submit([
          reportOf({
            seq: ++seq,
            sections: { gadget: okSection(data) },
            collector: { version: '0.0.0', mode, name: by },
            identity: { name: by, kind, assetId: files.get(copyOf) ?? null, evidence: shows },
          }),
        ])
        const { identity, matchedBy, warnings } = answer!
        const assetId = identity?.assetId ?? ''
        if (!assets.includes(assetId)) assets.push(assetId)
        files.set(by, assetId)
        assert.equal(`${assets.indexOf(assetId) + 1} ${matchedBy}`, is, `report ${at + 1}: ${warnings.join('\n')}`)
      }
      await ingest.close()
    })
  }
})

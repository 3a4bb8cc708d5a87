import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Evidence as WireEvidence } from '../../cmdb-api/contract.ts'
import { evidenceOf, type Evidence } from '../../plugins/evidence.ts'
import { fingerprints } from '../../plugins/host-keys.ts'
import type { RawAnswer } from '../../plugins/answer.ts'
import { readFolder } from '../../plugins/capture.ts'
import { canIdentify, macCanIdentify } from '../../plugins/formats/placeholders.ts'
import type { Capture } from '../../plugins/frames.ts'
import { scratch } from '../collector/scratch.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures')

/** One host from what was recorded for several plugins, and from texts of its own. */
function hostOf(fixtures: readonly string[], texts: Readonly<Record<string, string>> = {}): Capture {
  const recorded = fixtures.map((one) => readFolder(join(FIXTURES, one)).probes)
  const own = Object.entries(texts).map(([name, stdout]): [string, RawAnswer] => [name, { exit: 0, stdout, stderr: '' }])
  return { complete: true, probes: Object.assign({}, ...recorded, Object.fromEntries(own)) as Capture['probes'] }
}

/** A line of `grep -H`. */
const dmi = (file: string, value: string): string => `/sys/class/dmi/id/${file}:${value}`

/** A string in the encoding of RFC 4251. */
const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])

const MACHINE_ID = '3d1219c7c4c5404aaa1f6d2a48adfda4'
const UNAME = 'Linux web-01 6.1.0-18-amd64 x86_64\n'

test('a server is told by its system, its network hardware, its disks and its own texts', () => {
  const host = hostOf(
    [
      'basic/rocky-9--selinux-bare-metal',
      'disk/debian-12--sata-nvme-usb',
      'nic/rhel-9--bond-vlan-bridge',
      'board/rhel-9--blade-raw-tables',
    ],
    { 'machine-id': `${MACHINE_ID}\n`, 'uname-fields': UNAME },
  )
  const { kind, evidence } = evidenceOf(host)
  assert.equal(kind, 'physical')
  const { macs, diskSerials, ...rest } = evidence
  assert.deepEqual(rest, {
    machineId: MACHINE_ID,
    hostname: 'web-01',
    vendor: 'HPE',
    product: 'ProLiant BL460c Gen10',
    serial: 'CZ29140X7Q',
    systemUuid: '50313638-3434-435a-3239-31343037424c',
    boardSerial: 'PWQKQ0BRHC91AB',
    chassisSerial: 'CZ29140X7Q',
  })
  assert.ok((macs?.length ?? 0) >= 2)
  assert.ok((diskSerials?.length ?? 0) >= 2)
})

test("a container's hardware is its parent's, and no evidence of its own", () => {
  const host = hostOf(
    ['disk/debian-12--sata-nvme-usb', 'nic/rhel-9--bond-vlan-bridge', 'board/rhel-9--blade-raw-tables', 'basic/alpine-3.20--lxc'],
    { 'machine-id': MACHINE_ID, 'uname-fields': UNAME, 'cloud-instance-id': 'i-0a1b2c3d4e5f67890\n' },
  )
  assert.deepEqual(evidenceOf(host), {
    kind: 'container',
    evidence: { machineId: MACHINE_ID, hostname: 'web-01', cloudInstanceId: 'i-0a1b2c3d4e5f67890' },
  })
})

test('a host that says nothing has no evidence, and is of unknown kind', () => {
  assert.deepEqual(evidenceOf({ complete: false, probes: {} }), { kind: 'unknown', evidence: {} })
})

test('the id of D-Bus stands in for a machine-id that is missing, empty or not made yet', () => {
  for (const first of ['', 'uninitialized\n', `${'0'.repeat(32)}\n`, 'not an id']) {
    const { evidence } = evidenceOf(hostOf([], { 'machine-id': first, 'dbus-machine-id': `${MACHINE_ID}\n` }))
    assert.equal(evidence.machineId, MACHINE_ID, JSON.stringify(first))
  }
})

test('an image of cloud-init without a cloud has no instance id', () => {
  assert.deepEqual(evidenceOf(hostOf([], { 'cloud-instance-id': 'iid-datasource-none\n' })).evidence, {})
})

test('garbage in every probe is no evidence and no error', () => {
  const garbage = Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256)).toString('utf8')
  for (const text of [garbage, '\0'.repeat(500), ':'.repeat(500), `${'a=b '.repeat(500)}\n`, '{"a":'.repeat(300)]) {
    const probes = new Proxy<Record<string, RawAnswer>>({}, { get: () => ({ exit: 0, stdout: text, stderr: '' }) })
    const { evidence } = evidenceOf({ complete: true, probes })
    assert.equal(evidence.machineId, undefined)
    assert.ok(Object.values(evidence).every((value) => value.length <= 1024))
  }
})

test('a serial number that repeats another name of the host is none', () => {
  const lines = [
    dmi('sys_vendor', 'Contoso'),
    dmi('product_name', 'CX-2000'),
    dmi('product_serial', 'CX-2000'),
    dmi('board_serial', 'web-01'),
  ]
  const { evidence } = evidenceOf(hostOf([], { 'sysfs-dmi': `${lines.join('\n')}\n`, 'uname-fields': UNAME }))
  assert.deepEqual(evidence, { hostname: 'web-01', vendor: 'Contoso', product: 'CX-2000' })
})

test(
  'fingerprints are those that ssh-keygen prints',
  { skip: spawnSync('ssh-keygen', ['-?']).error !== undefined && 'ssh-keygen is not installed' },
  (t) => {
    const file = join(scratch(t), 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
    const [printed] = /SHA256:\S+/.exec(execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' })) ?? []
    assert.deepEqual(fingerprints(readFileSync(`${file}.pub`, 'utf8')), [printed])
  },
)

test('a host key is told by its fingerprint; comments, private keys and broken lines are passed over', () => {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.from(x, 'base64url'))]).toString('base64')
  const text = `# keys\nssh-ed25519 ${blob} root@web-01\nssh-rsa ${blob}\nssh-ed25519 AAAA\n-----BEGIN OPENSSH PRIVATE KEY-----\n`
  const found = fingerprints(text)
  assert.equal(found.length, 1)
  assert.match(found[0]!, /^SHA256:[A-Za-z0-9+/]{43}$/)
})

const SERIALS: readonly (readonly [value: string, canIdentify: boolean])[] = [
  ['CZ29140X7Q', true],
  ['VMware-56 4d 1c 3a 7f 22 11 08-9a 1b 5c 44 2d 6e 0f 31', true],
  ['5CD8264ZPL', true],
  ['BSN12345678901234567', true],
  ['To Be Filled By O.E.M.', false],
  ['Default string', false],
  ['System Serial Number', false],
  ['0123456789', false],
  ['123456789000', false],
  ['12345', false],
  ['987654321', false],
  ['1234567890123456', false],
  ['0000000000', false],
  ['10010110', false],
  ['NNNNNNN', false],
  ['..................', false],
  ['1.0', false],
  ['A12', false],
  ['VMware', false],
  ['QM00001', false],
  ['SN-12345', false],
]
for (const [value, expected] of SERIALS) {
  test(`${value} ${expected ? 'can' : 'cannot'} identify a host`, () => assert.equal(canIdentify(value), expected))
}

test('multicast addresses, and those that software gives everywhere, identify no host', () => {
  for (const mac of ['3c:fd:fe:12:34:56', '52:54:00:ab:cd:ef']) assert.equal(macCanIdentify(mac), true, mac)
  for (const mac of ['02:42:ac:11:00:02', '01:00:5e:00:00:01', '00:00:5e:00:01:0a', '0a:00:27:00:00:00', '00:00:00:00:00:00', 'x'])
    assert.equal(macCanIdentify(mac), false, mac)
})

test('the evidence that is gathered is the evidence that the wire takes, but for the cert', () => {
  type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
  const same: Same<Required<Evidence>, Required<Omit<WireEvidence, 'cert'>>> = true
  assert.ok(same)
})

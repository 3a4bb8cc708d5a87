import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffSection, type FieldChange } from '../../cmdb-api/diff.ts'
import { judge, type Answer } from '../../plugins/answer.ts'
import nic, { permanentMacs } from '../../plugins/builtin/nic.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import type { Fields } from '../../plugins/items.ts'
import { recordedOf } from './recorded.ts'

const fixtures = new Map(recordedOf('nic').map(({ name, capture }) => [name, capture]))
const server = fixtures.get('rhel-9--bond-vlan-bridge')!

test('containers, leases, privacy addresses, random addresses and a link that is down are no change', () => {
  assert.deepEqual(changes(server, fixtures.get('rhel-9--bond-vlan-bridge-later')!), [])
})

test('an interface that is added is one addition, its MTU one change, and gone it is one removal', () => {
  const added = edited(server, (text, probe) => (probe === 'ip-d-addr' ? text + MACVLAN : text))
  const changed = edited(added, (text) =>
    text.replace('mv0@bond0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500', 'mv0@bond0: <BROADCAST,UP> mtu 1400'),
  )
  assert.deepEqual(changes(server, added).map(brief), ['added name=mv0'])
  assert.deepEqual(changes(added, changed).map(brief), ['changed name=mv0 mtu 1500 1400'])
  assert.deepEqual(changes(changed, server).map(brief), ['removed name=mv0'])
})

test('a NIC that leaves its bond says none, and the bond has a member less', () => {
  const left = edited(server, (text) =>
    text.replace(
      'mq master bond0 state UP group default qlen 1000\n    link/ether 3c:fd:fe:a1:00:10 brd ff:ff:ff:ff:ff:ff permaddr',
      'mq state UP\n    link/ether 3c:fd:fe:a1:00:11 brd ff:ff:ff:ff:ff:ff',
    ),
  )
  assert.deepEqual(changes(server, left).map(brief), [
    'changed name=bond0 members ["eno1","eno2"] ["eno1"]',
    'changed permanentMac=3c:fd:fe:a1:00:11 mac "3c:fd:fe:a1:00:10" "3c:fd:fe:a1:00:11"',
    'changed permanentMac=3c:fd:fe:a1:00:11 master "bond0" "none"',
  ])
})

test('another NIC in the same slot is one removal and one addition', () => {
  const swapped = edited(server, (text) => text.replaceAll('3c:fd:fe:a1:00:11', '3c:fd:fe:bb:07:42'))
  assert.deepEqual(changes(server, swapped).map(brief).toSorted(), [
    'added permanentMac=3c:fd:fe:bb:07:42',
    'removed permanentMac=3c:fd:fe:a1:00:11',
  ])
})

test('a renamed NIC is the same NIC', () => {
  const host = fixtures.get('alpine-3.20--busybox-ip')!
  const renamed = edited(host, (text) => text.replaceAll(/\beth0\b(?!\.)/g, 'lan0'))
  assert.deepEqual(changes(host, renamed).map(brief), [
    'changed name=eth0.30 parent "eth0" "lan0"',
    'changed permanentMac=52:54:00:7e:31:aa name "eth0" "lan0"',
  ])
})

const IPV4: readonly (readonly [of: string, line: string, ipv4: readonly string[] | null])[] = [
  ['net-tools 1', 'inet addr:10.9.8.7  Bcast:10.9.8.255  Mask:255.255.255.0', ['10.9.8.7/24']],
  [
    'net-tools 1, a broadcast address that could be a mask',
    'inet addr:10.9.8.7  Bcast:255.255.255.255  Mask:255.255.252.0',
    ['10.9.8.7/22'],
  ],
  ['net-tools 2', 'inet 10.9.8.7  netmask 255.255.0.0  broadcast 10.9.255.255', ['10.9.8.7/16']],
  ['net-tools 2, a tunnel', 'inet 10.9.8.7  netmask 255.255.255.255  destination 10.9.8.6', ['10.9.8.7/32']],
  ['a tunnel without a mask', 'inet 10.9.8.7 --> 10.9.8.6', ['10.9.8.7/32']],
  ['a mask in hex', 'inet 10.9.8.7 netmask 0xfffffe00 broadcast 10.9.9.255', ['10.9.8.7/23']],
  ['a prefix', 'inet 10.9.8.7/20 broadcast 10.9.15.255', ['10.9.8.7/20']],
  ['no mask', 'inet 10.9.8.7', ['10.9.8.7']],
  ['a mask that is none', 'inet 10.9.8.7 netmask 255.0.255.0', ['10.9.8.7']],
  ['German', 'inet Adresse:10.9.8.7  Bcast:10.9.8.255  Maske:255.255.255.0', ['10.9.8.7/24']],
  ['French', 'inet adr:10.9.8.7  Bcast:10.9.8.255  Masque:255.255.255.0', ['10.9.8.7/24']],
  ['Portuguese', 'inet end.: 10.9.8.7  Bcast:10.9.8.255  Masc:255.255.255.0', ['10.9.8.7/24']],
  ['Spanish', 'Direc. inet:10.9.8.7  Difus.:10.9.8.255  Másc:255.255.255.0', ['10.9.8.7/24']],
  ['Chinese', 'inet 地址:10.9.8.7  广播:10.9.8.255  掩码:255.255.255.0', ['10.9.8.7/24']],
  ['Japanese', 'inetアドレス:10.9.8.7 ブロードキャスト:10.9.8.255  マスク:255.255.255.0', ['10.9.8.7/24']],
  ['what is not understood', 'inet a.b.c.d', null],
]

for (const [of, line, ipv4] of IPV4) {
  test(`ifconfig, an address of ${of}`, () => {
    const [link] = data({ probes: { ifconfig: recorded(['em1: flags=8843<UP>  mtu 1500', `        ${line}`]) }, complete: true })[
      'interfaces'
    ] as Fields[]
    assert.deepEqual(link!['ipv4'], ipv4)
  })
}

const HEADS: readonly (readonly [of: string, head: string, ipv6: string])[] = [
  ['English', 'eth0      Link encap:Ethernet  HWaddr 3C:FD:FE:A1:00:10  ', 'inet6 addr: fe80::3efd:feff:fea1:10/64 Scope:Link'],
  [
    'German',
    'eth0      Link encap:Ethernet  Hardware Adresse 3c:fd:fe:a1:00:10  ',
    'inet6-Adresse: fe80::3efd:feff:fea1:10/64 Gültigkeitsbereich:Verbindung',
  ],
  [
    'an older German',
    'eth0      Protokoll:Ethernet  Hardware Adresse 3C:FD:FE:A1:00:10  ',
    'inet6 Adresse: fe80::3efd:feff:fea1:10/64 Bereich:Verbindung',
  ],
  ['French', 'eth0      Lien encap:Ethernet  HWaddr 3C:FD:FE:A1:00:10  ', 'adr inet6: fe80::3efd:feff:fea1:10/64 Scope:Lien'],
  [
    'Spanish',
    'eth0      Link encap:Ethernet  direcciónHW 3c:fd:fe:a1:00:10  ',
    'Dirección inet6: fe80::3efd:feff:fea1:10/64 Alcance:Enlace',
  ],
  [
    'Japanese',
    'eth0      リンク方法:イーサネット  ハードウェアアドレス 3c:fd:fe:a1:00:10',
    'inet6アドレス: fe80::3efd:feff:fea1:10/64 範囲:リンク',
  ],
]

for (const [of, head, ipv6] of HEADS) {
  test(`ifconfig in ${of}`, () => {
    const text = [
      head,
      `          ${ipv6}`,
      '          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1',
      '',
      'eth9: error fetching interface information: Device not found',
    ]
    const links = data({ probes: { ifconfig: recorded(text) }, complete: true })['interfaces'] as Fields[]
    assert.deepEqual(
      links.map(({ name, mac, ipv6: found, mtu }) => [name, mac, found, mtu]),
      [['eth0', '3c:fd:fe:a1:00:10', ['fe80::3efd:feff:fea1:10/64'], 1500]],
    )
  })
}

test('without an answer about addresses nothing is said of them', () => {
  const probes = { ...server.probes, 'ip-d-addr': { exit: 'timeout', stdout: '', stderr: '' } as const }
  const { interfaces } = data({ ...server, probes })
  assert.deepEqual([...new Set((interfaces as Fields[]).map(({ ipv4 }) => ipv4))], [null])
  assert.deepEqual(changes(server, { ...server, probes }), [])
})

test('an Azure fast path has no address of its own', () => {
  const ip = [
    '1: eth0: <UP> mtu 1500',
    '    link/ether 00:0d:3a:11:22:33',
    '2: enP1s1: <UP> mtu 1500 master eth0',
    '    link/ether 00:0d:3a:11:22:33',
  ]
  const sysfs = ['eth0', 'enP1s1'].flatMap((name) =>
    ['address:00:0d:3a:11:22:33', 'addr_assign_type:0', 'addr_len:6'].map(
      (line) => `/sys/devices/pci0000:00/0000:00:02.0/net/${name}/${line}`,
    ),
  )
  const capture: Capture = { probes: { 'ip-addr': recorded(ip), 'sysfs-net': recorded(sysfs) }, complete: true }
  assert.deepEqual(
    (data(capture)['interfaces'] as Fields[]).map(({ name, permanentMac }) => [name, permanentMac]),
    [
      ['enP1s1', null],
      ['eth0', '00:0d:3a:11:22:33'],
    ],
  )
})

test('evidence is the hardware of the machine itself: no USB, no virtual function, no address that somebody chose', () => {
  assert.deepEqual(permanentMacs(answersOf(server)), ['3c:fd:fe:a1:00:10', '3c:fd:fe:a1:00:11'])
  const chosen = edited(fixtures.get('alpine-3.20--busybox-ip')!, (text) => text.replaceAll('52:54:00:7e:31:aa', '02:fc:00:00:00:01'))
  assert.deepEqual(permanentMacs(answersOf(chosen)), [])
})

const MACVLAN = `60: mv0@bond0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default
    link/ether 6e:10:00:00:00:07 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 9000
    macvlan mode bridge numtxqueues 1 numrxqueues 1
    inet 10.20.0.77/24 scope global mv0
`

function recorded(lines: readonly string[]) {
  return { exit: 0, stdout: `${lines.join('\n')}\n`, stderr: '' }
}

function edited(capture: Capture, edit: (text: string, probe: string) => string): Capture {
  const probes = Object.entries(capture.probes).map(([name, raw]) => [name, { ...raw, stdout: edit(raw.stdout, name) }] as const)
  return { ...capture, probes: Object.fromEntries(probes) }
}

function data(capture: Capture): Fields {
  const section = evaluate(nic, capture)
  assert.equal(section.status, 'ok')
  return section.status === 'ok' ? section.data : {}
}

function changes(before: Capture, after: Capture): readonly FieldChange[] {
  return diffSection(nic.keys, data(before), data(after)).changes
}

function brief({ op, item, field, old, new: now }: FieldChange): string {
  return field === null ? `${op} ${item}` : `${op} ${item} ${field} ${JSON.stringify(old)} ${JSON.stringify(now)}`
}

function answersOf(capture: Capture): Parameters<typeof permanentMacs>[0] {
  const answers = Object.entries(nic.probes).map(([name, probe]): [string, Answer] => [name, judge(probe, capture.probes[name])])
  return Object.fromEntries(answers) as Parameters<typeof permanentMacs>[0] // One answer for each probe of the plugin.
}

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { evidenceOf } from '../../plugins/evidence.ts'
import { prepare } from '../../collector/job.ts'
import { startLocal } from '../../collector/local-runner.ts'
import { scrub } from '../../collector/scrub.ts'
import { bytesOf as bytesOfAddress } from '../../collector/scrub/addresses.ts'
import { standIns } from '../../collector/scrub/stand-ins.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import { accounts } from '../../plugins/formats/passwd.ts'
import { tableStructures } from '../../plugins/formats/smbios-tables.ts'
import type { Capture } from '../../plugins/frames.ts'
import { BUILTINS } from '../../plugins/index.ts'
import { builtinPlugins, recordedOf } from '../plugins/recorded.ts'
import { bytesOf, tableOf, tablesText } from '../plugins/smbios-table.ts'

const plugins = await builtinPlugins()
const numRuns = process.env['ROLLCALL_TEST_DEEP'] === '1' ? 300 : 60

describe('a scrubbed recording', () => {
  test('holds nothing of this machine, and reads as before', async () => {
    const capture = await startLocal()(prepare(plugins))
    const scrubbed = scrub(capture, { salt: 'a', plugins })
    const left = textsOf(scrubbed)
    for (const own of ownValues()) assert.ok(!left.includes(own), `${own} is still in it`)
    assert.doesNotMatch(scrubbed.probes['uname-fields']!.stdout, new RegExp(` ${hostname()} `))
    assert.deepEqual(shapesOf(scrubbed), shapesOf(capture))
  })

  test('keeps the shape of every recorded host', () => {
    const hosts = Object.keys(BUILTINS).flatMap(recordedOf)
    fc.assert(
      fc.property(fc.constantFrom(...hosts), fc.string(), ({ capture }, salt) => {
        assert.deepEqual(shapesOf(scrub(capture, { salt, plugins })), shapesOf(capture))
      }),
      { numRuns },
    )
  })

  test('holds none of the secrets of a written host, and all of its facts', () => {
    const scrubbed = textsOf(scrub(HOST, { salt: 'a', plugins })).toLowerCase()
    assert.deepEqual(
      SECRETS.filter((secret) => scrubbed.includes(secret.toLowerCase())),
      [],
    )
    assert.deepEqual(
      FACTS.filter((fact) => !scrubbed.includes(fact.toLowerCase())),
      [],
    )
  })

  test('gives a value the same stand-in wherever it is found', () => {
    const { probes } = scrub(HOST, { salt: 'a', plugins })
    const mac = /ether (\S+) /.exec(probes['ip-d-addr']!.stdout)![1]!
    assert.match(mac, /^3c:ec:ef:/, 'the maker stays')
    assert.ok(probes['ip-d-addr']!.stdout.includes(`enx${mac.replaceAll(':', '')}:`))
    assert.equal(/inet6 fe80::3eec:efff:fe(\S+)\//.exec(probes['ip-d-addr']!.stdout)![1], mac.slice(9, 12) + mac.slice(12).replace(':', ''))
    const serial = /\/serial:(\S+)/.exec(probes['sysfs-block']!.stdout)![1]!
    assert.ok(probes['udev-block']!.stdout.includes(`_${serial}\n`))
    const host = probes['uname-fields']!.stdout.split(' ')[1]!
    assert.match(probes['etc-hosts']!.stdout, new RegExp(`^\\S+ ${host}\\.\\S+ ${host}$`, 'm'))
    const user = probes['etc-passwd']!.stdout.split('\n')[1]!.split(':')
    assert.equal(user[5], `/home/${user[0]}`)
  })

  test('has other stand-ins than the next recording, and the same with the same salt', () => {
    const [one, again, other] = ['a', 'a', 'b'].map((salt) => scrub(HOST, { salt, plugins }))
    assert.deepEqual(one, again)
    const invented = [...wordsOf(one!)].filter((word) => !wordsOf(HOST).has(word))
    const shared = invented.filter((word) => word.length > 3 && wordsOf(other!).has(word))
    assert.ok(invented.length > 20)
    assert.deepEqual(shared, [])
  })
})

describe('SMBIOS tables', () => {
  const UUID = [0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xf0, 0x0f]
  const table = tableOf([
    { type: 1, body: ['Dell Inc.', 'PowerEdge R640', '', '7XK2P53', ...UUID, 6, '', ''] },
    { type: 11, body: [1, 'io.systemd.credential:root.password=swordfish'] },
    { type: 17, body: [...bytesOf(0, 19), 'Samsung', '36F1A2C9', '', ''] },
  ])

  for (const [way, text] of [
    ['base64', tablesText(table)],
    ['hex', asHex(tablesText(table))],
  ] as const) {
    test(`are scrubbed inside (${way})`, () => {
      const { stdout } = scrub({ probes: { 'dmi-tables': good(text) }, complete: true }, { salt: 'a', plugins }).probes['dmi-tables']!
      const before = tableStructures(text)
      const after = tableStructures(stdout)
      assert.equal(stdout.length, text.length)
      assert.deepEqual(
        after.map(({ type, fields }) => [type, [...fields.keys()]]),
        before.map(({ type, fields }) => [type, [...fields.keys()]]),
      )
      const [system, module] = after.map(({ fields }) => fields)
      assert.equal(system!.get('Product Name'), 'PowerEdge R640')
      assert.match(system!.get('Serial Number')!, /^\d[A-Z]{2}\d[A-Z]\d\d$/)
      assert.notEqual(system!.get('Serial Number'), '7XK2P53')
      assert.notEqual(system!.get('UUID'), before[0]!.fields.get('UUID'))
      assert.notEqual(module!.get('Serial Number'), '36F1A2C9')
      const bytes = Buffer.from(stdout.split('DMI\n')[1]!.replaceAll(/\s/g, ''), way === 'hex' ? 'hex' : 'base64').toString('latin1')
      assert.doesNotMatch(bytes, /swordfish/)
    })
  }
})

describe('addresses', () => {
  const octet = fc.nat(255)

  for (const [kind, address, form] of [
    ['private', '10.1.2.3', /^10\./],
    ['private', '172.20.2.3', /^172\.(?:1[6-9]|2\d|3[01])\./],
    ['private', '192.168.7.3', /^192\.168\./],
    ['unique local', 'fd12:3456::9', /^f[cd]/],
    ['link-local', 'fe80::9', /^fe80::/],
    ['global', '2001:db8::9', /^[23]/],
    ['mapped', '::ffff:10.1.2.3', /^::ffff:10\./],
  ] as const) {
    test(`${address} stays ${kind} and becomes another`, () => {
      assert.match(standIns('a').address(address), form)
      assert.notEqual(standIns('a').address(address), address)
    })
  }

  for (const address of ['0.0.0.0', '127.0.1.1', '169.254.169.254', '224.0.0.251', '255.255.240.0', '::', '::1', 'ff02::fb'])
    test(`${address} is nobody's own`, () => assert.equal(standIns('a').address(address), address))

  test('of one network stay in one, and no two become one', () => {
    fc.assert(
      fc.property(fc.string(), fc.tuple(octet, octet, octet), fc.tuple(octet, octet, octet), (salt, a, b) => {
        const [one, other] = [`10.${a.join('.')}`, `10.${b.join('.')}`]
        const { address } = standIns(salt)
        assert.equal(sharedBits(address(one), address(other)), sharedBits(one, other))
      }),
      { numRuns },
    )
  })
})

const good = (stdout: string) => ({ exit: 0, stdout, stderr: '' })

const HOST: Capture = {
  complete: true,
  probes: {
    'uname-fields': good('Linux atlas-07 6.1.0-18-amd64 x86_64\n'),
    'etc-hosts': good('127.0.0.1 localhost\n10.20.30.40 atlas-07.corp.example atlas-07\n'),
    'etc-resolv-conf': good('search corp.example\nnameserver 10.20.0.53\n'),
    'etc-passwd': good('root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000:Alice Liddell,R 42,+49 30 1234567:/home/alice:/bin/bash\n'),
    'etc-group': good('root:x:0:\nsudo:x:27:alice\nalice:x:1000:\n'),
    'machine-id': good('0d6f8b0c3f1e4a5b9c7d2e1f0a9b8c7d\n'),
    'boot-id': good('7a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d\n'),
    'cloud-instance-id': good('i-0abcd1234ef567890\n'),
    'ssh-host-keys': good('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8mSgXyLzqYQ0Hn2Vb5rUe3wKcT7oPd1aNfGxMiZkLs root@atlas-07\n'),
    'ip-d-addr': good(`2: enx3cecef0a1b2c: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
    link/ether 3c:ec:ef:0a:1b:2c brd ff:ff:ff:ff:ff:ff
    inet 10.20.30.40/22 brd 10.20.31.255 scope global enx3cecef0a1b2c
       valid_lft forever preferred_lft forever
    inet6 fe80::3eec:efff:fe0a:1b2c/64 scope link
       valid_lft forever preferred_lft forever
`),
    'proc-net-route': good(
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t011E140A\t0003\t0\t0\t0\t00000000\n',
    ),
    'sysfs-block': good(
      '/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/dev:8:0\n/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/size:1000\n/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/serial:S3Z8NB0K512345\n/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/wwid:naa.5002538e40a1b2c3\n',
    ),
    'udev-block': good(
      '/run/udev/data/b8:0:E:ID_SERIAL=Samsung_SSD_860_EVO_S3Z8NB0K512345\n/run/udev/data/b8:0:E:ID_SERIAL_SHORT=S3Z8NB0K512345\n/run/udev/data/b8:0:E:ID_WWN=0x5002538e40a1b2c3\n/run/udev/data/b8:1:E:ID_FS_UUID=1A2B-3C4D\n',
    ),
    'dpkg-query': good(
      'install ok installed\tatlas-tools\t1.2.3.4-1\tall\tatlas\ninstall ok installed\tpython3-serial\t3.5-1.1\tall\tpyserial\n',
    ),
    mountinfo: good(
      '30 1 0:40 / /srv rw - nfs4 filer.corp.example:/export/home rw,addr=10.20.0.9\n31 1 0:41 / /win rw - cifs //winfiler/data rw,username=bob\n',
    ),
  },
}

const SECRETS = [
  'atlas-07',
  'corp.example',
  'alice',
  'liddell',
  '1234567',
  'filer',
  'winfiler',
  'bob\n',
  '10.20.',
  '011E140A',
  '0a:1b:2c',
  '0a1b2c',
  'fe0a:1b2c',
  '0d6f8b0c3f1e4a5b9c7d2e1f0a9b8c7d',
  '7a1b2c3d-4e5f',
  'i-0abcd1234ef567890',
  'J8mSgXyLzqYQ0Hn2Vb5rUe3wKcT7oPd1aNfGxMiZkLs',
  'S3Z8NB0K512345',
  '5002538e40a1b2c3',
  '1A2B-3C4D',
]
const FACTS = [
  'atlas-tools\t1.2.3.4-1',
  'python3-serial\t3.5-1.1',
  '6.1.0-18-amd64',
  'Samsung_SSD_860_EVO',
  'localhost',
  'sudo:x:27',
  '/bin/bash',
  'ssh-ed25519',
  '/22',
]

function textsOf({ probes }: Capture): string {
  return Object.values(probes)
    .map(({ stdout, stderr }) => `${stdout}\n${stderr}`)
    .join('\n')
}

/** What the system itself says of this machine, by other ways than our probes. Loopback and names of three letters are everybody's. */
function ownValues(): string[] {
  const links = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return [
    ...[hostname()].filter((name) => name.length > 3),
    ...links.filter(({ internal }) => !internal).flatMap(({ mac, address }) => [mac, address]),
    ...['/etc/machine-id', '/proc/sys/kernel/random/boot_id', '/sys/class/dmi/id/product_serial']
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8').trim()),
    ...accounts(readFileSync('/etc/passwd', 'utf8')).flatMap(({ name, uid }) => (uid >= 1000 && uid < 60_000 ? [`${name}:`] : [])),
  ].filter((value) => value.length > 3)
}

/** Statuses, lengths of lists, and which fields are known. */
function shapesOf(capture: Capture): unknown {
  const sections = plugins.map((plugin) => {
    const section = evaluate(plugin, capture)
    return [plugin.name, section.status === 'ok' ? shapeOf(section.data) : section.status]
  })
  return [...sections, shapeOf(evidenceOf(capture))]
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(shapeOf(one))).toSorted()
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? 'text' : value
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, shapeOf(one)]))
}

function wordsOf(capture: Capture): Set<string> {
  return new Set(textsOf(capture).split(/[\s:="]+/))
}

/** A table as `od` prints it, where there is no base64. */
function asHex(text: string): string {
  return text.replace(/^[A-Za-z0-9+/=]{8,}$/gm, (line) => Buffer.from(line, 'base64').toString('hex').replace(/../g, ' $&'))
}

/** Number of bits before the first one in which two addresses differ; -1 of one and the same. */
function sharedBits(a: string, b: string): number {
  const [one, other] = [a, b].map((address) => Array.from(bytesOfAddress(address), (byte) => byte.toString(2).padStart(8, '0')).join(''))
  return Array.from(one!).findIndex((bit, at) => bit !== other![at])
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { Report, Section } from '../../cmdb-api/contract.ts'
import { DEFAULTS } from '../../plugins/index.ts'
import { rollcallJson, type Surroundings } from '../cli/rollcall.ts'
import { scratch } from '../collector/scratch.ts'
import { FIXTURES } from '../plugins/recorded.ts'
import * as machine from './other-views.ts'
import { makeWorld, NO_WORLD } from './world.ts'

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
const NO_NOBODY =
  process.getuid?.() !== 0
    ? 'needs root, to become somebody else'
    : spawnSync(NOBODY[0]!, [
        ...NOBODY.slice(1),
        process.execPath,
        '-e',
        `require('fs').accessSync(${JSON.stringify(import.meta.filename)})`,
      ]).status !== 0 && 'nobody may not read this folder: clone it where everybody may'

/** A data folder that is not there: a collection that is not posted needs none, and makes none. */
const NOWHERE = join(tmpdir(), `rollcall-nowhere-${process.pid}`)

type Items = readonly Readonly<Record<string, unknown>>[]

describe('what is collected of this machine', () => {
  let report: Report
  before(async () => {
    report = await rollcallJson<Report>(['collect'], { data: NOWHERE, cwd: tmpdir() })
  })
  const data = (section: string) => report.sections[section]!.data!
  const items = (section: string, list: string) => (data(section) as Record<string, Items>)[list]!
  const volatile = (section: string) => report.sections[section]!.volatile as Readonly<Record<string, unknown>>

  test('comes in all sections, each ok, absent or denied', () => {
    assert.deepEqual(Object.keys(report.sections), DEFAULTS)
    assertSeen(report.sections)
    assert.equal(existsSync(NOWHERE), false)
  })

  test('is what /etc/os-release and uname say', () => {
    const { ID, NAME, VERSION_ID, PRETTY_NAME } = machine.osRelease()
    const [hostname, kernel, arch] = machine.uname()
    const { osId, osName, osVersion, osPrettyName, ...rest } = data('basic') as Record<string, unknown>
    assert.deepEqual([osId, osName, osVersion, osPrettyName], [ID, NAME, VERSION_ID ?? null, PRETTY_NAME])
    assert.deepEqual([rest['hostname'], rest['kernel'], rest['arch']], [hostname, kernel, arch])
  })

  test('is what lscpu says', { skip: needs('lscpu') }, () => {
    const { sockets, cores, threads, vendor, models } = data('cpu') as Record<string, unknown>
    const cpu = machine.lscpu()
    assert.deepEqual([sockets, cores, threads], [cpu.sockets, cpu.cores, cpu.threads])
    assert.deepEqual([vendor, models], [cpu.vendor, cpu.models.toSorted()])
  })

  test('is what free says', { skip: needs('free') }, () => {
    const { totalBytes, swapBytes } = machine.free()
    assert.equal(volatile('memory')['totalBytes'], totalBytes)
    assert.equal((data('memory') as Record<string, unknown>)['swapBytes'], swapBytes)
  })

  test('is what lsblk says', { skip: needs('lsblk') }, () => {
    const names = volatile('disk')['disks'] as Record<string, { name: string }>
    const found = items('disk', 'disks').map(({ serial, wwn, path, sizeBytes, removable }) => {
      const label = Object.keys(names).find((one) =>
        [`serial=${String(serial)}`, `wwn=${String(wwn)}`, `path=${String(path)}`].includes(one),
      )
      return { name: names[label!]?.name, sizeBytes, serial, removable }
    })
    // Without udev lsblk knows no serial numbers.
    const shown = machine.lsblk().map((disk) => ({ ...disk, serial: disk.serial ?? found.find(({ name }) => name === disk.name)?.serial }))
    assert.deepEqual(byName(found), byName(shown))
  })

  test('is what df says', { skip: needs('df') }, () => {
    const sizes = new Map(items('filesystem', 'filesystems').map(({ mountPoint, sizeBytes }) => [mountPoint, sizeBytes]))
    const shown = machine.df()
    assert.ok(shown.length > 0)
    for (const { mountPoint, sizeBytes } of shown) assert.equal(sizes.get(mountPoint), sizeBytes, mountPoint)
    assert.equal(sizes.size, shown.length)
  })

  test('is what ip says', { skip: needs('ip') }, () => {
    const found = items('nic', 'interfaces').map(({ name, mtu, ipv4, ipv6 }) => ({
      name: String(name),
      mtu,
      ipv4,
      ipv6: (ipv6 as string[]).filter((address) => !address.startsWith('fe80:')),
    }))
    const names = new Set(found.map(({ name }) => name))
    const shown = machine.ip()
    // The host ends of containers are left out, hardware never is.
    for (const { name } of shown) assert.ok(names.has(name) || !existsSync(`/sys/class/net/${name}/device`), name)
    assert.deepEqual(byName(found), byName(shown.filter(({ name }) => names.has(name))))
  })

  test('is what dpkg -l says', { skip: needs('dpkg') }, () => {
    const found = items('software', 'packages').map(({ name, version, arch }) => `${String(name)} ${String(version)} ${String(arch)}`)
    assert.deepEqual(found.toSorted(), machine.dpkg().toSorted())
  })
})

test('--plugin limits the sections, and wants names that there are', async (t) => {
  const { sections } = await rollcallJson<Report>(['collect', '--plugin', 'nic,disk'], { data: scratch(t) })
  assert.deepEqual(Object.keys(sections), ['nic', 'disk'])
})

test('as nobody, what needs root is denied or null, with the reason, and everything else still comes', { skip: NO_NOBODY }, async (t) => {
  const root: Surroundings = { data: scratch(t) }
  const data = join(root.data, 'nobody')
  mkdirSync(data)
  for (const folder of [root.data, data]) chmodSync(folder, 0o777)
  const nobody = { data, under: NOBODY }
  const [all, some] = await Promise.all([rollcallJson<Report>(['collect'], root), rollcallJson<Report>(['collect'], nobody)])
  assertSeen(some.sections)
  for (const [name, whole] of Object.entries(all.sections)) {
    const part = some.sections[name]!
    if (whole.status === 'ok' && part.status === 'denied') assert.ok(part.reason, name)
    else assert.equal(part.status, whole.status, name)
    if (part.status === 'ok') assertWithin(part.data!, whole.data!, name)
  }
  assert.equal(some.identity.evidence.machineId, all.identity.evidence.machineId)
  assert.equal(some.identity.kind, all.identity.kind)
})

test('as nobody, memory modules are null where SMBIOS tables are for root', { skip: NO_NOBODY || NO_WORLD }, async (t) => {
  const data = scratch(t)
  const { run, enter } = makeWorld(t)
  // The tables of a blade, where the kernel would show them; this machine may have none.
  const recorded = readFileSync(join(FIXTURES, 'memory/rhel-9--blade-raw-tables/dmi-tables.txt'), 'utf8')
  const [entry, table] = recorded.split(/smbios_entry_point|DMI/).slice(1)
  writeFileSync(join(data, 'smbios_entry_point'), Buffer.from(entry!, 'base64'))
  writeFileSync(join(data, 'DMI'), Buffer.from(table!, 'base64'))
  const tables = '/sys/firmware/dmi/tables'
  run('sh', '-c', `mount -t tmpfs fw /sys/firmware && mkdir -p ${tables} && cp ${data}/[sD]* ${tables} && chmod 400 ${tables}/*`)
  const here = { data: NOWHERE, cwd: tmpdir() }
  const memoryOf = async (under: readonly string[]) =>
    (await rollcallJson<Report>(['collect', '--plugin', 'memory'], { ...here, under })).sections['memory']!
  const [all, some] = await Promise.all([memoryOf(enter), memoryOf([...enter, ...NOBODY])])
  assert.ok(((all.data as Record<string, Items>)['modules'] ?? []).length > 0)
  assert.equal((some.data as Record<string, unknown>)['modules'], null)
  assert.match(some.reason ?? '', /dmi-tables: denied/)
  assertWithin(some.data!, all.data!, 'memory')
})

function needs(program: string): string | false {
  return spawnSync(program, ['--version']).error !== undefined && `needs ${program}`
}

function assertSeen(sections: Readonly<Record<string, Section>>): void {
  for (const [name, { status, reason }] of Object.entries(sections)) assert.match(status, /^(ok|absent|denied)$/, `${name}: ${reason}`)
}

/** Every value of a part is the whole's, or null: nothing is made up where something could not be seen. */
function assertWithin(part: unknown, whole: unknown, path: string): void {
  if (part === null || typeof part !== 'object') {
    if (part !== null) assert.equal(part, whole, path)
    return
  }
  assert.deepEqual(Object.keys(part), Object.keys(whole as object), path)
  for (const [key, value] of Object.entries(part)) assertWithin(value, (whole as Record<string, unknown>)[key], `${path}.${key}`)
}

function byName<T extends { readonly name?: unknown }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import raid from '../../plugins/builtin/raid.ts'
import { evaluate, type Section } from '../../plugins/evaluate.ts'
import type { RawAnswer } from '../../plugins/answer.ts'
import type { Fields } from '../../plugins/items.ts'
import { checkFor } from '../../plugins/validate.ts'
import { recordedOf, type Recorded } from './recorded.ts'

type Edit = (text: string, probe: string) => string

test('a disk that spins down, a battery that charges and a check that runs are no change', () => {
  const quiet = changes('centos-7--megacli', (text) =>
    text.replace('Online, Spun Up', 'Online, Spun down').replace('Current Cache Policy: WriteThrough', 'Current Cache Policy: WriteBack'),
  )
  assert.deepEqual(quiet, [])
  assert.deepEqual(
    changes('rhel-8--smart-array-ssacli', (text) => text.replace('Recharging', 'OK')),
    [],
  )
  assert.deepEqual(
    changes('ubuntu-22.04--sas3ircu-and-md', (text) =>
      text.replace('State : clean', 'State : active, checking').replaceAll('/dev/sda1', '/dev/sdq1').replace('8.1%', '61.9%'),
    ),
    [],
  )
})

test('a disk that fails is one change of its condition', () => {
  const found = changes('rhel-9--perc-perccli', (text) =>
    text.replace('"EID:Slt" : "64:1", "DID" : 1, "State" : "Onln"', '"EID:Slt" : "64:1", "DID" : 1, "State" : "UBad"'),
  )
  assert.deepEqual(found, ['changed physicalDisks controller+id=megaraid:0/64:1 condition: online > failed'])
})

test('another disk in the same bay is one removal and one addition', () => {
  const found = changes('debian-11--adaptec-arcconf', (text) =>
    text.replaceAll('ZZ20AAA3', 'ZZ20AAA9').replace('5000C500AA000003', '5000C500AA000009'),
  )
  assert.deepEqual(found.toSorted(), ['added physicalDisks serial=ZZ20AAA9', 'removed physicalDisks serial=ZZ20AAA3'])
})

test('an array that loses a device is degraded, and has one failed device more', () => {
  const found = changes('ubuntu-22.04--sas3ircu-and-md', (text) =>
    text
      .replace('State : clean ', 'State : clean, degraded ')
      .replace('Active Devices : 2', 'Active Devices : 1')
      .replace('Failed Devices : 0', 'Failed Devices : 1'),
  )
  const item = 'changed softwareArrays uuid=0a0b0c0d:11112222:33334444:5555aaaa'
  assert.deepEqual(found.toSorted(), [
    `${item} activeDevices: 2 > 1`,
    `${item} condition: optimal > degraded`,
    `${item} failedDevices: 0 > 1`,
  ])
})

test('a program that does not answer, or says nothing of disks, makes its lists unknown and not empty', () => {
  const { probes } = recordedOf('raid').find(({ name }) => name === 'centos-7--megacli')!.capture
  const outcomes: RawAnswer[] = [
    { exit: 'timeout', stdout: '', stderr: '' },
    { exit: 0, stdout: 'Segmentation fault\n', stderr: '' },
    { exit: 'denied', stdout: '', stderr: '' },
  ]
  for (const ssacli of outcomes)
    assert.equal(dataOf(evaluate(raid, { probes: { ...probes, ssacli }, complete: true }))['physicalDisks'], null)
  const none = { exit: 1, stdout: '\nError: No controllers detected. Possible causes:\n', stderr: '' }
  const both = evaluate(raid, { probes: { ...probes, ssacli: { ...none, exit: 0 } }, complete: true })
  assert.equal((dataOf(both)['physicalDisks'] as unknown[]).length, 3)
})

test('without a program, a controller on the bus is unknown, and no controller on the bus is none', () => {
  assert.equal(onBus('/sys/bus/pci/devices/0000:3b:00.0/class:0x010400\n')['controllers'], null)
  assert.deepEqual(onBus('')['controllers'], [])
})

test('/proc/mdstat tells of software arrays where mdadm is not installed; where it may not be run they are unknown', () => {
  const { probes } = recordedOf('raid').find(({ name }) => name === 'ubuntu-22.04--sas3ircu-and-md')!.capture
  const denied = { exit: 'denied', stdout: '', stderr: '' } as const
  const mdstat = probes['mdstat']!
  assert.equal(dataOf(evaluate(raid, { probes: { mdstat, 'mdadm-detail': denied }, complete: true }))['softwareArrays'], null)
  const data = dataOf(evaluate(raid, { probes: { mdstat, sas3ircu: denied }, complete: true }))
  assert.equal(data['physicalDisks'], null)
  assert.deepEqual(
    (data['softwareArrays'] as Fields[]).map(({ name, condition, uuid }) => [name, condition, uuid]),
    [
      ['md0', 'optimal', null],
      ['md1', 'degraded', null],
    ],
  )
})

test('a status of the device mapper that was cut in the middle is an array of which less is known, or none', () => {
  const status = 'vg-a: 0 8388608 raid raid1 2 AA 8388608/8388608 idle 0\nvg-b: 0 8388608 raid  2\nvg-c: 0 8388608 mirror -\n'
  const data = dataOf(evaluate(raid, { probes: { 'dm-dmsetup': { exit: 0, stdout: status, stderr: '' } }, complete: true }))
  assert.deepEqual(
    (data['softwareArrays'] as Fields[]).map(({ name, level }) => [name, level]),
    [['vg-a', 'raid1']],
  )
})

test('a level that every object of JavaScript knows is a level that nobody knows', () => {
  for (const level of ['constructor', 'valueof', '__proto__']) {
    const probes = {
      mdstat: answer(`md0 : active ${level} sda[0] sdb[1]\n      1046528 blocks [3/2] [UU_]\n`),
      'dm-dmsetup': answer(`vg-a: 0 8388608 raid ${level} 2 AA 8388608/8388608 idle 0\n`),
    }
    assert.equal(evaluate(raid, { probes, complete: true }, checkFor(raid)).status, 'ok', level)
  }
})

test('the container of a firmware array is inactive by nature, and not failed', () => {
  const mdstat = `Personalities : [raid1]
md126 : active raid1 sdb[1] sda[0]
      234428416 blocks super external:/md127/0 [2/2] [UU]

md127 : inactive sdb[1](S) sda[0](S)
      6306 blocks super external:imsm

unused devices: <none>
`
  const arrays = dataOf(evaluate(raid, { probes: { mdstat: { exit: 0, stdout: mdstat, stderr: '' } }, complete: true }))['softwareArrays']
  assert.deepEqual(
    (arrays as Fields[]).map(({ name, level, metadata, condition }) => [name, level, metadata, condition]),
    [
      ['md126', 'raid1', null, 'optimal'],
      ['md127', 'container', 'imsm', null],
    ],
  )
})

test('each controller that a program lists is asked, in every shell', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-raid-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // It answers `/c2/p0 show serial firmware` with its arguments, and lists what tw_cli lists.
  const stub = `#!/bin/sh
case "$*" in
show) printf 'Ctl Model\\n-----\\nc2 9650SE\\nc11 9750\\n';;
*drivestatus) printf 'Port Status\\np0 OK\\np1 OK\\n';;
*) echo "$@";;
esac
`
  writeFileSync(join(folder, 'tw_cli'), stub, { mode: 0o755 })
  const { sh } = raid.probes['tw-cli'] as { readonly sh: string } // As raid-probes.ts makes it.
  for (const shell of ['dash', 'bash', 'busybox'].filter((name) => spawnSync(name, ['true']).error === undefined)) {
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
    const { stdout, status } = spawnSync(shell, shell === 'busybox' ? ['ash', '-c', sh] : ['-c', sh], { encoding: 'utf8', env })
    assert.equal(status, 0, shell)
    const asked = stdout.split('\n').filter((line) => line.startsWith('/') || line.startsWith('#'))
    assert.deepEqual(asked, ['c2', 'c11'].flatMap(askedOf), shell)
  }
})

test('storcli is asked for disks behind no enclosure too, and storcli2 beside it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-raid-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const program of ['storcli64', 'perccli2'])
    writeFileSync(join(folder, program), `#!/bin/sh\necho "${program} $*"\n`, { mode: 0o755 })
  const asked = ['storcli', 'storcli2'].flatMap((name) => {
    const { sh } = raid.probes[name as 'storcli'] as { readonly sh: string } // As raid-probes.ts makes both.
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
    return spawnSync('sh', ['-c', sh], { encoding: 'utf8', env }).stdout.trim().split('\n')
  })
  const all = ['/call', '/call/eall/sall', '/call/sall', '/call/vall'].map((what) => `${what} show all J nolog`)
  assert.deepEqual(asked, [...all.map((line) => `storcli64 ${line}`), 'perccli2 show J nolog', ...all.map((line) => `perccli2 ${line}`)])
})

test('storcli2 tells of controllers that storcli cannot see, with the same numbers', () => {
  const [{ capture: old }, { capture: recent }] = ['rhel-9--perc-perccli', 'rhel-9--perccli2'].map((fixture) =>
    recordedOf('raid').find(({ name }) => name === fixture)!,
  ) as [Recorded, Recorded] // One for each name.
  const [storcli, storcli2] = [old.probes['storcli']!, recent.probes['storcli2']!]
  const none = answer('{\n"Controllers":[{"Command Status":{"Status":"Failure","Description":"No Controller found"}}]\n}\n')
  const none2 = answer('{\n"Controllers":[{"Command Status":{"Status":"Success"},"Response Data":{"Number of Controllers" : 0}}]\n}\n')
  assert.deepEqual(idsOf({ storcli, storcli2 }), ['mpi3mr:0', 'megaraid:0'])
  assert.deepEqual(idsOf({ storcli: none, storcli2 }), ['mpi3mr:0'])
  assert.deepEqual(idsOf({ storcli, storcli2: none2 }), ['megaraid:0'])
  assert.deepEqual(idsOf({ storcli: none, storcli2: none2 }), [])
})

function idsOf(probes: Record<string, RawAnswer>): unknown {
  return (dataOf(evaluate(raid, { probes, complete: true }))['controllers'] as Fields[] | null)?.map(({ id }) => id)
}

function answer(stdout: string): RawAnswer {
  return { exit: 0, stdout, stderr: '' }
}

function askedOf(card: string): string[] {
  return [`# /${card}`, `/${card} show all`, ...['p0', 'p1'].map((port) => `/${card}/${port} show serial firmware`)]
}

function onBus(stdout: string): Fields {
  return dataOf(evaluate(raid, { probes: { 'raid-pci': { exit: 0, stdout, stderr: '' } }, complete: true }))
}

function changes(fixture: string, edit: Edit): string[] {
  const { capture } = recordedOf('raid').find(({ name }) => name === fixture)!
  const edited = Object.entries(capture.probes).map(([name, raw]) => [name, { ...raw, stdout: edit(raw.stdout, name) }] as const)
  const before = dataOf(evaluate(raid, capture))
  const after = dataOf(evaluate(raid, { probes: Object.fromEntries(edited), complete: true }))
  return diffSection(raid.keys, before, after).changes.map(({ op, list, item, field, old, new: now }) =>
    op === 'changed' ? `${op} ${list} ${item} ${field}: ${String(old)} > ${String(now)}` : `${op} ${list} ${item}`,
  )
}

function dataOf(section: Section): Fields {
  assert.equal(section.status, 'ok')
  return section.status === 'ok' ? section.data : {}
}

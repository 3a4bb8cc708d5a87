import assert from 'node:assert/strict'
import { test } from 'node:test'
import lvm from '../../plugins/builtin/lvm.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import type { Item } from '../../plugins/items.ts'
import { recordedOf } from './recorded.ts'

const host = recordedOf('lvm').find(({ name }) => name === 'rhel-9--thin-pool-and-snapshot')!.capture

test('a volume without UUID goes by its group and name, and without either by nothing', () => {
  const named = added(
    'lvs',
    '|home|rl|-wi-ao----|1073741824|/dev/rl/home|linear|||',
    '|home|rl|-wi-ao----|1073741824|/dev/rl/home|linear|||',
  )
  assert.equal(count(named, 'logicalVolumes'), count(host, 'logicalVolumes') + 1)
  assert.equal(count(added('lvs', '|home||-wi-ao----|1073741824||linear|||'), 'logicalVolumes'), count(host, 'logicalVolumes'))
})

test('a device that could become a physical volume is none yet', () => {
  assert.equal(count(added('pvs', '|/dev/sdx|||---|0|0', 'none|/dev/sdy|||---|0|0'), 'physicalVolumes'), count(host, 'physicalVolumes'))
})

test('two groups of one name, as after a disk of another host was put in, are two', () => {
  const other = '  zZ3bCf-6pQr-7sTu-8vWx-9yZa-0bCd-1eFgHi|rl|wz--n-|478888853504|248034361344|4194304'
  assert.equal(count(added('vgs', other), 'volumeGroups'), count(host, 'volumeGroups') + 1)
})

function added(probe: string, ...lines: readonly string[]): Capture {
  const raw = host.probes[probe]!
  return { ...host, probes: { ...host.probes, [probe]: { ...raw, stdout: `${raw.stdout}${lines.join('\n')}\n` } } }
}

function count(capture: Capture, list: string): number {
  const section = evaluate(lvm, capture)
  assert.equal(section.status, 'ok')
  return (section.data[list] as Item[]).length // The schema has this list.
}

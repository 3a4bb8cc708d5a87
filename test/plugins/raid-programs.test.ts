import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRaid, told } from './raid-read.ts'

test('ssacli: a good disk that the controller hands through is jbod, a bad one is what is wrong with it', () => {
  const conditions = (controller: string, heading: string, status: string, type: string): unknown => {
    const disk = `physicaldrive 1I:1:1\n Port: 1I\n Box: 1\n Bay: 1\n Status: ${status}\n Drive Type: ${type}\n Size: 6 TB`
    return told(
      readRaid({ ssacli: `${controller}\n\n   ${heading}\n\n${disk.replaceAll(/^/gm, '      ')}\n` })['physicalDisks'],
      'array',
      'condition',
    )
  }
  const hba = 'Smart Array P440ar in Slot 0 (Embedded) (HBA Mode)'
  assert.deepEqual(conditions(hba, 'HBA Drives', 'OK', 'HBA Mode Drive'), [['none', 'jbod']])
  assert.deepEqual(conditions(hba, 'HBA Drives', 'Predictive Failure', 'HBA Mode Drive'), [['none', 'failing']])
  assert.deepEqual(conditions(hba, 'HBA Drives', 'Failed', 'HBA Mode Drive'), [['none', 'failed']])
  assert.deepEqual(conditions('Smart Array P440ar in Slot 0 (Embedded)', 'Unassigned', 'OK', 'Unassigned Drive'), [
    ['none', 'unconfigured'],
  ])
  const list = `Smart HBA H240 in Slot 1 (HBA Mode)\n\n   HBA Drives\n\n      physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SATA HDD, 2 TB, OK)\n`
  assert.deepEqual(told(readRaid({ ssacli: list })['physicalDisks'], 'array', 'condition', 'rotational'), [['none', 'jbod', true]])
})

test('ssacli: an array is written with a capital or without, and its type is none', () => {
  const arrays = (line: string): unknown => {
    const text = `Smart Array P410i in Slot 0 (Embedded)\n\n   ${line}\n\n      physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SAS, 300 GB, OK)\n`
    return told(readRaid({ ssacli: text })['physicalDisks'], 'array')
  }
  for (const line of [
    'array A',
    'Array A',
    'Array: A',
    'Array A (SAS, Unused Space: 0  MB)',
    'array A (Failed)',
    'Array: A\n      Array Type: Data',
  ])
    assert.deepEqual(arrays(line), [['A']], line)
  assert.deepEqual(arrays('Array AB (SAS, Unused Space: 0  MB)'), [['AB']])
})

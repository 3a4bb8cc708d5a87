import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fields } from '../../plugins/items.ts'
import { readRaid, told } from './raid-read.ts'
import { recordedOf } from './recorded.ts'

const DISK = {
  'EID:Slt': '252:1',
  DID: 7,
  State: 'Onln',
  DG: 0,
  Size: '1.745 TB',
  Intf: 'SAS',
  Med: 'SSD',
  SeSz: '512B',
  Model: 'FICT1920',
}

test('storcli 8 tells the use of a disk in one word and how it does in another, and both count', () => {
  const meanings = [
    ['Conf', 'Online', 'online'],
    ['Conf', 'Failed', 'failed'],
    ['Conf', 'Offline', 'failed'],
    ['Conf', 'Missing', 'missing'],
    ['Conf', 'Rebuild', 'rebuilding'],
    ['Conf', 'Replace', 'rebuilding'],
    ['ConfDgrd', 'Online', 'failing'],
    ['ConfShld', 'Online', 'online'],
    ['UConf', 'Good', 'unconfigured'],
    ['UConf', 'Bad', 'failed'],
    ['UConf', 'Failed', 'failed'],
    ['UConfUnsp', 'Good', 'unconfigured'],
    ['Unusbl', 'Good', 'failed'],
    ['GHS', 'Good', 'spare'],
    ['DHSSntz', 'Good', 'spare'],
    ['JBOD', 'Online', 'jbod'],
  ]
  const disks = meanings.map(([State, Status], slot) => ({
    ...DISK,
    'EID:Slt': `320:${slot}`,
    DID: undefined,
    PID: 300 + slot,
    State,
    Status,
  }))
  const disks8 = disksOf(answer({ 'PD LIST': disks })).toSorted((a, b) => Number(a['slot']) - Number(b['slot']))
  assert.deepEqual(
    disks8.map(({ state, condition, deviceId }) => [state, condition, deviceId]),
    meanings.map(([use, status, condition], slot) => [`${use}, ${status}`, condition, 300 + slot]),
  )
})

test('a disk that has failed is no failing one, whatever its own diagnosis says', () => {
  const state = { 'Drive /c0/s1 State': { 'S.M.A.R.T alert flagged by drive': 'Yes' } }
  const conditionOf = (State: string): unknown =>
    disksOf(answer({ 'Drive /c0/s1': [{ ...DISK, State }], 'Drive /c0/s1 - Detailed Information': state }))[0]?.['condition']
  assert.deepEqual(['Onln', 'GHS', 'Offln', 'UBad'].map(conditionOf), ['failing', 'failing', 'failed', 'failed'])
})

test('a foreign disk and one without a group belong to no array, nor does a drive of which the group is gone', () => {
  const disks = [0, '-', 'F', 12].map((DG, slot) => ({ ...DISK, 'EID:Slt': `252:${slot}`, DG }))
  const drives = ['0/1', '-/4'].map((at) => ({ 'DG/VD': at, TYPE: 'RAID1', State: 'Optl', Size: '1.745 TB', Name: '' }))
  const data = readRaid({ storcli: answer({ 'PD LIST': disks, 'VD LIST': drives }) })
  assert.deepEqual(told(data['physicalDisks'], 'slot', 'array'), [
    [0, '0'],
    [1, 'none'],
    [2, 'none'],
    [3, '12'],
  ])
  assert.deepEqual(told(data['logicalDrives'], 'id', 'array'), [
    ['1', '0'],
    ['4', 'none'],
  ])
})

test('GB is a power of 1000 beside GiB and with two decimals, else of 1024', () => {
  const unused = { TOPOLOGY: [{ DG: 0, Size: '744.687 GiB' }] }
  assert.equal(sizeOf('800.00 GB'), 800e9)
  assert.equal(sizeOf('1.60 TB'), 1600e9)
  assert.equal(sizeOf('800.000 GB', unused), 800e9)
  assert.equal(sizeOf('744.687 GB'), Math.round(744.687 * 1024 ** 3))
  assert.equal(sizeOf('1.745 TB'), Math.round(1.745 * 1024 ** 4))
  assert.equal(sizeOf('893.75 GiB'), 893.75 * 1024 ** 3)
})

test('sectors of 4096 bytes may have protection data behind them', () => {
  const raw = { 'Drive /c0/e8/s1 Device attributes': { 'Raw size': '1.746 TB [0x1bf1f72b Sectors]' } }
  const bytesOf = (SeSz: string): unknown =>
    disksOf(answer({ 'Drive /c0/e8/s1': [{ ...DISK, SeSz }], 'Drive /c0/e8/s1 - Detailed Information': raw }))[0]?.['sizeBytes']
  const sectors = 0x1bf1f72b
  assert.deepEqual(
    ['512B', '520B', '4 KB', '4 KiB', '4.125 KB', '4096B'].map(bytesOf),
    [512, 512, 4096, 4096, 4096, 4096].map((one) => one * sectors),
  )
})

test('a logical drive has the disks of all its spans', () => {
  const row = { 'DG/VD': '0/2', TYPE: 'RAID10', State: 'Optl', Size: '3.637 TB', Name: '' }
  const disksIn = (properties: object): unknown =>
    told(readRaid({ storcli: answer({ '/c0/v2': [row], 'VD2 Properties': properties }) })['logicalDrives'], 'disks')
  assert.deepEqual(disksIn({ 'Span Depth': 3, 'Number of Drives Per Span': 2 }), [[6]])
  assert.deepEqual(disksIn({ 'Number of Drives Per Span': 2 }), [[2]])
  assert.deepEqual(disksIn({}), [[null]])
})

test('a table without J may have a model of several words, no name, and numbers wider than their header', () => {
  const text = `Controller = 1
Status = Success
Description = Show Drive Information Succeeded.

Drive Information :
=================

-------------------------------------------------------------------------------------------------
EID:Slt  DID State DG      Size Intf Med SED_Type SeSz Model                   Sp LU/NS Count Alt-EID
-------------------------------------------------------------------------------------------------
 :0        1 UGood -   3.638 TB SATA HDD -        512B FICTION DISK 4T NAS     U            1 -
12:10   1283 Onln   0 953.86 GB SAS  SSD -        512B F1                      U            1 -
-------------------------------------------------------------------------------------------------
`
  const data = readRaid({ storcli: text })
  assert.deepEqual(
    told(data['physicalDisks'], 'controller', 'id', 'deviceId', 'state', 'array', 'bus', 'rotational', 'model', 'sizeBytes'),
    [
      ['megaraid:1', '12:10', 1283, 'Onln', '0', 'sas', false, 'F1', 953.86e9],
      ['megaraid:1', ':0', 1, 'UGood', 'none', 'sata', true, 'FICTION DISK 4T NAS', Math.round(3.638 * 1024 ** 4)],
    ],
  )
})

test('a text that was cut within a table tells what stood above it', () => {
  const { capture } = recordedOf('raid').find(({ name }) => name === 'rhel-7--storcli-as-text')!
  const storcli = capture.probes['storcli']!.stdout
  const data = readRaid({ storcli: storcli.slice(0, storcli.indexOf('252:6')) })
  assert.deepEqual(told(data['controllers'], 'model'), [['AVAGO MegaRAID SAS 9361-8i']])
  assert.deepEqual(told(data['logicalDrives'], 'id'), [['0'], ['1'], ['4']])
})

function answer(...data: readonly object[]): string {
  const controllers = data.map((one) => ({ 'Command Status': { Controller: 0, Status: 'Success' }, 'Response Data': one }))
  return controllers.map((one) => `${JSON.stringify({ Controllers: [one] }, null, 2)}\n`).join('')
}

function sizeOf(Size: string, ...beside: readonly object[]): unknown {
  return disksOf(answer({ 'PD LIST': [{ ...DISK, Size }] }, ...beside))[0]?.['sizeBytes']
}

function disksOf(storcli: string): Fields[] {
  return readRaid({ storcli })['physicalDisks'] as Fields[] // A list of items, as its schema says.
}

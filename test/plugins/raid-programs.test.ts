import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRaid, told } from './raid-read.ts'

test('ssacli: a good disk that the controller hands through is jbod, a bad one is what is wrong with it', () => {
  const hba = 'Smart Array P440ar in Slot 0 (Embedded) (HBA Mode)'
  assert.deepEqual(conditionOf(hba, 'HBA Drives', 'OK', 'HBA Mode Drive'), [['none', 'jbod']])
  assert.deepEqual(conditionOf(hba, 'HBA Drives', 'Predictive Failure', 'HBA Mode Drive'), [['none', 'failing']])
  assert.deepEqual(conditionOf(hba, 'HBA Drives', 'Failed', 'HBA Mode Drive'), [['none', 'failed']])
  assert.deepEqual(conditionOf('Smart Array P440ar in Slot 0 (Embedded)', 'Unassigned', 'OK', 'Unassigned Drive'), [
    ['none', 'unconfigured'],
  ])
  const list = `Smart HBA H240 in Slot 1 (HBA Mode)\n\n   HBA Drives\n\n      physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SATA HDD, 2 TB, OK)\n`
  assert.deepEqual(told(readRaid({ ssacli: list })['physicalDisks'], 'array', 'condition', 'rotational'), [['none', 'jbod', true]])
})

test('ssacli: an array is written with a capital or without, and its type is none', () => {
  for (const line of [
    'array A',
    'Array A',
    'Array: A',
    'Array A (SAS, Unused Space: 0  MB)',
    'array A (Failed)',
    'Array: A\n      Array Type: Data',
  ])
    assert.deepEqual(arrayOf(line), [['A']], line)
  assert.deepEqual(arrayOf('Array AB (SAS, Unused Space: 0  MB)'), [['AB']])
})

test('sas3ircu: members that are missing have no place of their own, and are as many as there are', () => {
  const head = 'Read configuration has been initiated for controller 0\nPhysical device information\n'
  const missing = sasDisk('Missing (MIS)', 'Undetermined')
  const read = (...disks: readonly string[]): unknown =>
    told(readRaid({ sas3ircu: head + disks.join('\n') })['physicalDisks'], 'id', 'condition', 'rotational', 'serial')
  assert.deepEqual(read(missing, sasDisk('Optimal (OPT)', 'SAS_HDD', 'FICT01'), missing), [
    ['0:0', 'missing', null, null],
    ['0:0#2', 'online', true, 'FICT01'],
    ['0:0#3', 'missing', null, null],
  ])
  assert.deepEqual(read(sasDisk('Ready (RDY)', 'SATA_SSD', 'FICT02')), [['0:0', 'unconfigured', false, 'FICT02']])
})

test('arcconf: a disk has its slot, whatever it is plugged into', () => {
  const places = [
    ['Enclosure 0, Slot 12', '0', 12],
    ['Enclosure 1, Slot 9(Connector 0)', '1', 9],
    ['Enclosure 1, Slot 6( Connector Unknown )', '1', 6],
    ['Connector 1, Device 3', 'connector 1', 3],
    ['Backplane 0, Slot 1(Connector 0:CN2)', 'Backplane 0', 1],
    ['Direct Attached, Slot 4(Connector 0:CN0)', 'Direct Attached', 4],
    ['Enclosure Direct Attached, Slot 4(Connector 0:CN0)', 'Direct Attached', 4],
    ['Not Applicable', null, null],
  ] as const
  for (const [place, enclosure, slot] of places) assert.deepEqual(placeOf(place), [[enclosure, slot]], place)
})

test('arcconf: a logical drive has the name of its block device, without its address', () => {
  assert.deepEqual(deviceOf('/dev/sde (Disk0) (Bus: 1, Target: 0, Lun: 1)'), [['/dev/sde']])
  assert.deepEqual(deviceOf('/dev/sda'), [['/dev/sda']])
  assert.deepEqual(deviceOf('Not Applicable'), [[null]])
})

test('MegaCli: a disk of which nothing is foretold either way has no known alert', () => {
  const [count, flag] = ['Predictive Failure Count: ', 'Drive has flagged a S.M.A.R.T alert : ']
  assert.deepEqual(alertOf(), [[null, 'online']])
  assert.deepEqual(alertOf(`${count}0`), [[false, 'online']])
  assert.deepEqual(alertOf(`${flag}No`), [[false, 'online']])
  assert.deepEqual(alertOf(`${count}2`), [[true, 'failing']])
  assert.deepEqual(alertOf(`${count}0`, `${flag}Yes`), [[true, 'failing']])
})

test('arcconf: a disk without a line of its own diagnosis has no known alert', () => {
  const text = 'Controller information\nDevice #0\n   Device is a Hard drive\n   State  : Online\n'
  const alert = (more: string): unknown => told(readRaid({ 'arcconf-getconfig': text + more })['physicalDisks'], 'smartAlert', 'condition')
  assert.deepEqual(alert(''), [[null, 'online']])
  assert.deepEqual(alert('   S.M.A.R.T. : No\n'), [[false, 'online']])
  assert.deepEqual(alert('   S.M.A.R.T. : Yes\n'), [[true, 'failing']])
})

function conditionOf(controller: string, heading: string, status: string, type: string): unknown[][] {
  const disk = `physicaldrive 1I:1:1\n Port: 1I\n Box: 1\n Bay: 1\n Status: ${status}\n Drive Type: ${type}\n Size: 6 TB`
  const text = `${controller}\n\n   ${heading}\n\n${disk.replaceAll(/^/gm, '      ')}\n`
  return told(readRaid({ ssacli: text })['physicalDisks'], 'array', 'condition')
}

function arrayOf(line: string): unknown[][] {
  const text = `Smart Array P410i in Slot 0 (Embedded)\n\n   ${line}\n\n      physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SAS, 300 GB, OK)\n`
  return told(readRaid({ ssacli: text })['physicalDisks'], 'array')
}

/** A disk of sas3ircu at the address that it says of each that is missing. */
function sasDisk(state: string, type: string, serial = ''): string {
  return `Device is a Hard disk
  Enclosure #                             : 0
  Slot #                                  : 0
  SAS Address                             : 0000000-0-0000-0000
  State                                   : ${state}
  Manufacturer                            : ${serial && 'FICTION'}
  Model Number                            :
  Serial No                               : ${serial}
  GUID                                    : N/A
  Protocol                                : SAS
  Drive Type                              : ${type}
`
}

function placeOf(place: string): unknown[][] {
  const text = `Controller information
Physical Device information
      Device #0
         Device is a Hard drive
         State                                : Online
         Reported Channel,Device(T:L)         : 0,0(0:0)
         Reported Location                    : ${place}
`
  return told(readRaid({ 'arcconf-getconfig': text })['physicalDisks'], 'enclosure', 'slot')
}

function deviceOf(name: string): unknown[][] {
  const text = `Controller information\nLogical device number 0\n   Disk Name                 : ${name}\n   Status of Logical Device  : Optimal\n`
  return told(readRaid({ 'arcconf-getconfig': text })['logicalDrives'], 'device')
}

function alertOf(...lines: readonly string[]): unknown[][] {
  const text = ['Adapter #0', 'Enclosure Device ID: 32', 'Slot Number: 4', ...lines, 'Firmware state: Online, Spun Up']
  return told(readRaid({ 'megacli-pdlist': `${text.join('\n')}\n` })['physicalDisks'], 'smartAlert', 'condition')
}

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import disk, { diskSerials } from '../../plugins/builtin/disk.ts'
import { judge } from '../../plugins/answer.ts'
import { readFolder } from '../../plugins/capture.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import { matchItems, type Item } from '../../plugins/items.ts'

const fixture = (name: string): Capture => readFolder(join(import.meta.dirname, '../fixtures/disk', name))

const SATA = fixture('debian-12--sata-nvme-usb')
const FC = fixture('rhel-8--fc-multipath-and-sas')

/** A capture with its texts changed, as another boot or another disk would. */
function changed(capture: Capture, change: (text: string) => string): Capture {
  const probes = Object.entries(capture.probes).map(([name, raw]) => [name, { ...raw, stdout: change(raw.stdout) }] as const)
  return { ...capture, probes: Object.fromEntries(probes) }
}

function dataOf(capture: Capture): { readonly disks: Item[] } {
  const section = evaluate(disk, capture)
  assert.equal(section.status, 'ok')
  return section.data as { readonly disks: Item[] } // The schema has this one list.
}

function difference(before: Capture, after: Capture): { readonly removed: number; readonly added: number } {
  const { removed, added } = matchItems(dataOf(before).disks, dataOf(after).disks, disk.keys.disks)
  return { removed: removed.length, added: added.length }
}

/** One attribute of a virtio disk. */
function attribute(slot: number, field: string, value: number | string): string {
  return `/sys/devices/pci0000:00/0000:00:0${slot}.0/virtio${slot}/block/vd${slot}/${field}:${value}\n`
}

/** A virtual machine whose disks all say one serial number. */
function vm(slots: readonly number[]): Capture {
  const stdout = slots.map((slot) => attribute(slot, 'size', slot * 2048) + attribute(slot, 'serial', 'overlayblk')).join('')
  return { probes: { 'sysfs-block': { exit: 0, stdout, stderr: '' } }, complete: true }
}

function serials(capture: Capture): string[] {
  const answers = Object.entries(disk.probes).map(([name, probe]) => [name, judge(probe, capture.probes[name])] as const)
  return diskSerials(Object.fromEntries(answers) as Parameters<typeof disk.parse>[0]) // All probes of the plugin, each once.
}

test('a disk that changes its kernel name is no change', () => {
  const renamed = changed(SATA, (text) => text.replaceAll('/sda/', '/sdx/').replaceAll('8:0', '65:112'))
  assert.deepEqual(dataOf(renamed), dataOf(SATA))
})

test('a swapped disk is one removal and one addition', () => {
  const swapped = changed(SATA, (text) => text.replaceAll('W461A2B3', 'W461FFFF').replaceAll('5000c500a1b2c3d4', '5000c500a1b2ffff'))
  assert.deepEqual(difference(SATA, swapped), { removed: 1, added: 1 })
})

test('a kernel name is one disk, whatever lines got broken', () => {
  const broken = changed(SATA, (text) => text.replace(/^\/sys(\/devices\/.*\/block\/sda\/dev:)/m, '//other$1'))
  const extra = changed(SATA, (text) => `${text}/${/^\/sys\/devices\/.*\/block\/sda\/dev:.*$/m.exec(text)?.[0] ?? ''}\n`)
  for (const capture of [broken, extra]) assert.equal(dataOf(capture).disks.length, dataOf(SATA).disks.length)
  assert.deepEqual(dataOf(extra), dataOf(SATA))
})

test('a disk that moves to another slot stays itself', () => {
  const moved = changed(SATA, (text) => text.replaceAll('ata-1', 'ata-3'))
  assert.deepEqual(difference(SATA, moved), { removed: 0, added: 0 })
})

test('two disks of one serial number stay two, and one of them can go', () => {
  assert.equal(dataOf(vm([1, 2])).disks.length, 2)
  assert.deepEqual(difference(vm([1, 2]), vm([2])), { removed: 1, added: 0 })
  assert.deepEqual(difference(vm([2]), vm([1, 2])), { removed: 0, added: 1 })
})

test('paths that come and go do not change a disk', () => {
  const onePathLess = changed(FC, (text) => text.split('\n').filter((line) => !line.includes('/host2/')).join('\n')) // prettier-ignore
  assert.deepEqual(difference(FC, onePathLess), { removed: 0, added: 0 })
  assert.equal(dataOf(FC).disks.length, 3)
})

test('serial numbers of media that are carried about, and of LUNs, are no evidence', () => {
  assert.deepEqual(serials(SATA), ['PHYF0123456A480BGN', 'S676NF0R1A2B3C', 'W461A2B3'])
  assert.deepEqual(serials(FC), ['W0M1A2B30000E7123456'])
})

test('a host without /sys/block says nothing of disks', () => {
  const section = evaluate(disk, { probes: { 'sysfs-block': { exit: 127, stdout: '', stderr: '' } }, complete: true })
  assert.equal(section.status, 'absent')
})

test('what smartctl says of an optical drive, a tape, an enclosure or an array is no disk', () => {
  for (const type of ['CD/DVD', 'tape', 'enclosure', 'medium changer', 'disk array', 'processor']) {
    assert.deepEqual(smartctl(`Vendor: ACME\nProduct: THING 9\nSerial number: Q7\nDevice type: ${type}\n`), [], type)
    const json = { device_type: { scsi_value: 9, name: type }, scsi_product: 'THING 9', serial_number: 'Q7' }
    assert.deepEqual(disksOf('smartctl-json', JSON.stringify(json)), [], type)
  }
  for (const type of ['disk', 'host managed zoned block device'])
    assert.equal(smartctl(`Vendor: ACME\nProduct: DISK 9\nDevice type: ${type}\n`).length, 1, type)
  const atapi =
    "Device Model: ACME DVD-RW\nSerial Number: Q7\nSMART support is: Unavailable - Packet Interface Devices [this device: CD/DVD] don't support ATA SMART\n"
  assert.deepEqual(smartctl(atapi), [])
})

test('a disk that its RAID controller could not ask is none', () => {
  assert.deepEqual(smartctl('Vendor: /3:0:0:0\nProduct:              \nUser Capacity: 600,332,565,813,390,450 bytes [600 PB]\n'), [])
})

const ATA: readonly (readonly [standard: string, bus: string])[] = [
  ['6', 'ata'],
  ['ATA/ATAPI-5 (minor revision not indicated)', 'ata'],
  ['ATA-3 X3T10 2008D revision 6', 'ata'],
  ['ATA/ATAPI-7 T13 1532D revision 4a', 'sata'],
  ['8', 'sata'],
  ['ATA8-ACS (minor revision not indicated)', 'sata'],
  ['ACS-3 T13/2161-D revision 5', 'sata'],
]

for (const [standard, bus] of ATA) {
  test(`a disk without a line about SATA that speaks ${standard} is ${bus}`, () => {
    assert.equal(smartctl(`Device Model: ACME 40G\nSerial Number: Q7\nATA Version is:   ${standard}\n`)[0]!['bus'], bus)
  })
}

test('answers of smartctl, one after the other, of versions old, new and not released', () => {
  const heads = ['smartctl version 5.38 [x86_64]', 'smartctl 7.2 2020-12-30 r5155', 'smartctl pre-7.4 2023-06-13 r5480']
  const text = heads.map(
    (head, index) => `${head}\n\n=== START OF INFORMATION SECTION ===\nDevice Model: ACME\nSerial Number: Q${index}\n\n`,
  )
  assert.deepEqual(
    disksOf('smartctl', text.join('')).map(({ serial }) => serial),
    ['Q0', 'Q1', 'Q2'],
  )
})

function smartctl(information: string): Item[] {
  return disksOf('smartctl', `smartctl 7.3 2022-02-28 r5338\n\n=== START OF INFORMATION SECTION ===\n${information}`)
}

function disksOf(probe: string, stdout: string): Item[] {
  return dataOf({ probes: { [probe]: { exit: 0, stdout, stderr: '' } }, complete: true }).disks
}

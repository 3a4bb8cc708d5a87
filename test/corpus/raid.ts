import type { Fields } from '../../plugins/items.ts'
import {
  caseless,
  compareFields,
  compareItems,
  folded,
  same,
  verdict,
  within,
  wwn,
  type Mapping,
  type Same,
  type Verdict,
} from './compare.ts'
import { neutralOf } from './raid-parsed.ts'

/**
 * What a source asserts of things that the section holds, in neutral names; structures of a source's own are translated first. Verdicts of
 * monitoring (`status`, `message`), sensors, counters and settings are no inventory, and are compared nowhere.
 */
const mapping: Mapping = (section, expected) => {
  const disks = itemsOf(section?.['physicalDisks'])
  const drives = itemsOf(section?.['logicalDrives'])
  const asserted = neutralOf(expected)
  return [
    ...compareItems('controllers', asserted.controllers, itemsOf(section?.['controllers']), { by: BY_ID, fields: CONTROLLER }),
    ...compareItems('enclosures', asserted.enclosures, itemsOf(section?.['enclosures']), {
      by: { serial: same, wwn, id: same, model: folded },
      fields: ENCLOSURE,
    }),
    ...compareItems('physicalDisks', asserted.physicalDisks, disks, {
      by: { serial: folded, wwn, id: same, slot: loose, deviceId: loose, ...MODEL },
      fields: DISK,
    }).map((one) => withVendor(one, disks)),
    ...compareItems('logicalDrives', asserted.logicalDrives, drives, { by: { id: same, name: beginning }, fields: DRIVE }),
    ...compareItems('softwareArrays', asserted.softwareArrays, itemsOf(section?.['softwareArrays']).map(namedAsTold), {
      by: { device: same, name: same, uuid: same, member: isMember },
      fields: ARRAY,
    }),
    ...(asserted.unsupported ?? []).map((one) => ({ ...verdict('unsupported', one, null), unsupported: true })),
    ...counts(expected, asserted.physicalCount, disks, drives),
  ]
}

export default mapping

const loose: Same = (expected, actual) => String(expected) === String(actual)

/** A rounded size as text, `69889 MB` and `10.9 TB`, in powers of 1000 or 1024; or megabytes as a number. */
const size: Same = (expected, actual) => {
  const [, number, unit] = /^([\d.]+) ?([KMGT])?i?B?$/.exec(String(expected).trim()) ?? []
  if (number === undefined || typeof actual !== 'number') return Number(number) === 0 && actual === null
  const power = 'KMGT'.indexOf(unit ?? 'M') + 1
  return [1000, 1024].some((base) => within(number.length < 4 ? 0.1 : 0.02)(Number(number) * base ** power, actual))
}

/** `RAID 1+0`, `6 Reed-Solomon` and `raid10` in one spelling. */
const level: Same = (expected, actual) => {
  return same(spell(expected), spell(actual))
}

function spell(value: unknown): string {
  return String(value)
    .toLowerCase()
    .replace(/^raid|reed-solomon|[^0-9a-z]/g, '')
    .replace(/^raid/, '')
}

/** check_raid ends a name at its first space. */
const beginning: Same = (expected, actual) => folded(expected, actual) || String(actual).startsWith(`${String(expected)} `)

/** MegaCli's firmware level is the last four letters; sources cut the model out of inquiry data behind its first word. */
const ending: Same = (expected, actual) =>
  folded(expected, actual) || (typeof expected === 'string' && typeof actual === 'string' && actual.endsWith(expected.trim()))

const MODEL = { model: ending }
/** Masked serial numbers are none. */
const serial: Same = (expected, actual) => folded(typeof expected === 'string' && /^\*+$/.test(expected) ? null : expected, actual)
/** A state's first word: what follows tells whether a disk is spun down. Sources leave out an empty place's word for it. */
const state: Same = (expected, actual) => caseless(expected, actual) || caseless(expected, String(actual).split(/[,(]/)[0])
/** A dash is none of it. */
function noneOr(expected: unknown, actual: unknown): boolean {
  return same(expected, actual) || (expected === '-' && (actual === 'none' || actual === null))
}
/** An empty text or a word of the program for an empty place is nothing told, and ATA is no maker. */
const told: Same = (expected, actual) => folded(/^(?:|0|none|ata|\*missing\*)$/i.test(String(expected).trim()) ? null : expected, actual)

const BY_ID = { id: same, model: folded, pciSlot: same }
const CONTROLLER = {
  id: same,
  model: folded,
  firmware: same,
  bios: same,
  pciSlot: same,
  pciAddress: same,
  battery: same,
  batteryState: same,
  state: caseless,
}
const ENCLOSURE = { id: same, serial, wwn, vendor: told, model: folded, firmware: told, slots: loose, state: caseless }
const DISK = {
  id: same,
  serial,
  wwn,
  vendor: told,
  model: (expected, actual) => ending(expected === '' ? null : expected, actual),
  firmware: (expected, actual) => ending(expected === '' ? null : expected, actual),
  partNumber: told,
  size,
  // GLPI counts a thousand MB in a GB of 1024³ bytes.
  sizeMB: (expected, actual) => within(0.06)(Number(expected) * 1024 ** 2, actual),
  bus: same,
  rotational: same,
  smartAlert: same,
  enclosure: loose,
  slot: loose,
  deviceId: loose,
  device: same,
  array: noneOr,
  inquiry: (expected, actual) => Array.isArray(actual) && actual.map(bare).includes(bare(expected)),
  state,
} satisfies Record<string, Same>
const DRIVE = { id: same, name: folded, level, size, stripe: size, disks: loose, array: same, wwn, cache: noneOr, state }
const ARRAY = {
  device: same,
  name: same,
  member: isMember,
  level: same,
  uuid: same,
  raidDevices: same,
  activeDevices: same,
  failedDevices: same,
  spareDevices: same,
  size,
  state: (expected, actual) => same(expected, actual) || (expected === 'OK' && actual === 'active'),
  members: (expected, actual) =>
    same(
      [...new Set(expected as string[])],
      (actual as string[] | null)?.map((one) => `/dev/${one}`),
    ),
  failed: same,
} satisfies Record<string, Same>

/** Some sources leave the maker in the model. */
function withVendor(one: Verdict, disks: readonly Fields[]): Verdict {
  if (one.equal || !one.field.endsWith('.model')) return one
  const whole = disks.some(({ vendor, model }) => model === one.actual && folded(one.expected, `${String(vendor)} ${String(model)}`))
  return whole ? { ...one, equal: true } : one
}

function isMember(expected: unknown, actual: unknown): boolean {
  return Array.isArray(actual) && actual.includes(expected)
}

function bare(value: unknown): string {
  return String(value).replaceAll(/\s/g, '')
}

/** Our fields under the names of sources. */
function namedAsTold(array: Fields): Fields {
  const members = (array['members'] ?? []) as string[] // A set of texts, as its schema says.
  const device = `/dev/${String(array['name'])}`
  return {
    ...array,
    device,
    size: array['sizeBytes'],
    failed: array['failedMembers'],
    member: [device, ...members.map((one) => `/dev/${one}`)],
  }
}

function itemsOf(value: unknown): Fields[] {
  const items = Array.isArray(value) ? (value as Fields[]) : []
  return items.map((one) => ({
    ...one,
    size: one['sizeBytes'],
    sizeMB: one['sizeBytes'],
    stripe: one['stripeBytes'],
    // As ATA and as SCSI disks answer.
    inquiry: [
      [one['serial'], one['model'], one['firmware']],
      [one['vendor'], one['model'], one['firmware'], one['serial']],
    ].map((parts) => parts.join('')),
  }))
}

function counts(expected: Fields, physicalCount: unknown, disks: readonly Fields[], drives: readonly Fields[]): Verdict[] {
  const ids = disks.map(({ id }) => id)
  const asserted = Array.isArray(expected['driveIds']) ? (expected['driveIds'] as unknown[]) : []
  return [
    ...asserted.map((id) => verdict('driveIds', id, ids.find((one) => one === id) ?? null)),
    ...compareFields(
      { ...expected, ...(physicalCount !== undefined && { physicalCount }) },
      { physicalCount: disks.length, logicalCount: drives.length },
      {
        physicalCount: loose,
        logicalCount: loose,
      },
    ),
    ...states(expected['physicalStates'], disks),
  ]
}

/** How many disks are in which state; a source calls a disk whose failure is foretold by that. */
function states(expected: unknown, disks: readonly Fields[]): Verdict[] {
  if (typeof expected !== 'object' || expected === null) return []
  return Object.entries(expected).map(([name, count]) =>
    verdict(`physicalStates[${name}]`, count, disks.filter((disk) => wordOf(disk) === name).length),
  )
}

function wordOf(disk: Fields): string {
  return disk['smartAlert'] === true ? 'Predictive' : String(disk['state']).split(',')[0]!
}

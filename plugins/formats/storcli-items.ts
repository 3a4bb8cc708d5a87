import { isRecord } from './json.ts'
import {
  arrayCondition,
  binaryBytes,
  busOf,
  decimalBytes,
  diskCondition,
  folded,
  gigabitsOf,
  levelOf,
  positive,
  yesNo,
} from './raid-words.ts'
import { part, rows, said, told, type Fields } from './storcli-json.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/** A row of a list, with the details that `show all` of that one thing gives. */
export interface Item {
  readonly row: Fields
  /** Attributes of a disk, properties of a logical drive. */
  readonly details: Fields
  /** What a disk's errors and its own diagnosis are told in. */
  readonly health: Fields
}

/** Disks of an answer, those with details first. */
export function disksIn(data: Fields): Item[] {
  const plain = [...rows(data['PD LIST']), ...rows(data['Drive Information'])]
  return [...driveBlocks(data), ...rows(data['Drives List']).map(driveOfList), ...plain.map((row) => ({ row, details: {}, health: {} }))]
}

/** Logical drives of an answer, those with properties first. */
export function drivesIn(data: Fields): Item[] {
  const nested = rows(data['Virtual Drives']).map((one) => ({ row: part(one, 'VD Info'), details: part(one, 'VD Properties'), health: {} }))
  // `/c0/v1 : [row]` of `/call/vall show all`.
  const blocks = Object.entries(data).flatMap(([name, value]) => (/^\/c\d+\/v\d+$/.test(name) ? rows(value) : []))
  const plain = [...blocks, ...rows(data['VD LIST'])].map((row) => {
    const number = said(row['DG/VD'])?.split('/')[1]
    return { row, details: part(data, `VD${number} Properties`), health: {} }
  })
  return [...nested, ...plain]
}

export function diskOf(controller: string, { row, details, health }: Item, saysBinary: boolean) {
  const id = said(row['EID:Slt']) ?? '?'
  const [enclosure, slot] = id.split(':')
  // storcli 8 tells whether an array uses the disk apart from how it does: "Conf" and "Failed".
  const state = [told(row, 'State'), told(row, 'Status')].filter((word) => word !== null).join(', ') || null
  const medium = said(row['Med'])
  const predicted = integerOrNull(said(part(details, 'LU/NS Properties')['Predictive Failure Count']))
  const alert = yesNo(said(health['S.M.A.R.T alert flagged by drive'])) ?? (predicted === null ? null : predicted > 0)
  const path = rows(details['Path Information'])[0] ?? {}
  const condition = diskCondition(state)
  return {
    controller,
    id,
    enclosure: enclosure === '' || enclosure === undefined ? null : enclosure,
    slot: integerOrNull(slot),
    deviceId: integerOrNull(told(row, 'DID', 'PID')),
    serial: folded(told(details, 'SN', 'Serial Number')),
    wwn: wwnOrNull(said(details['WWN'])),
    vendor: folded(told(details, 'Manufacturer Id', 'Vendor')?.replace(/^(?:ATA|NVMe)\s*$/, '')),
    model: folded(told(row, 'Model') ?? told(details, 'Model Number', 'Model')),
    firmware: folded(told(details, 'Firmware Revision', 'Firmware Revision Level')),
    sizeBytes: sectors(said(details['Raw size']), said(row['SeSz'])) ?? sizeOf(said(row['Size']), saysBinary),
    bus: busOf(said(row['Intf'])),
    rotational: medium === null ? null : medium === 'HDD',
    linkGbps: gigabitsOf(told(details, 'Link Speed') ?? told(path, 'Negotiated Speed')),
    array: groupOf(said(row['DG'])),
    smartAlert: alert,
    condition: alert === true && condition !== 'failed' && condition !== 'missing' ? ('failing' as const) : condition,
    state,
  }
}

export function driveOf(controller: string, { row, details }: Item, saysBinary: boolean) {
  const [group, number] = (said(row['DG/VD']) ?? '?').split('/')
  const state = said(row['State'])
  const [disksPerSpan, spans] = [told(details, 'Number of Drives Per Span'), told(details, 'Span Depth')].map(integerOrNull)
  return {
    controller,
    id: number ?? group ?? '?',
    array: number === undefined ? null : groupOf(group),
    name: folded(said(row['Name'])),
    level: levelOf(said(row['TYPE'])),
    wwn: wwnOrNull(said(details['SCSI NAA Id'])),
    sizeBytes: sizeOf(said(row['Size']), saysBinary),
    stripeBytes: binaryBytes(said(details['Strip Size'])),
    disks: disksPerSpan ? positive(disksPerSpan * (spans ?? 1)) : integerOrNull(told(details, 'Number of Drives')),
    device: textOrNull(said(details['OS Drive Name'])),
    cache: told(row, 'Cache', 'CurrentCache'),
    condition: arrayCondition(state),
    state,
  }
}

/**
 * `Drive /c0/e252/s1 : [row]` of `/call/eall/sall show all`, `Drive /c0/s1` of a disk without enclosure. Its details stand under names that
 * begin alike: in JSON within one of them, in text beside it.
 */
function driveBlocks(data: Fields): Item[] {
  return Object.entries(data).flatMap(([name, value]) => {
    if (!/^Drive \/c\d+\/(?:e\d+\/)?s\d+$/.test(name)) return []
    const more = part(data, `${name} - Detailed Information`)
    const block = (word: string): Fields => {
      const inner = more[`${name} ${word}`]
      return isRecord(inner) ? inner : part(data, `${name} ${word}`)
    }
    return rows(value).map((row) => ({ row, details: block('Device attributes'), health: block('State') }))
  })
}

/** One of storcli 8's `Drives List`. */
function driveOfList(one: Fields): Item {
  const details = part(one, 'Drive Detailed Information')
  return { row: part(one, 'Drive Information'), details, health: details }
}

/** A dash is said of a disk in no group, and F of one that belongs to a group of another controller. */
function groupOf(group: string | null | undefined): string | null {
  if (group === null || group === undefined) return null
  return /^(?:-|F|)$/.test(group) ? 'none' : group
}

/**
 * storcli prints powers of 1024 as GB and TB, with three decimals. That made for HPE's controllers prints GiB for them, and beside it disks in
 * powers of 1000 with two decimals; storcli 8 prints GiB alone. `saysBinary` where GiB and the like stand anywhere in its output.
 */
function sizeOf(size: string | null, saysBinary: boolean): number | null {
  const isDecimal = size?.includes('iB') === false && (saysBinary || /\.\d\d ?[KMGTP]B$/.test(size))
  return isDecimal ? decimalBytes(size) : binaryBytes(size)
}

/** `893.750 GB [0x6fb80000 Sectors]`: exact, in sectors of the size beside it, to which protection data may add some bytes. */
function sectors(size: string | null, sectorSize: string | null): number | null {
  const count = /\[0x([0-9a-f]{1,12}) Sectors\]/i.exec(size ?? '')?.[1]
  if (count === undefined) return null
  return positive(Number.parseInt(count, 16) * ((binaryBytes(sectorSize) ?? 512) >= 4096 ? 4096 : 512))
}

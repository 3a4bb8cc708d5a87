import { isRecord } from './json.ts'
import { arrayCondition, binaryBytes, busOf, decimalBytes, diskCondition, folded, gigabitsOf, levelOf, yesNo } from './raid-words.ts'
import { part, rows, said, type Fields } from './storcli-json.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/** A row of disks, with the details that `show all` of the disk gives beside it. */
export function diskOf(controller: string, row: Fields, data: Fields) {
  const id = said(row['EID:Slt']) ?? '?'
  const more = detailsOf(data, `Drive /c${controller.slice(9)}/e${id.replace(':', '/s')} - Detailed Information`)
  const [enclosure, slot] = id.split(':')
  const attributes = part(more, 'attributes')
  const state = said(row['State'])
  const medium = said(row['Med'])
  const alert = yesNo(said(part(more, 'state')['S.M.A.R.T alert flagged by drive']))
  return {
    controller,
    id,
    enclosure: enclosure === '' || enclosure === undefined ? null : enclosure,
    slot: integerOrNull(slot),
    deviceId: integerOrNull(said(row['DID'])),
    serial: folded(said(attributes['SN'])),
    wwn: wwnOrNull(said(attributes['WWN'])),
    vendor: folded(said(attributes['Manufacturer Id'])?.replace(/^(?:ATA|NVMe)\s*$/, '')),
    model: folded(said(row['Model']) ?? said(attributes['Model Number'])),
    firmware: folded(said(attributes['Firmware Revision'])),
    sizeBytes: sectors(said(attributes['Raw size']), said(row['SeSz'])) ?? sizeOf(said(row['Size']), data),
    bus: busOf(said(row['Intf'])),
    rotational: medium === null ? null : medium === 'HDD',
    linkGbps: gigabitsOf(said(attributes['Link Speed'])),
    array: said(row['DG']) === '-' ? 'none' : said(row['DG']),
    smartAlert: alert,
    condition: alert === true ? ('failing' as const) : diskCondition(state),
    state,
  }
}

/** A row of logical drives, with its properties where `show all` of the drive gives them. */
export function driveOf(controller: string, row: Fields, data: Fields) {
  const [group, number] = (said(row['DG/VD']) ?? '?').split('/')
  const properties = part(data, `VD${number} Properties`)
  const state = said(row['State'])
  return {
    controller,
    id: number ?? group ?? '?',
    array: number === undefined ? null : (group ?? null),
    name: folded(said(row['Name'])),
    level: levelOf(said(row['TYPE'])),
    wwn: wwnOrNull(said(properties['SCSI NAA Id'])),
    sizeBytes: sizeOf(said(row['Size']), data),
    stripeBytes: binaryBytes(said(properties['Strip Size'])),
    disks: integerOrNull(said(properties['Number of Drives Per Span'])),
    device: textOrNull(said(properties['OS Drive Name'])),
    cache: said(row['Cache']),
    condition: arrayCondition(state),
    state,
  }
}

/** `Drive /c0/e252/s1 : [row]` of `/call/eall/sall show all`; the details stand under another name beside it. */
export function driveBlocks(data: Fields): Fields[] {
  return Object.entries(data).flatMap(([name, value]) => (/^Drive \/c\d+\/(?:e\d+\/)?s\d+$/.test(name) ? rows(value) : []))
}

/** `/c0/v1 : [row]` of `/call/vall show all`. */
export function driveRows(data: Fields): Fields[] {
  return Object.entries(data).flatMap(([name, value]) => (/^\/c\d+\/v\d+$/.test(name) ? rows(value) : []))
}

/** Attributes and state of one disk, whose names repeat its address. */
function detailsOf(data: Fields, name: string): Fields {
  const blocks = Object.entries(part(data, name))
  const block = (word: string): unknown => blocks.find(([key]) => key.endsWith(word))?.[1]
  return { attributes: block(' Device attributes'), state: block(' State') }
}

/** storcli prints powers of 1024 as GB and TB, newer versions as GiB; where they stand side by side GB is what it says. */
function sizeOf(size: string | null, data: Fields): number | null {
  // All logical drives of one answer are written alike, so that the first tells the version.
  const other = Array.isArray(data['VD LIST']) ? (data['VD LIST'][0] as unknown) : null
  const isNew = isRecord(other) && said(other['Size'])?.includes('iB') === true
  return isNew && size?.includes('iB') === false ? decimalBytes(size) : binaryBytes(size)
}

/** `893.750 GB [0x6fb80000 Sectors]`: exact, in sectors of the size beside it. */
function sectors(size: string | null, sectorSize: string | null): number | null {
  const count = /\[0x([0-9a-f]{1,12}) Sectors\]/i.exec(size ?? '')?.[1]
  if (count === undefined) return null
  return Number.parseInt(count, 16) * (/^4(?:096 ?B|\.0* ?KB| ?KB)/i.test(sectorSize ?? '') ? 4096 : 512) || null
}

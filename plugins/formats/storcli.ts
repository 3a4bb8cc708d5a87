import { isRecord } from './json.ts'
import {
  arrayCondition,
  batteryCondition,
  binaryBytes,
  busOf,
  decimalBytes,
  diskCondition,
  folded,
  gigabitsOf,
  levelOf,
  yesNo,
  pciAddress,
} from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

type Fields = Readonly<Record<string, unknown>>

/** Answers of storcli and perccli with `J`, several of them one behind the other. */
export function storcliView(text: string): RaidView[] {
  // The overview comes first, and what follows it is more exact.
  return documents(text)
    .toReversed()
    .flatMap((document) => {
      const answers = isRecord(document) && Array.isArray(document['Controllers']) ? (document['Controllers'] as unknown[]) : []
      return answers.flatMap((answer) => {
        if (!isRecord(answer)) return []
        const [status, data] = [answer['Command Status'], answer['Response Data']]
        const number = isRecord(status) ? said(status['Controller']) : null
        return isRecord(data) && number !== null ? [controllerView(`megaraid:${number}`, data)] : []
      })
    })
}

function documents(text: string): unknown[] {
  return text.split(/(?=^\{\s{0,9}"Controllers")/m).flatMap((document) => {
    const [from, to] = [document.indexOf('{'), document.lastIndexOf('}')]
    if (from === -1 || to < from) return []
    try {
      return [JSON.parse(document.slice(from, to + 1)) as unknown]
    } catch {
      // A document that was cut: the others are whole.
      return []
    }
  })
}

function controllerView(controller: string, data: Fields): RaidView {
  const disks = [...rows(data['PD LIST']), ...driveBlocks(data), ...rows(data['Drive Information'])]
  const drives = [...rows(data['VD LIST']), ...driveRows(data)]
  return {
    controllers: isRecord(data['Basics']) ? [controllerOf(controller, data, data['Basics'])] : [],
    enclosures: rows(data['Enclosure LIST']).map((row) => ({
      controller,
      id: said(row['EID']) ?? '?',
      model: folded(said(row['ProdID'])),
      slots: integerOrNull(said(row['Slots'])),
      condition: arrayCondition(said(row['State'])),
      state: said(row['State']),
    })),
    physicalDisks: disks.map((row) => diskOf(controller, row, data)),
    logicalDrives: drives.map((row) => driveOf(controller, row, data)),
  }
}

function controllerOf(id: string, data: Fields, basics: Fields) {
  const [version, status, hardware] = [part(data, 'Version'), part(data, 'Status'), part(data, 'HwCfg')]
  const battery = [...rows(data['BBU_Info']), ...rows(data['Cachevault_Info']), ...rows(data['Energy Pack Info'])][0]
  const batteryState = said(battery?.['State']) ?? said(hardware['BBU']) ?? said(hardware['Energy Pack'])
  return {
    id,
    model: folded(said(basics['Model'])),
    serial: folded(said(basics['Serial Number'])),
    wwn: wwnOrNull(said(basics['SAS Address'])),
    firmware: folded(said(version['Firmware Package Build']) ?? said(version['Firmware Version'])),
    bios: folded(said(version['Bios Version'])),
    driver: folded(`${said(version['Driver Name']) ?? ''} ${said(version['Driver Version']) ?? ''}`),
    pciAddress: pciAddress(said(basics['PCI Address'])),
    pciSlot: said(basics['PCI Slot Number']),
    cacheBytes: binaryBytes(said(hardware['On Board Memory Size'])),
    battery: batteryCondition(batteryState),
    batteryState,
    condition: arrayCondition(said(status['Controller Status'])),
    state: said(status['Controller Status']),
  }
}

function diskOf(controller: string, row: Fields, data: Fields) {
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

function driveOf(controller: string, row: Fields, data: Fields) {
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
function driveBlocks(data: Fields): Fields[] {
  return Object.entries(data).flatMap(([name, value]) => (/^Drive \/c\d+\/(?:e\d+\/)?s\d+$/.test(name) ? rows(value) : []))
}

/** `/c0/v1 : [row]` of `/call/vall show all`. */
function driveRows(data: Fields): Fields[] {
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
  const others = rows(data['VD LIST']).map((row) => said(row['Size']) ?? '')
  return others.some((other) => other.includes('iB')) && size?.includes('iB') === false ? decimalBytes(size) : binaryBytes(size)
}

/** `893.750 GB [0x6fb80000 Sectors]`: exact, in sectors of the size beside it. */
function sectors(size: string | null, sectorSize: string | null): number | null {
  const count = /\[0x([0-9a-f]{1,12}) Sectors\]/i.exec(size ?? '')?.[1]
  if (count === undefined) return null
  return Number.parseInt(count, 16) * (/^4(?:096 ?B|\.0* ?KB| ?KB)/i.test(sectorSize ?? '') ? 4096 : 512) || null
}

function part(data: Fields, name: string): Fields {
  const value = data[name]
  return isRecord(value) ? value : {}
}

function rows(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function said(value: unknown): string | null {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : null
}

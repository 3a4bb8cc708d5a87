import { ParseError } from '../errors.ts'
import type { DiskView } from './disk-view.ts'
import { isRecord, readJson } from './json.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/** Disks of one or more answers of `smartctl -i`, `-a` or `-x`, one after the other; any version since 5. */
export function smartctlDisks(text: string): Partial<DiskView>[] {
  return (
    text
      // "smartctl version 5.38", "smartctl 7.2 2020-12-30", "smartctl pre-7.4 2023-06-13"
      .split(/^(?=smartctl (?:version |pre-)?\d)/m)
      .map(fields)
      .map(oneDisk)
      .filter((disk) => disk !== null)
  )
}

/**
 * Disks of one `smartctl --json` (since 7.0), or of several in an array.
 *
 * @throws {ParseError} on what is not JSON
 */
export function smartctlJsonDisks(text: string): Partial<DiskView>[] {
  let parsed: unknown
  try {
    parsed = readJson(text)
  } catch {
    throw new ParseError('expected the JSON of smartctl', text.slice(0, 200))
  }
  const all = (Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]).filter(isRecord)
  return all.filter(isJsonDisk).map(oneJsonDisk).filter(isKnown)
}

/** The lines of its information section, first of each name. */
function fields(text: string): Map<string, string> {
  const found = new Map<string, string>()
  // All facts stand in the first lines; what follows are counters, by the hundred.
  for (const line of text.slice(0, 8192).split('\n')) {
    if (line.startsWith('=== START OF') && !line.includes('INFORMATION')) break
    const at = line.indexOf(': ')
    if (at < 1) continue
    const name = line.slice(0, at).trim().toLowerCase()
    if (!found.has(name)) found.set(name, line.slice(at + 1).trim())
  }
  return found
}

function oneDisk(of: ReadonlyMap<string, string>): Partial<DiskView> | null {
  // Before 5.40, SCSI disks were one line: "Device: IBM-ESXS ST3300655SS  Version: BA23".
  const old = /^(\S+) +(.*?) +Version: *(\S*)/.exec(of.get('device') ?? '')
  const model = of.get('device model') ?? of.get('model number') ?? of.get('product') ?? old?.[2]
  const serial = of.get('serial number')
  if (model === undefined && serial === undefined) return null
  if (!isDiskType(of.get('device type')) || /Packet Interface/i.test(of.get('smart support is') ?? '')) return null
  const isNvme = of.has('model number')
  const isAta = of.has('device model')
  const transport = of.get('transport protocol')?.toLowerCase() ?? ''
  const vendor = of.get('vendor') ?? old?.[1]
  // "/1:0:0:0": a RAID controller that could not ask the disk. What follows, such as a capacity of 600 PB, is as true.
  if (vendor?.startsWith('/') === true) return null
  return {
    model: textOrNull(model),
    vendor: textOrNull(vendor),
    serial: textOrNull(serial),
    firmware: textOrNull(of.get('firmware version') ?? of.get('revision') ?? old?.[3]),
    sizeBytes: size(of),
    wwn: wwnOf(of),
    bus: isNvme ? 'nvme' : isAta ? ataBus(of) : transportOf(transport),
    protocol: isNvme ? 'NVMe' : isAta ? 'ATA' : 'SCSI',
    rotational: rotates(of.get('rotation rate')),
  }
}

/** Whether what SCSI calls the type of a device is a disk: not an optical drive, tape, changer, enclosure, or an array's controller. */
function isDiskType(said: string | null | undefined): boolean {
  return said === null || said === undefined || /^(?:simplified )?disk\b(?! array)|\bzoned\b/i.test(said)
}

const TRANSPORTS = [
  ['sas', 'sas'],
  ['fibre channel', 'fc'],
  ['fc', 'fc'],
  ['iscsi', 'iscsi'],
  ['parallel scsi', 'spi'],
] as const

function transportOf(said: string): string | null {
  return TRANSPORTS.find(([word]) => said.startsWith(word))?.[1] ?? null
}

function size(of: ReadonlyMap<string, string>): number | null {
  const text = of.get('user capacity') ?? of.get('namespace 1 size/capacity') ?? of.get('total nvm capacity') ?? ''
  // Digits in groups, by the locale with commas, points, apostrophes or spaces between them.
  const digits = /^\d[\d .,'’\u00a0\u202f]*/.exec(text)?.[0].replace(/\D/g, '')
  return integerOrNull(digits) || null
}

function wwnOf(of: ReadonlyMap<string, string>): string | null {
  const eui = of.get('namespace 1 ieee eui-64')
  if (eui !== undefined) return wwnOrNull(`eui.${eui.replaceAll(' ', '')}`)
  const naa = of.get('lu wwn device id')
  if (naa === undefined) return wwnOrNull(of.get('logical unit id'))
  // "5 000039 5141891af": authority, maker and number; leading zeros of the last two are kept.
  return wwnOrNull(naa.replaceAll(' ', ''))
}

/** Disks older than the line, and smartctl before 6, do not say which; nearly all are SATA, and the others have a standard before ATA-7. */
function ataBus(of: ReadonlyMap<string, string>): string {
  if (of.has('sata version is')) return 'sata'
  // "6" of smartctl 5, "ATA/ATAPI-6 T13 1410D revision 3a" of later ones; "ATA8-ACS" and "ACS-3" are newer than any of them.
  const version = integerOrNull(/^(?:ATA(?:\/ATAPI)?-)?(\d)\b/.exec(of.get('ata version is') ?? '')?.[1])
  return version !== null && version < 7 ? 'ata' : 'sata'
}

function rotates(rate: string | undefined): boolean | null {
  if (rate === undefined) return null
  return /^solid state/i.test(rate) ? false : /\d+ ?rpm/i.test(rate) ? true : null
}

function oneJsonDisk(json: Record<string, unknown>): Partial<DiskView> {
  const device = isRecord(json['device']) ? json['device'] : {}
  const capacity = isRecord(json['user_capacity']) ? json['user_capacity']['bytes'] : json['nvme_total_capacity']
  const protocol = textOf(device['protocol'])
  const transport = isRecord(json['scsi_transport_protocol']) ? (textOf(json['scsi_transport_protocol']['name'])?.toLowerCase() ?? '') : ''
  const rate = json['rotation_rate']
  return {
    // The name of a SCSI disk is vendor and product in one; the kernel, and so the register, has them apart.
    model: textOrNull(textOf(json['scsi_product']) ?? textOf(json['product']) ?? textOf(json['model_name'])),
    vendor: textOrNull(textOf(json['scsi_vendor']) ?? textOf(json['vendor'])),
    serial: textOrNull(textOf(json['serial_number'])),
    firmware: textOrNull(textOf(json['firmware_version']) ?? textOf(json['revision']) ?? textOf(json['scsi_revision'])),
    sizeBytes: typeof capacity === 'number' && Number.isSafeInteger(capacity) && capacity > 0 ? capacity : null,
    wwn: jsonWwn(json),
    bus: protocol === 'NVMe' ? 'nvme' : protocol === 'ATA' ? ('pata_version' in json ? 'ata' : 'sata') : transportOf(transport),
    protocol: protocol === 'ATA' || protocol === 'SCSI' || protocol === 'NVMe' ? protocol : null,
    // 0 is a solid state disk; SCSI disks say 1 for the same.
    rotational: typeof rate === 'number' && Number.isInteger(rate) ? rate > 1 : null,
  }
}

function isJsonDisk(json: Record<string, unknown>): boolean {
  const type = isRecord(json['device_type']) ? textOf(json['device_type']['name']) : undefined
  return isDiskType(type) && textOf(json['scsi_vendor'] ?? json['vendor'])?.startsWith('/') !== true
}

/** Of a disk that could not be opened there is only an error message. */
function isKnown({ model, serial }: Partial<DiskView>): boolean {
  return typeof model === 'string' || typeof serial === 'string'
}

function jsonWwn(json: Record<string, unknown>): string | null {
  const wwn = json['wwn']
  if (isRecord(wwn)) {
    const { naa, oui, id } = wwn
    if (typeof naa !== 'number' || typeof oui !== 'number' || typeof id !== 'number') return null
    return wwnOrNull(hex(naa, 1) + hex(oui, 6) + hex(id, 9))
  }
  const spaces = Array.isArray(json['nvme_namespaces']) ? (json['nvme_namespaces'] as unknown[]) : []
  const first = spaces.find(isRecord)
  const eui = first !== undefined && isRecord(first['eui64']) ? first['eui64'] : null
  if (eui !== null && typeof eui['oui'] === 'number' && typeof eui['ext_id'] === 'number')
    return wwnOrNull(`eui.${hex(eui['oui'], 6)}${hex(eui['ext_id'], 10)}`)
  return wwnOrNull(textOf(json['logical_unit_id']))
}

function hex(value: number, digits: number): string {
  return Number.isSafeInteger(value) && value >= 0 ? value.toString(16).padStart(digits, '0') : '-'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

import type { Probe } from '../define.ts'
import { lines } from './text.ts'

/** What udev knows of one block device, from its database or from an export of it. */
export interface UdevDevice {
  /** Kernel path below /sys; null in the database files, which do not hold it. */
  readonly path: string | null
  /** Kernel name, such as sda; null in the database files. */
  readonly name: string | null
  /** `8:0`, as in the `dev` file of sysfs; null where the device has none. */
  readonly number: string | null
  readonly properties: ReadonlyMap<string, string>
}

// The database of a machine with many disks is large: only the properties that some plugin reads.
const PROPERTIES = [
  'DM_(NAME|UUID)',
  'ID_(ATA_(ROTATION_RATE_RPM|SATA)|BUS|CDROM|FS_(LABEL|LABEL_ENC|UUID)|MODEL|MODEL_ENC|NAME|PATH|PATH_ATA_COMPAT)',
  'ID_(REVISION|SCSI_SERIAL|SERIAL|SERIAL_SHORT|TYPE|USB_DRIVER|VENDOR|VENDOR_ENC|WWN|WWN_WITH_EXTENSION)',
  'SCSI_IDENT_SERIAL',
].join('|')

/** udev's database of block devices: readable by everybody, and read without touching a disk. Empty where there is no udev. */
export const UDEV_BLOCK = {
  sh: `exec grep -HsE '^E:(${PROPERTIES})=' /run/udev/data/b[0-9]*`,
  okCodes: [0, 1, 2],
} as const satisfies Probe

/** Devices of the database files, by number. */
export function udevDatabase(text: string): Map<string, UdevDevice> {
  const devices = new Map<string, { number: string; properties: Map<string, string> }>()
  for (const line of lines(text)) {
    const match = /^\/run\/udev\/data\/b(\d+:\d+):E:([A-Z0-9_]+)=(.*)$/.exec(line)
    if (match === null) continue
    const [, number, name, value] = match
    const known = devices.get(number!) ?? { number: number!, properties: new Map<string, string>() }
    known.properties.set(name!, value!)
    devices.set(number!, known)
  }
  return new Map([...devices].map(([number, known]) => [number, { path: null, name: null, ...known }]))
}

/** Block devices of `udevadm info --export-db`, or of `udevadm info` of one device. */
export function udevExport(text: string): UdevDevice[] {
  return udevRecords(text)
    .filter(({ properties }) => properties.get('SUBSYSTEM') === 'block')
    .map(({ path, properties }) => device(path, properties))
}

export interface UdevRecord {
  /** Kernel path below /sys. */
  readonly path: string
  readonly properties: ReadonlyMap<string, string>
}

/** All devices of `udevadm info --export-db`, of any kind. */
export function udevRecords(text: string): UdevRecord[] {
  const records: UdevRecord[] = []
  let properties: Map<string, string> | null = null
  for (const line of text.split('\n')) {
    const value = line.slice(3).trimEnd()
    if (line.startsWith('P: ')) {
      properties = new Map()
      records.push({ path: value, properties })
    } else if (line.trim() === '') {
      // A device ends at an empty line; some recordings lost those, and each device begins with P.
      properties = null
    } else if (line.startsWith('E: ')) {
      const at = value.indexOf('=')
      if (at > 0) properties?.set(value.slice(0, at), value.slice(at + 1))
    }
  }
  return records
}

/** Text of an `_ENC` property, in which udev writes what may not be in a file name as \x20; trimmed, with runs of spaces folded. */
export function decodeUdev(value: string | undefined): string | null {
  if (value === undefined) return null
  const bytes = value.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return bytes.replace(/\s+/g, ' ').trim() || null
}

function device(path: string, properties: ReadonlyMap<string, string>): UdevDevice {
  const [major, minor] = [properties.get('MAJOR'), properties.get('MINOR')]
  const number = major === undefined || minor === undefined ? null : `${major}:${minor}`
  return { path, name: path.slice(path.lastIndexOf('/') + 1).replaceAll('!', '/'), number, properties }
}

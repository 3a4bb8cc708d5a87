import { assignments, lines, pathValues, textOrNull } from './text.ts'

/** A PCI function, in the words of its uevent file. Ids are four hex digits, lower case. */
export interface PciDevice {
  readonly address: string
  readonly vendorId: string
  readonly deviceId: string
  readonly subsystemVendorId: string | null
  readonly subsystemDeviceId: string | null
  /** Base class, subclass and programming interface: six hex digits. */
  readonly classId: string | null
  readonly driver: string | null
}

/** Names that a database has for a device; null where it has none. */
export interface PciNames {
  readonly vendor: string | null
  readonly device: string | null
}

/** Devices from `path:value` lines of `/sys/bus/pci/devices/ADDRESS/uevent`. */
export function pciDevices(text: string): PciDevice[] {
  return [...pathValues(text)].flatMap(([path, value]) => {
    const address = /^\/sys\/bus\/pci\/devices\/([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\/uevent$/.exec(path)?.[1]
    const properties = assignments(value)
    const ids = /^([0-9A-F]{4}):([0-9A-F]{4})$/i.exec(properties.get('PCI_ID') ?? '')
    if (address === undefined || ids === null) return []
    const subsystem = /^([0-9A-F]{4}):([0-9A-F]{4})$/i.exec(properties.get('PCI_SUBSYS_ID') ?? '')
    const classId = properties.get('PCI_CLASS')?.toLowerCase().padStart(6, '0') ?? ''
    return [
      {
        address,
        vendorId: ids[1]!.toLowerCase(),
        deviceId: ids[2]!.toLowerCase(),
        subsystemVendorId: subsystemId(subsystem?.[1]),
        subsystemDeviceId: subsystemId(subsystem?.[2]),
        classId: /^[0-9a-f]{6}$/.test(classId) ? classId : null,
        driver: textOrNull(properties.get('DRIVER')),
      },
    ]
  })
}

/** Names by address, from `path:value` lines of udev's database (`/run/udev/data/+pci:ADDRESS`). */
export function udevPciNames(text: string): Map<string, PciNames> {
  const names = new Map<string, PciNames>()
  for (const line of lines(text)) {
    const match = /^\/run\/udev\/data\/\+pci:([0-9a-f:.]{10,16}):E:ID_(VENDOR|MODEL)_FROM_DATABASE=(.*)$/.exec(line)
    if (match === null) continue
    const known = names.get(match[1]!) ?? { vendor: null, device: null }
    names.set(match[1]!, { ...known, [match[2] === 'VENDOR' ? 'vendor' : 'device']: textOrNull(match[3]) })
  }
  return names
}

/** Names by `vvvv` and `vvvv:dddd`, from lines of pci.ids that the probe has cut out: `8086 Intel Corporation`, `8086:1237 440FX`. */
export function pciIdNames(text: string): Map<string, string> {
  const names = new Map<string, string>()
  for (const line of lines(text)) {
    const match = /^([0-9a-f]{4}(?::[0-9a-f]{4})?) +(\S.*)$/.exec(line)
    if (match !== null) names.set(match[1]!, match[2]!.trim())
  }
  return names
}

/** What a device is for, by its base class (PCI Code and ID Assignment Specification). */
export function pciKind(classId: string | null): string | null {
  return classId === null ? null : (KINDS[Number.parseInt(classId.slice(0, 2), 16)] ?? 'other')
}

function subsystemId(id: string | undefined): string | null {
  return id === undefined || id === '0000' || id.toLowerCase() === 'ffff' ? null : id.toLowerCase()
}

const KINDS: readonly string[] = [
  'other',
  'storage',
  'network',
  'display',
  'multimedia',
  'memory',
  'bridge',
  'communication',
  'system',
  'input',
  'docking',
  'processor',
  'serial-bus',
  'wireless',
  'intelligent-io',
  'satellite',
  'encryption',
  'signal-processing',
  'accelerator',
]

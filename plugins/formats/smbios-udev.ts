import type { Probe } from '../define.ts'
import type { Structure } from './smbios.ts'

/** udev's view of the memory devices: since systemd 248 every user may read from it what dmidecode tells root alone. */
export const UDEV_DMI = { file: '/run/udev/data/+dmi:id' } as const satisfies Probe

/** The memory devices (type 17) among the `E:MEMORY_DEVICE_n_*` lines of udev's database; empty where udev is older. */
export function udevStructures(text: string): Structure[] {
  const devices = new Map<string, Map<string, string>>()
  for (const line of text.split('\n')) {
    const match = /^E:MEMORY_DEVICE_(\d{1,5})_([A-Z_]{1,40})=(.*)$/.exec(line)
    if (match === null) continue
    const [, slot, name, value] = match
    const fields = devices.get(slot!) ?? new Map<string, string>()
    devices.set(slot!, fields)
    const label = LABELS[name!]
    if (name === 'PRESENT' && value === '0') fields.set('Size', 'No Module Installed')
    else if (label !== undefined) fields.set(label, value! + (UNITS[name!] ?? ''))
  }
  return [...devices.values()].map((fields) => ({ type: 17, handle: null, fields }))
}

const LABELS: Readonly<Record<string, string>> = {
  SIZE: 'Size',
  FORM_FACTOR: 'Form Factor',
  LOCATOR: 'Locator',
  BANK_LOCATOR: 'Bank Locator',
  TYPE: 'Type',
  SPEED_MTS: 'Speed',
  MANUFACTURER: 'Manufacturer',
  SERIAL_NUMBER: 'Serial Number',
  ASSET_TAG: 'Asset Tag',
  PART_NUMBER: 'Part Number',
  RANK: 'Rank',
  CONFIGURED_SPEED_MTS: 'Configured Memory Speed',
}

const UNITS: Readonly<Record<string, string>> = { SIZE: ' bytes', SPEED_MTS: ' MT/s', CONFIGURED_SPEED_MTS: ' MT/s' }

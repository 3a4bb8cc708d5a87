import type { Probe } from '../define.ts'
import type { Structure } from './smbios.ts'
import { CHASSIS_TYPES } from './smbios-words.ts'
import { lines } from './text.ts'

/** What everybody may read of the SMBIOS tables; serials and the UUID are for root alone. Absent where the kernel found no tables. */
export const SYSFS_DMI = {
  files: ['/sys/class/dmi/id/[bcps]*_*'],
} as const satisfies Probe

/** The structures behind /sys/class/dmi/id, as `path:value` lines. */
export function sysfsStructures(text: string): Structure[] {
  const values = new Map<string, string>()
  for (const line of lines(text)) {
    // A date has slashes: the general reader of such lines could not tell where its path ends.
    const match = /^\/sys\/[\w/]{1,80}\/id\/(\w{1,40}):(.*)$/.exec(line)
    if (match !== null) values.set(match[1]!, match[2]!)
  }
  return Object.entries(FILES).flatMap(([type, labels]) => {
    const fields = Object.entries(labels).flatMap(([file, label]) => {
      const value = values.get(file)
      return value === undefined ? [] : [[label, file === 'chassis_type' ? chassisType(value) : value] as const]
    })
    return fields.length === 0 ? [] : [{ type: Number(type), handle: null, fields: new Map(fields) }]
  })
}

const FILES: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  0: { bios_vendor: 'Vendor', bios_version: 'Version', bios_date: 'Release Date' },
  1: {
    sys_vendor: 'Manufacturer',
    product_name: 'Product Name',
    product_version: 'Version',
    product_serial: 'Serial Number',
    product_uuid: 'UUID',
    product_sku: 'SKU Number',
    product_family: 'Family',
  },
  2: { board_vendor: 'Manufacturer', board_name: 'Product Name', board_version: 'Version', board_serial: 'Serial Number' },
  3: {
    chassis_vendor: 'Manufacturer',
    chassis_type: 'Type',
    chassis_version: 'Version',
    chassis_serial: 'Serial Number',
    chassis_asset_tag: 'Asset Tag',
  },
}

function chassisType(code: string): string {
  return CHASSIS_TYPES[(Number(code) & 0x7f) - 1] ?? '<OUT OF SPEC>'
}

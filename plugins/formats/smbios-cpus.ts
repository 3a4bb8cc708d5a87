import { nominalMHz, tidy } from './cpuinfo.ts'
import type { Structure } from './smbios.ts'
import { integerOrNull, textOrNull } from './text.ts'

/** A processor that sits in its socket, as SMBIOS type 4 shows it. In a virtual machine each vCPU may have a socket of its own. */
export interface SmbiosCpu {
  readonly model: string | null
  readonly vendor: string | null
  /** Cores that the firmware has enabled. */
  readonly cores: number | null
  readonly threads: number | null
  readonly speedMHz: number | null
}

/** Populated sockets, in the order of the table. */
export function smbiosCpus(structures: readonly Structure[]): SmbiosCpu[] {
  return structures.flatMap(({ type, fields }) => {
    if (type !== 4 || !isThere(fields)) return []
    const version = textOrNull(fields.get('Version'))
    const model = version === null || /^0+$/.test(version) ? null : tidy(version)
    const cores = count(fields.get('Core Enabled')) ?? count(fields.get('Core Count'))
    const threads = count(fields.get('Thread Count'))
    return [
      {
        model,
        vendor: textOrNull(fields.get('Manufacturer')),
        cores,
        threads: threads !== null && threads >= (cores ?? 1) ? threads : null,
        speedMHz: nominalMHz(model) ?? count(/^(\d{1,6}) MHz$/.exec(fields.get('Current Speed')?.trim() ?? '')?.[1]),
      },
    ]
  })
}

/** dmidecode 1.x has no Status: an empty socket shows neither family nor maker there. */
function isThere(fields: ReadonlyMap<string, string>): boolean {
  const kind = textOrNull(fields.get('Type'))
  if (kind !== null && kind !== 'Central Processor') return false
  const status = fields.get('Status')
  if (status !== undefined) return status.startsWith('Populated') && !/Disabled/.test(status)
  const maker = textOrNull(fields.get('Manufacturer'))
  return maker !== null && !/^0+$/.test(maker)
}

/** 0 is "not known" in all of these. */
function count(value: string | undefined): number | null {
  const number = integerOrNull(value)
  return number === null || number < 1 ? null : number
}

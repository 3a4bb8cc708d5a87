import { dmiFacts, type DmiFacts } from './dmi.ts'
import { assignments, textOrNull, uuidOrNull } from './text.ts'

const NOTHING = dmiFacts([])

/** What a device tree says of the machine, as `property=text` lines; null where it names none. */
export function deviceTreeFacts(text: string): DmiFacts | null {
  const properties = assignments(text)
  const said = (name: string): string | null => textOrNull(properties.get(name))
  const model = said('model')
  if (model === null) return null
  // POWER: "IBM,9009-42A" and "IBM,02787B58A", in which 02 is no part of the serial number.
  const isIbm = model.startsWith('IBM,')
  const system = said('system-id')?.replace(/^IBM,\d\d/, '') ?? null
  const partition = uuidOrNull(said('ibm,partition-uuid') ?? said('vm,uuid'))
  return {
    ...NOTHING,
    vendor: isIbm ? 'IBM' : said('vendor'),
    product: isIbm ? model.slice('IBM,'.length) : model,
    // A partition sees the serial number of the frame that it shares with others.
    serial: partition === null ? (said('serial-number') ?? system) : null,
    uuid: partition,
    isBlade: false,
    enclosureSerial: partition === null ? null : system,
  }
}

/** What /proc/sysinfo (s390x) says of the machine: a Linux there runs in a partition or under z/VM, never on a frame of its own. */
export function sysinfoFacts(text: string): DmiFacts | null {
  const said = (name: string): string | null => {
    const line = text.split('\n', 200).find((one) => one.startsWith(`${name}:`))
    return textOrNull(line?.slice(name.length + 1))
  }
  const product = said('Type')
  if (product === null) return null
  return {
    ...NOTHING,
    vendor: said('Manufacturer'),
    product,
    version: said('Model'),
    uuid: uuidOrNull(said('VM00 UUID') ?? said('LPAR UUID')),
    isBlade: false,
    enclosureSerial: said('Sequence Code')?.replace(/^0+/, '') ?? null,
  }
}

import { jedecName } from './jedec.ts'
import type { Structure } from './smbios.ts'
import { bytesOrNull, integerOrNull, textOrNull } from './text.ts'

/** One populated slot. */
export interface MemoryModule {
  readonly slot: string
  readonly sizeBytes: number | null
  readonly type: string | null
  readonly formFactor: string | null
  readonly speedMTs: number | null
  readonly configuredSpeedMTs: number | null
  readonly rank: number | null
  readonly manufacturer: string | null
  readonly serial: string | null
  readonly partNumber: string | null
}

export interface MemorySlots {
  readonly modules: MemoryModule[]
  readonly slots: number
  readonly emptySlots: number
}

/** The slots of the system's memory, in the order of the tables; null where the structures say nothing of memory. */
export function memorySlots(structures: readonly Structure[]): MemorySlots | null {
  const devices = systemDevices(structures)
  const names = slotNames(devices)
  const modules = devices.flatMap((device, index) => (isEmpty(device) ? [] : [moduleOf(device, names[index]!)]))
  return devices.length === 0 ? null : { modules, slots: devices.length, emptySlots: devices.filter(isEmpty).length }
}

/** How much memory the slots can hold, in bytes. */
export function maxCapacityBytes(structures: readonly Structure[]): number | null {
  const sizes = structures.filter(isSystemArray).map((one) => bytesOrNull(one.fields.get('Maximum Capacity')))
  const sum = sizes.reduce<number>((total, size) => total + (size ?? 0), 0)
  return sum === 0 || sizes.includes(null) ? null : sum
}

/** Memory devices (type 17, SMBIOS 2.1); before, memory modules (type 6). Not the flash that holds the firmware. */
function systemDevices(structures: readonly Structure[]): readonly Structure[] {
  // dmidecode 1.x names the devices and says nothing of them.
  const devices = structures.filter((one) => one.type === 17 && one.fields.size > 0)
  if (devices.length === 0) return structures.filter((one) => one.type === 6)
  const others = structures.filter((one) => one.type === 16 && !isSystemArray(one)).map((one) => one.handle)
  return devices.filter(
    (one) =>
      !others.includes(one.fields.get('Array Handle')?.toLowerCase() ?? '?') &&
      !/^(?:Flash|E?E?P?ROM|FEPROM)$/.test(one.fields.get('Type') ?? ''),
  )
}

function isSystemArray({ type, fields }: Structure): boolean {
  return type === 16 && ['System Memory', undefined].includes(fields.get('Use'))
}

function moduleOf({ fields }: Structure, slot: string): MemoryModule {
  const configured = fields.get('Configured Memory Speed') ?? fields.get('Configured Clock Speed')
  return {
    slot,
    sizeBytes: sizeOf(fields),
    type: typeOf(fields),
    formFactor: word(fields.get('Form Factor')),
    speedMTs: transfersOf(fields.get('Speed')),
    configuredSpeedMTs: transfersOf(configured),
    rank: positive(fields.get('Rank')),
    manufacturer: jedecName(textOrNull(fields.get('Manufacturer'))),
    serial: textOrNull(fields.get('Serial Number')),
    partNumber: textOrNull(fields.get('Part Number')),
  }
}

/** Of an empty slot, some firmware gives a size that is unknown instead of none: only a name of its own speaks for a module then. */
function isEmpty({ fields }: Structure): boolean {
  const size = fields.get('Size') ?? fields.get('Installed Size') ?? ''
  if (/^(?:No Module Installed|Not Installed|0 )/.test(size)) return true
  return sizeOf(fields) === null && textOrNull(fields.get('Serial Number')) === null && textOrNull(fields.get('Part Number')) === null
}

function sizeOf(fields: ReadonlyMap<string, string>): number | null {
  // "16384 MB", "64 MB (Single-bank Connection)", and "256Mbyte" of dmidecode 1.x.
  const match = /^(\d{1,15}) ?([kMGT]?)(?:i?B|bytes?)/.exec(fields.get('Size') ?? fields.get('Installed Size') ?? '')
  // 0x7fff: the size is in a field that this dmidecode (before 2.11) did not know.
  if (match === null || match[0] === '32767 MB') return null
  return bytesOrNull(`${match[1]} ${match[2]}B`) || null
}

/** Type 6 says "ECC DIMM SDRAM". */
function typeOf(fields: ReadonlyMap<string, string>): string | null {
  const said = word(fields.get('Type'))
  return fields.has('Installed Size') ? (/\b(?:SDRAM|EDO|FPM)\b/.exec(said ?? '')?.[0] ?? null) : said
}

function word(said: string | undefined): string | null {
  return said === 'Other' ? null : textOrNull(said)
}

/** "1333 MT/s"; dmidecode before 3.0 called the same number MHz. */
function transfersOf(said: string | undefined): number | null {
  return positive(/^(\d{1,7}) ?(?:MT\/s|MHz)/.exec(said ?? '')?.[1])
}

function positive(said: string | undefined): number | null {
  const number = integerOrNull(said)
  return number === null || number < 1 ? null : number
}

/** The locator, with the bank where several slots share it, numbered where even that does not tell them apart. Empty slots count: a name stays. */
function slotNames(devices: readonly Structure[]): string[] {
  const short = devices.map(({ fields }) => textOrNull(fields.get('Locator') ?? fields.get('Socket Designation')))
  const shared = repeated(short)
  const long = devices.map(({ fields }, index) => {
    const locator = short[index]!
    if (locator !== null && !shared.has(locator)) return locator
    return [textOrNull(fields.get('Bank Locator')), locator].filter((part) => part !== null).join(' ') || 'slot'
  })
  const [doubtful, taken] = [repeated(long), new Set(long)]
  const counts = new Map<string, number>()
  return long.map((name) => {
    if (!doubtful.has(name)) return name
    let count = counts.get(name) ?? 0
    do count += 1
    while (taken.has(`${name} #${count}`))
    counts.set(name, count)
    return `${name} #${count}`
  })
}

function repeated(values: readonly (string | null)[]): Set<string | null> {
  const seen = new Set<string | null>()
  return new Set(values.filter((value) => seen.size === seen.add(value).size))
}

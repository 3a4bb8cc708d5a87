import {
  ARRAY_USES,
  BOARD_TYPES,
  CHASSIS_TYPES,
  FORM_FACTORS,
  MEMORY_TYPES,
  MODULE_TYPE_BITS,
  PROCESSOR_STATES,
  PROCESSOR_TYPES,
} from './smbios-words.ts'

/** One structure's formatted area, its strings, and the version of the specification that its table follows, as 0x0206. */
export interface Area {
  readonly bytes: Buffer
  readonly strings: readonly string[]
  readonly version: number
}

/** A field's value in dmidecode's words; null where the structure is too short to have it. */
type Read = (area: Area) => string | null

/** Which label is read from where, by structure type (DSP0134 chapter 7, offsets from the start of the structure). */
export const LAYOUTS: Readonly<Record<number, Readonly<Record<string, Read>>>> = {
  0: { Vendor: string(0x04), Version: string(0x05), 'Release Date': string(0x08) },
  1: {
    Manufacturer: string(0x04),
    'Product Name': string(0x05),
    Version: string(0x06),
    'Serial Number': string(0x07),
    UUID: uuid,
    'SKU Number': string(0x19),
    Family: string(0x1a),
  },
  2: {
    Manufacturer: string(0x04),
    'Product Name': string(0x05),
    Version: string(0x06),
    'Serial Number': string(0x07),
    Features: (area) => ((byte(area, 0x09) ?? 0) & 1 ? 'Board is a hosting board' : null),
    'Location In Chassis': string(0x0a),
    Type: word(0x0d, BOARD_TYPES),
  },
  3: {
    Manufacturer: string(0x04),
    Type: word(0x05, CHASSIS_TYPES, 0x7f),
    Version: string(0x06),
    'Serial Number': string(0x07),
    'Asset Tag': string(0x08),
  },
  4: {
    'Socket Designation': string(0x04),
    Type: word(0x05, PROCESSOR_TYPES),
    Manufacturer: string(0x07),
    Version: string(0x10),
    'Max Speed': megahertz(0x14),
    'Current Speed': megahertz(0x16),
    Status: processorStatus,
    'Serial Number': string(0x20),
    'Part Number': string(0x22),
    'Core Count': count(0x23, 0x2a),
    'Core Enabled': count(0x24, 0x2c),
    'Thread Count': count(0x25, 0x2e),
  },
  6: { 'Socket Designation': string(0x04), Type: moduleType, 'Installed Size': moduleSize },
  16: { Use: word(0x05, ARRAY_USES), 'Maximum Capacity': capacity },
  17: {
    'Array Handle': handle(0x04),
    Size: deviceSize,
    'Form Factor': word(0x0e, FORM_FACTORS),
    Locator: string(0x10),
    'Bank Locator': string(0x11),
    Type: word(0x12, MEMORY_TYPES),
    Speed: transfers(0x15, 0x54),
    Manufacturer: string(0x17),
    'Serial Number': string(0x18),
    'Asset Tag': string(0x19),
    'Part Number': string(0x1a),
    Rank: (area) => ((byte(area, 0x1b) ?? 0) & 0x0f || null)?.toString() ?? null,
    'Configured Memory Speed': transfers(0x20, 0x58),
  },
  // HP's own (dmidecode's dmioem.c): where a blade sits.
  204: { 'Enclosure Model': string(0x06), 'Enclosure Serial': string(0x0a), 'Server Bay': string(0x07) },
}

function string(offset: number): Read {
  return (area) => {
    const index = byte(area, offset)
    if (index === null) return null
    return index === 0 ? 'Not Specified' : (area.strings[index - 1]?.trim() ?? '<BAD INDEX>')
  }
}

function word(offset: number, words: readonly string[], mask = 0xff): Read {
  return (area) => {
    const code = byte(area, offset)
    return code === null ? null : (words[(code & mask) - 1] ?? '<OUT OF SPEC>')
  }
}

function handle(offset: number): Read {
  return (area) => word16(area, offset)?.toString(16).padStart(4, '0').replace(/^/, '0x') ?? null
}

/** Bytes 0 to 7 are little-endian since 2.6; before, makers wrote them as they liked, and everybody prints them as they come. */
function uuid({ bytes, version }: Area): string | null {
  if (bytes.length < 0x18) return null
  const order = version >= 0x0206 ? [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] : [...Array(16).keys()]
  const hex = order.map((at) => bytes[0x08 + at]!.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toUpperCase()
}

function megahertz(offset: number): Read {
  return (area) => unit(word16(area, offset), 'MHz')
}

/** 16 bits, and 32 elsewhere for what does not fit. */
function transfers(offset: number, extended: number): Read {
  return (area) => {
    const speed = word16(area, offset)
    return unit(speed === 0xffff ? word32(area, extended) : speed, 'MT/s')
  }
}

/** 8 bits, and 16 elsewhere for what does not fit. */
function count(offset: number, extended: number): Read {
  return (area) => {
    const known = byte(area, offset)
    const number = known === 0xff ? (word16(area, extended) ?? known) : known
    return number === null || number === 0 ? null : String(number)
  }
}

function processorStatus(area: Area): string | null {
  const status = byte(area, 0x18)
  if (status === null) return null
  return status & 0x40 ? `Populated, ${PROCESSOR_STATES[status & 0x07]!}` : 'Unpopulated'
}

function deviceSize(area: Area): string | null {
  const code = word16(area, 0x0c)
  if (code === null) return null
  if (code === 0) return 'No Module Installed'
  if (code === 0xffff) return 'Unknown'
  const megabytes = code === 0x7fff ? word32(area, 0x1c) : null
  if (megabytes !== null) return `${megabytes & 0x7fffffff} MB`
  return `${code & 0x7fff} ${code & 0x8000 ? 'kB' : 'MB'}`
}

function moduleSize(area: Area): string | null {
  const code = byte(area, 0x09)
  if (code === null) return null
  const exponent = code & 0x7f
  // 0x7d: cannot be told; 0x7e: there, and not enabled; 0x7f: nothing there.
  return exponent === 0x7f ? 'Not Installed' : exponent > 40 ? 'Unknown' : `${2 ** exponent} MB`
}

function moduleType(area: Area): string | null {
  const bits = word16(area, 0x07)
  return bits === null ? null : MODULE_TYPE_BITS.filter((_, bit) => bits & (1 << bit)).join(' ')
}

function capacity(area: Area): string | null {
  const kilobytes = word32(area, 0x07)
  if (kilobytes !== 0x80000000) return unit(kilobytes, 'kB')
  return area.bytes.length < 0x17 ? null : `${area.bytes.readBigUInt64LE(0x0f)} bytes`
}

function unit(number: number | null, name: string): string | null {
  return number === null || number === 0 ? null : `${number} ${name}`
}

function byte({ bytes }: Area, offset: number): number | null {
  return bytes[offset] ?? null
}

function word16({ bytes }: Area, offset: number): number | null {
  return bytes.length < offset + 2 ? null : bytes.readUInt16LE(offset)
}

function word32({ bytes }: Area, offset: number): number | null {
  return bytes.length < offset + 4 ? null : bytes.readUInt32LE(offset)
}

import { ParseError } from '../errors.ts'
import { LAYOUTS, type Area } from './smbios-layout.ts'
import type { Structure } from './smbios.ts'
import { lines } from './text.ts'

/**
 * The structures in the kernel's raw tables, as the probe `dmi-tables` prints them: `smbios_entry_point` and `DMI`, each on a line of its own
 * before the bytes of that file in base64 or hex. Types that nobody reads are left out.
 *
 * @throws {ParseError} on a text without a table
 */
export function tableStructures(text: string): Structure[] {
  const files = filesIn(text)
  const table = files.get('DMI')
  if (table === undefined || table.length < 4) throw new ParseError('expected SMBIOS tables in base64 or hex', text)
  const version = versionOf(files.get('smbios_entry_point') ?? Buffer.alloc(0))
  const structures: Structure[] = []
  // Handles have 16 bits: more structures than that are no SMBIOS table.
  for (let at = 0, count = 0; at + 4 <= table.length && count < 0xffff; count++) {
    const length = table[at + 1]!
    // Nothing behind a structure shorter than its own header can be found.
    if (length < 4 || at + length > table.length) break
    const type = table[at]!
    const end = stringsEnd(table, at + length)
    const layout = LAYOUTS[type]
    if (layout !== undefined) {
      const area: Area = { bytes: table.subarray(at, at + length), strings: stringsIn(table.subarray(at + length, end)), version }
      const fields = new Map(Object.entries(layout).flatMap(([label, read]) => pair(label, read(area))))
      structures.push({
        type,
        handle: `0x${table
          .readUInt16LE(at + 2)
          .toString(16)
          .padStart(4, '0')}`,
        fields,
      })
    }
    if (type === END_OF_TABLE) break
    at = end
  }
  if (structures.length === 0) throw new ParseError('expected SMBIOS structures', text)
  return structures
}

const END_OF_TABLE = 127

function pair(label: string, value: string | null): [string, string][] {
  return value === null ? [] : [[label, value]]
}

function filesIn(text: string): Map<string, Buffer> {
  const chunks = new Map<string, string[]>()
  let open: string[] | undefined
  for (const line of lines(text)) {
    // Neither name is a line of base64: its lines have four letters or a multiple of it, and no underscore.
    if (line === 'DMI' || line === 'smbios_entry_point') chunks.set(line, (open = []))
    else open?.push(line.trim())
  }
  return new Map([...chunks].map(([name, chunk]) => [name, bytesIn(chunk)]))
}

function bytesIn(chunk: readonly string[]): Buffer {
  const isHex = /^[0-9a-f]{2}(?: |$)/i.test(chunk[0] ?? '')
  return isHex ? Buffer.from(chunk.join('').replaceAll(' ', ''), 'hex') : Buffer.from(chunk.join(''), 'base64')
}

/** Version as a number such as 2.08 → 0x0208, as the entry point says it, with the misprints that dmidecode and the kernel know too. */
function versionOf(entry: Buffer): number {
  const anchor = entry.toString('latin1', 0, 5)
  if (anchor === '_SM3_' && entry.length > 8) return (entry[7]! << 8) | entry[8]!
  if (anchor.startsWith('_SM_') && entry.length > 7) {
    const version = (entry[6]! << 8) | entry[7]!
    return { 0x021f: 0x0203, 0x0221: 0x0203, 0x0233: 0x0206 }[version] ?? version
  }
  if (anchor === '_DMI_' && entry.length > 14) return ((entry[14]! & 0xf0) << 4) | (entry[14]! & 0x0f)
  // No entry point in the capture: nearly all tables of this century are newer than 2.6.
  return 0x0206
}

/** Behind the double NUL that ends a structure's strings. */
function stringsEnd(table: Buffer, start: number): number {
  const nul = table.indexOf('\0\0', start, 'latin1')
  return nul === -1 ? table.length : nul + 2
}

/** As dmidecode does, a dot stands for what cannot be printed. */
function stringsIn(bytes: Buffer): string[] {
  const text = bytes.toString('latin1').replace(/[^\0\x20-\x7e]/g, '.')
  return text.split('\0')
}

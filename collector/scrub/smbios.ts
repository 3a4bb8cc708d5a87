import { LAYOUTS } from '../../plugins/formats/smbios-layout.ts'
import { tableStructures } from '../../plugins/formats/smbios-tables.ts'
import type { Replace } from './replace.ts'

/**
 * The text of the probe `dmi-tables`, scrubbed inside. Lengths and offsets stay, so that it is read as before. What no plugin
 * reads may hold anything (addresses, keys for the first boot), so it is emptied.
 */
export function scrubTables(text: string, replace: Replace): string {
  const [head, table] = text.split(/^DMI\r?\n/m)
  if (head === undefined || table === undefined) return text
  const isHex = /^ ?[0-9a-f]{2} /i.test(table)
  const bytes = isHex ? Buffer.from(table.replace(/\s+/g, ''), 'hex') : Buffer.from(table, 'base64')
  for (let at = 0; at + 4 <= bytes.length && bytes[at + 1]! >= 4;) {
    const start = at + bytes[at + 1]!
    const nul = bytes.indexOf('\0\0', start, 'latin1')
    const end = nul === -1 ? bytes.length : nul + 2
    scrubStructure(bytes[at]!, bytes.subarray(at, start), bytes.subarray(start, end), replace)
    at = end
  }
  const width = table.indexOf('\n')
  const encoded = isHex ? bytes.toString('hex').replace(/../g, ' $&') : bytes.toString('base64')
  const rows = width < 1 ? [encoded] : (encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])
  return `${head}DMI\n${rows.join('\n')}\n`
}

/** Serial numbers and asset tags of all structures that plugins read, those of empty slots included. */
export function tableSerials(text: string): string[] {
  try {
    return tableStructures(text).flatMap(({ fields }) =>
      [...fields].flatMap(([label, value]) => (/Serial|Asset Tag/.test(label) ? [value] : [])),
    )
  } catch {
    return [] // Not there, or no table: then there is nothing in it that could be read.
  }
}

const SYSTEM = 1

function scrubStructure(type: number, area: Buffer, strings: Buffer, replace: Replace): void {
  const layout = LAYOUTS[type]
  const texts = strings.toString('latin1').split('\0')
  const told = Object.values(layout ?? {}).map((read) => read({ bytes: area, strings: texts, version: 0 }))
  if (layout === undefined) area.fill(0, 4)
  const scrubbed = texts.map((one) =>
    told.includes(one.trim()) ? replace(one).padEnd(one.length).slice(0, one.length) : one.replace(/[^ ]/g, 'x'),
  )
  strings.write(scrubbed.join('\0'), 'latin1')
  if (type === SYSTEM && area.length >= 0x18) scrubUuid(area.subarray(0x08, 0x18), replace)
}

/** Its first three numbers are little-endian since SMBIOS 2.6, as everything else that tells of them has it. */
function scrubUuid(bytes: Buffer, replace: Replace): void {
  const text = swapped(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  swapped(Buffer.from(replace(text).replaceAll('-', ''), 'hex')).copy(bytes)
}

function swapped(uuid: Buffer): Buffer {
  const copy = Buffer.from(uuid)
  copy.subarray(0, 4).reverse()
  copy.subarray(4, 6).reverse()
  copy.subarray(6, 8).reverse()
  return copy
}

/** Text of dmidecode: what no plugin reads loses its values, as in the tables; the rest is left to the search for what is private. */
export function emptyUnread(text: string): string {
  let type: number | null = null
  return text
    .split('\n')
    .map((line) => {
      const start = /DMI type (\d{1,3})\b/.exec(line)
      if (start !== null) type = Number(start[1])
      if (start !== null || type === null || LAYOUTS[type] !== undefined || !/^\s/.test(line)) return line
      const colon = line.indexOf(':') + 1
      return line.slice(0, colon) + line.slice(colon).replace(/[a-z\d]/gi, 'x')
    })
    .join('\n')
}

import type { Failed } from '../answer.ts'
import { ParseError } from '../errors.ts'
import type { Structure } from './smbios.ts'
import { lines } from './text.ts'

/**
 * The structures in dmidecode's text, of any age: 1.x ("DMI type 0, 20 bytes." and words of its own), 2.0 to 2.2 (type on a line below the
 * handle, everything indented twice), and since 2.3. A text that says why there are none is a failed answer.
 *
 * @throws {ParseError} on another program's text
 */
export function dmidecodeStructures(text: string): { readonly status: 'ok'; readonly structures: readonly Structure[] } | Failed {
  const structures: Structure[] = []
  let open: Reader | null = null
  for (const line of lines(text)) {
    const start = HANDLE.exec(line)
    if (start !== null) {
      if (open?.type != null) structures.push(structureOf(open))
      // Handles have 16 bits: more structures than that are no SMBIOS table.
      if (structures.length > 0xffff) break
      open = {
        handle: start[1]!.toLowerCase(),
        type: start[2] === undefined ? null : Number(start[2]),
        titled: false,
        depth: null,
        last: null,
        fields: new Map(),
      }
    } else if (open !== null) readLine(open, line)
  }
  if (open?.type != null) structures.push(structureOf(open))
  return structures.length > 0 ? { status: 'ok', structures } : why(text)
}

interface Reader {
  readonly handle: string
  type: number | null
  titled: boolean
  /** Indentation of the attributes; what is deeper is an item of the attribute above. */
  depth: number | null
  last: string | null
  readonly fields: Map<string, string>
}

const HANDLE = /^\s{0,16}Handle (0x[0-9A-Fa-f]{1,8})(?:,? DMI type (\d{1,3}))?/
const TYPE = /^\s{0,16}DMI type (\d{1,3})\b/

function readLine(open: Reader, line: string): void {
  if (open.type === null) {
    const type = TYPE.exec(line)?.[1]
    if (type !== undefined) open.type = Number(type)
    return
  }
  if (!open.titled) {
    open.titled = true
    return
  }
  const depth = indentation(line)
  if (depth === 0) return
  open.depth ??= depth
  if (depth > open.depth) {
    // Only the lists that somebody reads are kept: thousands of lines are processor flags.
    if (open.last !== null && LISTS.has(open.last)) open.fields.set(open.last, `${open.fields.get(open.last)}\n${line.trim()}`.trim())
    return
  }
  const colon = line.indexOf(':')
  if (colon === -1) return
  const said = line.slice(0, colon).trim()
  open.last = LABELS.get(`${open.type} ${said}`) ?? said
  if (!open.fields.has(open.last)) open.fields.set(open.last, line.slice(colon + 1).trim())
}

const LISTS = new Set(['Features', 'Header and Data', 'Strings'])

/** What dmidecode 1.x (until 2003, RHEL 2.1, VMware ESX 2) called the same fields. */
const WORDS_OF_1: readonly (readonly [types: string, said: string, label: string])[] = [
  ['0', 'Release', 'Release Date'],
  ['1 2 3', 'Vendor', 'Manufacturer'],
  ['1 2', 'Product', 'Product Name'],
  ['3', 'Chassis Type', 'Type'],
  ['4', 'Processor Type', 'Type'],
  ['4', 'Processor Manufacturer', 'Manufacturer'],
  ['4', 'Processor Version', 'Version'],
  ['4', 'Vendor Part Number', 'Part Number'],
  ['6', 'Socket', 'Socket Designation'],
]

const LABELS = new Map(WORDS_OF_1.flatMap(([types, said, label]) => types.split(' ').map((type) => [`${type} ${said}`, label])))

function structureOf({ type, handle, fields }: Reader): Structure {
  return { type: type ?? -1, handle, fields }
}

/** Tabs and eight spaces are one: captures from elsewhere than a terminal have either. */
function indentation(line: string): number {
  let width = 0
  for (const sign of line) {
    if (sign === '\t') width += 8
    else if (sign === ' ') width += 1
    else break
  }
  return width
}

function why(text: string): Failed {
  const start = text.slice(0, 2000)
  if (/permission denied|operation not permitted/i.test(start)) return { status: 'denied', reason: 'dmidecode needs root' }
  if (start.trim() === '' || /^# dmidecode|no smbios nor dmi|not found|no such file/im.test(start)) {
    return { status: 'absent', reason: 'dmidecode found no table' }
  }
  throw new ParseError('expected the text of dmidecode', text)
}

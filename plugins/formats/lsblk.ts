import { ParseError } from '../errors.ts'
import { isRecord, readJson } from './json.ts'
import { lines, pairs } from './text.ts'

/** One device of lsblk: values by lower-case column name, such as `name`, `maj:min`, `rota`. */
export type LsblkRow = ReadonlyMap<string, string>

/** Whether lsblk did not know its options and printed its usage: RHEL 6 has no `-P`. */
export function isUsage(text: string): boolean {
  return /^\S{0,40}lsblk: (?:invalid|unrecognized|unknown) (?:option|column)/.test(text.trimStart())
}

/**
 * Rows of lsblk in any of its layouts: JSON (since 2.27), pairs (`-P`), or a table, with any choice of columns.
 *
 * @throws {ParseError} on a text that is none of them
 */
export function lsblkRows(text: string): LsblkRow[] {
  const begin = text.trimStart()
  if (begin.startsWith('{')) return jsonRows(begin)
  // Older ones complain on standard output: "lsblk: dm-0: failed to get device path".
  const useful = lines(text).filter((line) => !/^(?:\S*\/)?lsblk: /.test(line))
  if (useful[0] !== undefined && /^[A-Z:%-]+="/.test(useful[0]))
    return pairs(useful.join('\n')).map((row) => new Map([...row].map(([name, value]) => [name.toLowerCase(), value])))
  const heading = useful.findIndex((line) => /^K?NAME\b/.test(line))
  if (heading === -1) throw new ParseError('expected the rows of lsblk', text.trim().slice(0, 200))
  return tableRows(useful[heading]!, useful.slice(heading + 1))
}

function jsonRows(text: string): LsblkRow[] {
  let parsed: unknown
  try {
    parsed = readJson(text)
  } catch {
    throw new ParseError('expected the JSON of lsblk', text.slice(0, 200))
  }
  const rows: LsblkRow[] = []
  const open: unknown[] = isRecord(parsed) && Array.isArray(parsed['blockdevices']) ? [parsed['blockdevices']] : []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!Array.isArray(next)) continue
    for (const device of next as unknown[]) {
      if (!isRecord(device)) continue
      const row = new Map<string, string>()
      for (const [column, value] of Object.entries(device)) {
        if (column === 'children') open.push(value)
        // Since 2.33 flags are true and false, sizes numbers.
        else if (typeof value === 'boolean') row.set(column, value ? '1' : '0')
        else if (typeof value === 'string' || typeof value === 'number') row.set(column, String(value))
      }
      rows.push(row)
    }
  }
  return rows
}

interface Column {
  readonly name: string
  readonly start: number
  readonly end: number
}

function tableRows(heading: string, rows: readonly string[]): LsblkRow[] {
  const columns: Column[] = [...heading.matchAll(/\S+/g)].map(({ 0: name, index }) => ({
    name: name.toLowerCase(),
    start: index,
    end: index + name.length,
  }))
  return rows.map((line) => {
    // No line of lsblk is longer, with all its columns.
    const plain = line.slice(0, 4096).replace(/^[ |`─│├└-]+/, (branch) => ' '.repeat(branch.length))
    const row = new Map<string, string>()
    for (const cell of cells(plain)) {
      const column = columnOf(cell, columns)
      if (column === undefined) continue
      const known = row.get(column.name)
      row.set(column.name, known === undefined ? cell.text : `${known} ${cell.text}`)
    }
    return row
  })
}

interface Cell {
  readonly text: string
  readonly start: number
  readonly end: number
}

function cells(line: string): Cell[] {
  return [...line.matchAll(/\S+/g)].map(({ 0: text, index }) => ({ text, start: index, end: index + text.length }))
}

/** The column whose heading a word stands below: left-aligned texts begin where it begins, right-aligned numbers end where it ends. */
function columnOf(cell: Cell, columns: readonly Column[]): Column | undefined {
  const below = columns.find((column) => cell.start < column.end && cell.end > column.start)
  if (below !== undefined) return below
  // A further word of a text that is longer than its heading.
  return columns.findLast((column) => column.start <= cell.start)
}

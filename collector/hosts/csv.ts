import { nearest } from '../../conf/nearest.ts'
import { hostList, type HostList } from './draft.ts'
import { entriesOf, FIELDS, type HostFields } from './entry.ts'
import { EntryError } from './errors.ts'

/**
 * Rows under a header of `address` and any of `name, port, user, key, become, jump`; separated by comma, semicolon or tab. A row is a line: no
 * field of a host list needs a line end, and so every problem has its line number.
 *
 * @throws {HostListError}
 */
export function readCsv(text: string, file: string): HostList {
  return hostList(file, ({ add, problem }) => {
    const rows = text.split(/\r?\n/)
    const start = rows.findIndex((row) => !isEmpty(row))
    if (start === -1) return
    const separator = separatorOf(rows[start]!)
    let columns: (keyof HostFields)[] = []
    try {
      columns = columnsOf(cellsOf(rows[start]!, separator))
    } catch (error) {
      if (!(error instanceof EntryError)) throw error
      return problem({ file, line: start + 1 }, error.message)
    }
    for (const [index, row] of rows.entries()) {
      const origin = { file, line: index + 1 }
      if (index <= start || isEmpty(row)) continue
      add(origin, () => {
        const cells = cellsOf(row, separator)
        if (cells.length !== columns.length) throw new EntryError(`${cells.length} fields under ${columns.length} columns`)
        return entriesOf(Object.fromEntries(columns.map((column, at) => [column, cells[at]!])), origin)
      })
    }
  })
}

/** The separator of a header: what stands in it most often. */
export function separatorOf(header: string): string {
  const count = (separator: string): number => header.split(separator).length
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0]!
}

function isEmpty(row: string): boolean {
  return row.trim() === '' || row.startsWith('#')
}

function columnsOf(header: readonly string[]): (keyof HostFields)[] {
  const columns = header.map((title) => {
    const name = title.trim().toLowerCase()
    const field = FIELDS.find((one) => one === name)
    if (field !== undefined) return field
    const near = nearest(name, FIELDS)
    throw new EntryError(
      `there is no column ${JSON.stringify(title.slice(0, 80))}${near === null ? '.' : `; did you mean ${near}?`} The columns are ${FIELDS.join(', ')}`,
    )
  })
  if (new Set(columns).size < columns.length) throw new EntryError('a column is there twice')
  if (!columns.includes('address')) throw new EntryError('the column address is missing')
  return columns
}

/** RFC 4180 within one line: a field in quotes may hold separators, and quotes written twice. */
function cellsOf(row: string, separator: string): string[] {
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (row[at] !== '"') {
      const end = row.indexOf(separator, at)
      cells.push(row.slice(at, end === -1 ? undefined : end))
      if (end === -1) return cells
      at = end + 1
      continue
    }
    let end = row.indexOf('"', at + 1)
    while (end !== -1 && row[end + 1] === '"') end = row.indexOf('"', end + 2)
    if (end === -1) throw new EntryError('a quote is not closed in this line')
    cells.push(row.slice(at + 1, end).replaceAll('""', '"'))
    if (end + 1 === row.length) return cells
    if (row[end + 1] !== separator) throw new EntryError('text behind a closing quote')
    at = end + 2
  }
}

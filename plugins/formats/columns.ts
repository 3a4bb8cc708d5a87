/** What a column of a table without header holds, told from its cells alone. */
export interface Column {
  /** Every cell that holds anything fits; a column of empty cells fits nothing. */
  all(fits: (cell: string) => boolean): boolean
  some(fits: (cell: string) => boolean): boolean
}

/** Tab-separated cells of one row. */
export function cellsOf(row: string): string[] {
  return row.split('\t').map((cell) => cell.trim())
}

/** The columns of tab-separated rows, judged by the first of them; a row may lack the last ones. */
export function columnsOf(rows: readonly string[]): Column[] {
  const sample = rows.slice(0, SAMPLE).map(cellsOf)
  const width = Math.min(MOST_COLUMNS, Math.max(0, ...sample.map((row) => row.length)))
  return Array.from({ length: width }, (_, at) => {
    const cells = sample.map((row) => row[at] ?? '').filter((cell) => cell !== '')
    return {
      all: (fits) => cells.length > 0 && cells.every(fits),
      some: (fits) => cells.some(fits),
    }
  })
}

const SAMPLE = 300
const MOST_COLUMNS = 32

import stringWidth from 'string-width'
import { bold, printable } from './text.ts'

/** One column of a table. */
export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => string | number | null
  readonly right?: true
}

interface Place {
  /** Where it is printed. */
  readonly to?: NodeJS.WriteStream
  readonly width?: number
}

/** Columns with two spaces between them, cut to the width of the terminal: the widest give way first. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  { to = process.stdout, width = to.columns ?? Number.POSITIVE_INFINITY }: Place = {},
): string {
  const cells = rows.map((row) => columns.map(({ value }) => printable(String(value(row) ?? '-'))))
  const widths = columns.map(({ title }, index) => Math.max(stringWidth(title), ...cells.map((line) => stringWidth(line[index]!))))
  while (sum(widths) + 2 * (columns.length - 1) > width && Math.max(...widths) > 8) widths[widths.indexOf(Math.max(...widths))]! -= 1
  const line = (values: readonly string[]) =>
    values
      .map((value, index) => pad(cut(value, widths[index]!), widths[index]!, columns[index]!.right === true))
      .join('  ')
      .trimEnd()
  return [bold(line(columns.map(({ title }) => title)), to), ...cells.map(line)].join('\n')
}

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let short = ''
  for (const char of text) {
    if (stringWidth(short + char) > width - 1) break
    short += char
  }
  return `${short}…`
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return right ? space + text : text + space
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

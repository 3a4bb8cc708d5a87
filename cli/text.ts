import stringWidth from 'string-width'

/** Text from a host with its control characters shown escaped, so that none of them reaches the terminal. */
export function printable(text: string): string {
  // C0, DEL, C1, and the marks that turn the direction of text.
  return text.replaceAll(
    /[\p{Cc}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  )
}

/** One column of a table. */
export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => string | number | null
  readonly right?: true
}

/** Columns with two spaces between them, cut to the width of the terminal: the widest give way first. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  width = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => printable(String(value(row) ?? '-'))))
  const widths = columns.map(({ title }, index) => Math.max(stringWidth(title), ...cells.map((line) => stringWidth(line[index]!))))
  while (sum(widths) + 2 * (columns.length - 1) > width && Math.max(...widths) > 8) widths[widths.indexOf(Math.max(...widths))]! -= 1
  const line = (values: readonly string[]) =>
    values
      .map((value, index) => pad(cut(value, widths[index]!), widths[index]!, columns[index]!.right === true))
      .join('  ')
      .trimEnd()
  return [bold(line(columns.map(({ title }) => title))), ...cells.map(line)].join('\n')
}

/** Bold on a terminal, unless NO_COLOR (no-color.org) is set. */
export function bold(text: string): string {
  return isColourful() ? `\u{1b}[1m${text}\u{1b}[22m` : text
}

export function green(text: string): string {
  return isColourful() ? `\u{1b}[32m${text}\u{1b}[39m` : text
}

export function red(text: string): string {
  return isColourful() ? `\u{1b}[31m${text}\u{1b}[39m` : text
}

/** A result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** A word about what is going on. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

function isColourful(): boolean {
  return process.stdout.isTTY && !process.env['NO_COLOR']
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

/** Text from a host with its control characters shown escaped, so that none of them reaches the terminal. */
export function printable(text: string): string {
  // C0, DEL, C1, and the marks that turn the direction of text.
  return text.replaceAll(
    /[\p{Cc}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  )
}

/** Bold where that goes to a terminal, unless NO_COLOR (no-color.org) is set. */
export function bold(text: string, to: NodeJS.WriteStream = process.stdout): string {
  return isColourful(to) ? `\u{1b}[1m${text}\u{1b}[22m` : text
}

export function green(text: string): string {
  return isColourful(process.stdout) ? `\u{1b}[32m${text}\u{1b}[39m` : text
}

export function red(text: string): string {
  return isColourful(process.stdout) ? `\u{1b}[31m${text}\u{1b}[39m` : text
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

function isColourful(to: NodeJS.WriteStream): boolean {
  return to.isTTY && !process.env['NO_COLOR']
}

/** Lines of at most so many columns, the second and later ones behind as many spaces; a longer word stands alone. */
export function wrapped(text: string, width: number, indent: number): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && indent + line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

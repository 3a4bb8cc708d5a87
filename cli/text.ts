/** Text from a host with its control characters shown escaped, so that none of them reaches the terminal. */
export function printable(text: string): string {
  // C0, DEL, C1, and the marks that turn the direction of text.
  return text.replaceAll(
    /[\p{Cc}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  )
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

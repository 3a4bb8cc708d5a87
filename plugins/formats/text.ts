import { ParseError } from '../errors.ts'

/** Lines that hold anything, without their line ends. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line.trim() !== '')
}

/** Trimmed text, or null where a vendor or a program says nothing in one of the many ways of saying nothing. */
export function textOrNull(value: string | null | undefined): string | null {
  const text = value?.trim() ?? ''
  return text === '' || isPlaceholder(text) ? null : text
}

/** A whole number in plain decimal digits, or null. */
export function integerOrNull(value: string | null | undefined): number | null {
  const text = value?.trim() ?? ''
  if (!/^[+-]?\d{1,16}$/.test(text)) return null
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : null
}

/** `KEY=value` lines, with shell quoting undone, as in os-release and `lsblk -P` without the pairs on one line. */
export function assignments(text: string): Map<string, string> {
  const map = new Map<string, string>()
  for (const line of lines(text)) {
    const at = line.indexOf('=')
    if (at < 1 || line.startsWith('#')) continue
    map.set(line.slice(0, at).trim(), unquote(line.slice(at + 1).trim()))
  }
  return map
}

/** `path:value` lines of `grep -H ''`, by path. Several lines of one file are joined by a line end. */
export function pathValues(text: string): Map<string, string> {
  const map = new Map<string, string>()
  for (const line of lines(text)) {
    // PCI addresses have colons of their own: a path ends at the first colon behind its last slash's name.
    const at = valueStart(line)
    if (at === -1) continue
    const path = line.slice(0, at)
    const value = line.slice(at + 1)
    const known = map.get(path)
    map.set(path, known === undefined ? value : `${known}\n${value}`)
  }
  return map
}

/** Rows of `NAME="sda" SIZE="1"` pairs, as printed by `lsblk -P` since util-linux 2.17. */
export function pairs(text: string): Map<string, string>[] {
  return lines(text).map((line) => {
    const row = new Map<string, string>()
    for (const [, name, value] of line.matchAll(/([A-Z0-9:%_-]+)="([^"]*)"/g)) row.set(name!, unescapeHex(value!))
    if (row.size === 0) throw new ParseError('expected NAME="value" pairs', line)
    return row
  })
}

/** Bytes from a size such as `16 GB`, `512 kB`, `8192`; powers of 1024, as dmidecode and the kernel mean them. */
export function bytesOrNull(value: string | null | undefined): number | null {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))? ?([kKMGTPE]?)i?[Bb]?(?:ytes)?$/.exec(value?.trim() ?? '')
  if (match === null) return null
  const scale = 1024 ** ' KMGTPE'.indexOf((match[3] || ' ').toUpperCase())
  const bytes = Math.round(Number(`${match[1]}.${match[2] ?? '0'}`) * scale)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** Lower case with colons, or null for what is no Ethernet address, all zero or all ones. */
export function macOrNull(value: string | null | undefined): string | null {
  const hex = (value?.trim() ?? '').toLowerCase().replaceAll('-', ':')
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(hex)) return null
  return hex === '00:00:00:00:00:00' || hex === 'ff:ff:ff:ff:ff:ff' ? null : hex
}

/** Lower case with hyphens, or null for what is no UUID or one that firmware makers left as it came. */
export function uuidOrNull(value: string | null | undefined): string | null {
  const text = (value?.trim() ?? '').toLowerCase()
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)) return null
  return /^([0-9a-f])\1*$/.test(text.replaceAll('-', '')) || PLACEHOLDER_UUIDS.has(text) ? null : text
}

/** A table's entry for a word of a host. `constructor` and the like, which every object has, are none. */
export function entryOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}

/** Whether a text is a maker's way of saying nothing, so that it must neither be shown as a fact nor identify anything. */
export function isPlaceholder(text: string): boolean {
  const word = text.trim().toLowerCase().replace(/ +/g, ' ')
  if (PLACEHOLDERS.has(word) || word.startsWith('to be filled')) return true
  return [/^([.*\-_0fx#?])\1*$/, /^0?123456789/, UNFILLED, UNFILLED_TYPE].some((form) => form.test(word))
}

// "Dimm1_PartNum", "A1_Manufacturer0", "ModulePartNumber03", "Type2 - Board Vendor Name1": names of fields that nobody filled.
const UNFILLED = /(?:^|_)(?:manufacturer|ser(?:ial_?)?num|(?:module)?partnum|asset_?tag)[a-z_]{0,16}\d{0,2}$/
const UNFILLED_TYPE = /^type\d(?: - |family|sku)/

// Seen in thousands of recorded DMI tables; the same words in other tools' deny lists.
const PLACEHOLDERS = new Set([
  'n/a',
  'na',
  'none',
  '(none)',
  'null',
  '(null string)',
  'unknown',
  'unknow',
  'undefined',
  'not defined',
  'not specified',
  'not available',
  'not applicable',
  'not present',
  'not provided',
  'not installed',
  'not applied',
  'not settable',
  'not set',
  'not support',
  'memundefined',
  '[empty]',
  'fill by oem',
  'tbd by oem',
  'system sku number',
  'sku number',
  'family',
  'chassis asset tag',
  'base board asset tag',
  '(^_^)',
  'no dimm',
  'no module installed',
  'default string',
  'default_string',
  'default',
  'empty',
  'invalid',
  'oem',
  'o.e.m.',
  'oem_serial',
  '<out of spec>',
  '<bad index>',
  'system product name',
  'system manufacturer',
  'system name',
  'system version',
  'system serial number',
  'systemserialnumb',
  'base board serial number',
  'base board manufacturer',
  'chassis serial number',
  'chassis manufacturer',
  'chassis version',
  'product name',
  'all series',
  'no asset tag',
  'no asset information',
  'asset-1234567890',
  'asset tag',
  'serial',
  'serial number',
  'tag#',
  'sku#',
  'sku',
  'pca_number.acc',
  'unspecified system serial number',
  'unspecified base board serial number',
  'sernum',
  'partnum',
  'manufacturer00',
  'sys-1234567890',
  'mb-1234567890',
])

const PLACEHOLDER_UUIDS = new Set([
  '00010203-0405-0607-0809-0a0b0c0d0e0f',
  '01020304-0506-0708-090a-0b0c0d0e0f10',
  '03000200-0400-0500-0006-000700080009',
  '03020100-0504-0706-0809-0a0b0c0d0e0f',
  '10000000-0000-8000-0040-000000000000',
  '6ab5b300-538d-1014-9fb5-b0684d007b53',
  'deadbeef-dead-beef-dead-beefdeadbeef',
  'deaddead-dead-dead-dead-deaddeaddead',
  '01010101-0101-0101-0101-010101010101',
  'fefefefe-fefe-fefe-fefe-fefefefefefe',
  '12345678-1234-5678-90ab-cddeefaabbcc',
])

function valueStart(line: string): number {
  for (let at = line.indexOf(':'); at !== -1; at = line.indexOf(':', at + 1)) {
    const slash = line.indexOf('/', at + 1)
    // "0000:3b:00.0/vendor:0x8086": a colon inside a path has only address digits up to the next slash.
    // None is longer than 40, so that a line of nothing but colons costs no more than its length.
    if (slash === -1 || slash - at > 40 || !/^[0-9a-fA-F:.-]+$/.test(line.slice(at + 1, slash))) return at
  }
  return -1
}

function unquote(value: string): string {
  const quote = value[0]
  if (value.length < 2 || (quote !== '"' && quote !== "'") || !value.endsWith(quote)) return value
  const inner = value.slice(1, -1)
  return quote === '"' ? inner.replace(/\\([\\"$`])/g, '$1') : inner
}

function unescapeHex(value: string): string {
  return value.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

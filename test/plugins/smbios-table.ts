/** One structure to be written: bytes from offset 4 on, in which a text stands for the index of that string. */
interface Written {
  readonly type: number
  readonly handle?: number
  readonly body: readonly (number | string)[]
}

/** An SMBIOS table as firmware writes it, with the end-of-table structure. */
export function tableOf(structures: readonly Written[]): Buffer {
  const end: Written = { type: 127, body: [] }
  return Buffer.concat([...structures, end].map(({ type, handle = type, body }) => structureOf(type, handle, body)))
}

/** What the probe `dmi-tables` prints of it, under a 64-bit entry point of this version of the specification. */
export function tablesText(table: Buffer, version: readonly [major: number, minor: number] = [3, 2]): string {
  const entry = Buffer.from([...Buffer.from('_SM3_'), 0, 24, ...version, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  return `smbios_entry_point\n${wrapped(entry)}DMI\n${wrapped(table)}`
}

/** Little-endian bytes of a number. */
export function bytesOf(number: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(number / 256 ** at) % 256)
}

function structureOf(type: number, handle: number, body: readonly (number | string)[]): Buffer {
  const strings: string[] = []
  const bytes = body.map((part) => (typeof part === 'number' ? part : part === '' ? 0 : strings.push(part)))
  const tail = strings.length === 0 ? '\0\0' : `${strings.join('\0')}\0\0`
  return Buffer.from([type, bytes.length + 4, ...bytesOf(handle, 2), ...bytes, ...Buffer.from(tail, 'latin1')])
}

function wrapped(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{1,76}/g, '$&\n')
}

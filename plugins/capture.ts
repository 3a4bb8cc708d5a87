import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RawAnswer } from './answer.ts'
import { CaptureError } from './errors.ts'
import { PROBE_BYTES, type Capture } from './frames.ts'

/** What `capture.json` keeps beside the texts. */
export interface CaptureNote {
  /** The name under which the host was collected. */
  readonly host?: string
  /** RFC 3339 time of the collection. */
  readonly time?: string
  readonly complete?: boolean
  readonly probes?: Readonly<Record<string, { readonly exit: RawAnswer['exit']; readonly stderr?: string; readonly ms?: number }>>
}

/** Reads a capture folder: `<probe>.txt` files, and `capture.json` where there is one. Without it every text is a good answer. */
export function readFolder(folder: string): Capture & { readonly note: CaptureNote } {
  const files = readdirSync(folder)
  const note = files.includes('capture.json') ? readNote(join(folder, 'capture.json')) : {}
  const probes: Record<string, RawAnswer> = {}
  for (const file of files.filter((name) => name.endsWith('.txt'))) {
    const name = file.slice(0, -'.txt'.length)
    const { exit = 0, stderr = '', ms } = note.probes?.[name] ?? {}
    const text = readBounded(join(folder, file))
    probes[name] = text === null ? TOO_LONG : { exit, stdout: text, stderr, ...(ms !== undefined && { ms }) }
  }
  for (const [name, { exit, stderr = '', ms }] of Object.entries(note.probes ?? {})) {
    probes[name] ??= { exit, stdout: '', stderr, ...(ms !== undefined && { ms }) }
  }
  if (Object.keys(probes).length === 0)
    throw new CaptureError(`${folder} is no capture: it holds neither <probe>.txt files nor a capture.json`)
  return { probes, complete: note.complete ?? true, note }
}

/** Fills a folder, so that `readFolder` reads the capture back. */
export function writeFolder(folder: string, capture: Capture, { host, time }: { readonly host: string; readonly time: string }): void {
  const probes: Record<string, { exit: RawAnswer['exit']; stderr?: string; ms?: number }> = {}
  for (const [name, { exit, stdout, stderr, ms }] of Object.entries(capture.probes)) {
    probes[name] = { exit, ...(stderr !== '' && { stderr }), ...(ms !== undefined && { ms }) }
    if (stdout !== '' || exit === 0) writeFileSync(join(folder, `${name}.txt`), stdout)
  }
  const note: CaptureNote = { host, time, complete: capture.complete, probes }
  writeFileSync(join(folder, 'capture.json'), `${JSON.stringify(note, null, 2)}\n`)
}

const TOO_LONG: RawAnswer = { exit: 'truncated', stdout: '', stderr: `more than ${PROBE_BYTES} bytes` }

/** The text of a file, or null where it is longer than the answer of any host would be kept. */
function readBounded(file: string): string | null {
  return statSync(file).size > PROBE_BYTES ? null : readFileSync(file, 'utf8')
}

function readNote(file: string): CaptureNote {
  try {
    const note: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof note !== 'object' || note === null) throw new TypeError('not an object')
    return note // Read field by field above, each with its default.
  } catch (error) {
    throw new CaptureError(`${file} cannot be read: mend or remove it`, { cause: error })
  }
}

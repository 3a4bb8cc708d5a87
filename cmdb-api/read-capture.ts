import { FrameReader, type Capture } from '../plugins/frames.ts'
import { ApiError } from './errors.ts'

/** Most bytes of a posted capture, unpacked. One of 700 packages has 80 KB; the script that posts cuts at 7 MB what a host floods. */
export const CAPTURE_BYTES = 8 * 1024 * 1024

/** What a host that has no rollcall tells of itself before its answers: its cert, its clock, and what it was asked. */
export interface CaptureHead {
  /** Of the rollcall that printed the script. */
  readonly version: string
  readonly name: string
  readonly cert: string
  /** null before the first receipt. */
  readonly asset: string | null
  /** Of the last report that the cert tells of; 0 where it tells of none. */
  readonly last: number
  /** Milliseconds, by the host's clock; BusyBox knows it to the second only. */
  readonly time: number
  /** Made by the host for this one run, so that nothing a program prints is taken for a frame mark. */
  readonly nonce: string
  /** Names of the plugins whose probes were asked. */
  readonly plugins: readonly string[]
}

const TITLE = 'rollcall-capture 1'
const NUMBER = /^\d{1,15}$/
const NAME = /^[a-z][a-z0-9-]{0,63}$/
const FORMS = {
  version: /^\S{1,64}$/,
  name: /^[^\0]{1,1024}$/,
  cert: /^\S{1,64}$/,
  asset: /^\S{0,64}$/,
  last: /^\d{0,15}$/,
  time: /^\d{1,14}$/,
  nonce: /^[0-9a-f]{32,64}$/,
  plugins: /^[a-z0-9,-]{1,4096}$/,
  stdout: NUMBER,
  stderr: NUMBER,
} as const
const HEAD_BYTES = 16 * 1024
/** The wire format takes no more sections. */
const MOST_PLUGINS = 64
/** The default plugins make 130. */
const MOST_MARKS = 1000

/**
 * Reads the body that the script of `rollcall script --post` makes: a title, lines of `key: value`, an empty line, then as many bytes of
 * standard output and of standard error as the head says. Answers that were cut off are missing; what a program printed decides nothing of this.
 *
 * @throws {ApiError} 400 for anything else
 */
export function readCapture(body: Buffer): { readonly head: CaptureHead; readonly capture: Capture } {
  const end = body.indexOf('\n\n')
  if (end === -1 || end > HEAD_BYTES || !body.subarray(0, end).toString('latin1').startsWith(`${TITLE}\n`))
    throw noCapture(`it does not begin with the line "${TITLE}" and a head`)
  const fields = fieldsOf(body.toString('utf8', TITLE.length + 1, end))
  const [stdout, stderr] = [Number(fields.stdout), Number(fields.stderr)]
  const answers = body.subarray(end + 2)
  if (stdout + stderr !== answers.length) throw noCapture(`its head tells of ${stdout + stderr} bytes, and ${answers.length} came`)
  const plugins = [...new Set(fields.plugins.split(','))]
  if (plugins.length > MOST_PLUGINS || !plugins.every((name) => NAME.test(name)))
    throw noCapture('"plugins" is no list of at most 64 names')
  const { version, name, cert, nonce } = fields
  const head = {
    version,
    name,
    cert,
    nonce,
    plugins,
    asset: fields.asset || null,
    last: Number(fields.last),
    time: Number(fields.time),
  }
  return { head, capture: captureOf(nonce, answers.subarray(0, stdout), answers.subarray(stdout)) }
}

function fieldsOf(text: string): Record<keyof typeof FORMS, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^([a-z]+): ?(.*)$/s.exec(line) ?? []
    if (!Object.hasOwn(FORMS, key) || fields.has(key)) throw noCapture(`its head holds the line ${JSON.stringify(line.slice(0, 80))}`)
    fields.set(key, value)
  }
  for (const [key, form] of Object.entries(FORMS)) {
    const value = fields.get(key)
    if (value === undefined || !form.test(value)) throw noCapture(`its head holds no good "${key}"`)
  }
  return Object.fromEntries(fields) as Record<keyof typeof FORMS, string> // Each was tested above.
}

function captureOf(nonce: string, stdout: Buffer, stderr: Buffer): Capture {
  if (!stdout.subarray(0, HEAD_BYTES).includes(`\n@@rollcall 1 ${nonce} `))
    throw noCapture('the answers are not those of the run that its head names')
  if (countOf(`\n@@${nonce} `, stdout) > MOST_MARKS) throw noCapture(`it holds more than ${MOST_MARKS} frame marks`)
  const reader = new FrameReader(nonce)
  reader.push('stderr', stderr)
  reader.push('stdout', stdout)
  // Whoever printed the script asked what its plugins ask; ours may ask more. What was never asked is not known, rather than not there.
  return { ...reader.finish(), complete: false }
}

function countOf(mark: string, stdout: Buffer): number {
  let count = 0
  for (let at = stdout.indexOf(mark); at !== -1; at = stdout.indexOf(mark, at + mark.length)) count++
  return count
}

function noCapture(why: string): ApiError {
  return new ApiError(400, `this is no capture: ${why}; "rollcall script --post" prints the script that makes one`)
}

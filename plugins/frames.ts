import type { RawAnswer } from './answer.ts'
import { CaptureError } from './errors.ts'
import { AnnouncedFiles } from './split-files.ts'

/** What one run of the script brought back. */
export interface Capture {
  /** Raw answers by probe name. A probe that was never reached is not there, or `truncated` where the stream was cut. */
  readonly probes: Readonly<Record<string, RawAnswer>>
  /** Whether the end mark arrived: without it, what is missing was not seen, rather than not there. */
  readonly complete: boolean
}

/** Bytes of one probe that are kept. A software list of 5,000 packages is 0.5 MB. */
export const PROBE_BYTES = 8 * 1024 * 1024

/** The frame of the one grep that reads all files; and of a second one, where the first met its time limit. */
const FILES = ['_files', '_rest']

const CUT: RawAnswer = { exit: 'truncated', stdout: '', stderr: 'the stream ended before this probe did' }

interface Open {
  chunks: Buffer[]
  bytes: number
}

interface Stream {
  rest: Buffer
  open: { readonly name: string; readonly body: Open } | null
}

/**
 * Reads the frames of the script as they come, in bounded memory: a probe keeps its first `PROBE_BYTES`, the rest is dropped and the probe is
 * `truncated`. A stream that ends early yields the finished probes; the one that was open, and every name in `expected` that had not come, is `truncated`.
 */
export class FrameReader {
  readonly #mark: Buffer
  readonly #streams: Record<'stdout' | 'stderr', Stream> = {
    stdout: { rest: Buffer.alloc(0), open: null },
    stderr: { rest: Buffer.alloc(0), open: null },
  }
  readonly #bodies = new Map<string, Open>()
  readonly #errors = new Map<string, Open>()
  readonly #ends = new Map<string, { exit: RawAnswer['exit']; ms: number }>()
  readonly #files = new AnnouncedFiles()
  readonly #settled: Record<string, RawAnswer> = {}
  readonly #ended = new Set<'stdout' | 'stderr'>()

  constructor(nonce: string) {
    this.#mark = Buffer.from(`\n@@${nonce} `)
  }

  /** Whether the end mark has arrived: nothing more is to be expected. */
  get complete(): boolean {
    return this.#ended.has('stdout')
  }

  /** Whether the error text, too, has come to its end mark: nothing is lost by not waiting for the end of the streams. */
  get whole(): boolean {
    return this.#ended.size === 2
  }

  /** The answers that have come whole, error text included: more of the stream does not change them. */
  get settled(): Readonly<Record<string, RawAnswer>> {
    return this.#settled
  }

  push(from: 'stdout' | 'stderr', chunk: Buffer): void {
    const stream = this.#streams[from]
    let data = stream.rest.length === 0 ? chunk : Buffer.concat([stream.rest, chunk])
    for (;;) {
      const at = data.indexOf(this.#mark)
      const end = at === -1 ? -1 : data.indexOf(10, at + this.#mark.length)
      if (end === -1) {
        // Keep what may be the beginning of a mark, or a mark whose line has not ended yet.
        const safe = at === -1 ? Math.max(0, data.length - this.#mark.length) : at
        keep(stream.open?.body, data.subarray(0, safe))
        stream.rest = data.subarray(safe)
        return
      }
      keep(stream.open?.body, data.subarray(0, at))
      this.#take(from, data.toString('latin1', at + this.#mark.length, end).split(' '))
      data = data.subarray(end)
    }
  }

  /** Call once, when the stream has ended or the end mark has come. */
  finish(expected: Iterable<string> = []): Capture {
    for (const name of this.#bodies.keys()) this.#settle(name)
    Object.assign(this.#settled, this.#files.split(CUT))
    const lost = this.complete ? [] : [...expected].map((name) => [name, CUT] as const)
    return { probes: { ...Object.fromEntries(lost), ...this.#settled }, complete: this.complete }
  }

  #settle(name: string): void {
    if (Object.hasOwn(this.#settled, name)) return
    const raw = this.#answer(name)
    if (FILES.includes(name)) Object.assign(this.#settled, this.#files.split(raw))
    else this.#settled[name] = raw
  }

  #answer(name: string): RawAnswer {
    const [body, end] = [this.#bodies.get(name), this.#ends.get(name)]
    if (body === undefined || end === undefined) return CUT
    if (body.bytes > PROBE_BYTES) return { exit: 'truncated', stdout: '', stderr: `more than ${PROBE_BYTES} bytes`, ms: end.ms }
    return { exit: end.exit, stdout: textOf(body), stderr: textOf(this.#errors.get(name)), ms: end.ms }
  }

  #take(from: 'stdout' | 'stderr', [kind, name, ...more]: string[]): void {
    const stream = this.#streams[from]
    const before = stream.open?.name
    if (kind === 'B' && name !== undefined) {
      const body: Open = { chunks: [], bytes: 0 }
      stream.open = { name, body }
      ;(from === 'stdout' ? this.#bodies : this.#errors).set(name, body)
    } else if (kind === 'E') {
      if (from === 'stdout' && stream.open?.name === name && name !== undefined) {
        if (more[0] === 'again') this.#giveUp(name)
        else this.#ends.set(name, { exit: exitOf(more[0]), ms: Number(more[1]) || 0 })
      }
      stream.open = null
    } else if (kind === 'A' && name !== undefined) {
      this.#settled[name] = { exit: exitOf(more[0]), stdout: '', stderr: '', ms: 0 }
    } else if (kind === 'F' && name !== undefined && more[0] !== undefined) this.#files.addFile(name, more[0])
    else if (kind === 'M' && name !== undefined) this.#files.addGlobs(name, more)
    else if (kind === 'END') {
      stream.open = null
      this.#ended.add(from)
    }
    if (before !== undefined && this.#isWhole(before)) this.#settle(before)
  }

  /** One of the files hung, so the script reads in smaller portions what it announces once more. */
  #giveUp(name: string): void {
    this.#bodies.delete(name)
    this.#files.clear()
  }

  /** Its frame has ended, and so has its error text: standard error is in a later one. */
  #isWhole(name: string): boolean {
    return this.#ends.has(name) && this.#errors.has(name) && this.#streams.stderr.open?.name !== name
  }
}

/** A whole stream kept as a file, such as the output of `rollcall script | sh`. It names its own random text in its first line. */
export function readStream(stdout: Buffer): Capture {
  const nonce = /@@rollcall 1 ([0-9a-f]{8,64}) /.exec(stdout.toString('latin1', 0, 65_536))?.[1]
  if (nonce === undefined) throw new CaptureError('this is no capture: the line "@@rollcall 1 …" is missing from its first 64 KB')
  const reader = new FrameReader(nonce)
  reader.push('stdout', stdout)
  return reader.finish()
}

function keep(open: Open | undefined, data: Buffer): void {
  if (open === undefined) return
  if (open.bytes + data.length <= PROBE_BYTES) open.chunks.push(data)
  else open.chunks.length = 0
  open.bytes += data.length
}

function textOf(open: Open | undefined): string {
  if (open === undefined) return ''
  const text = Buffer.concat(open.chunks).toString('utf8')
  // The line end that closes the begin mark was left in place by `push`.
  return text.startsWith('\n') ? text.slice(1) : text
}

function exitOf(word: string | undefined): RawAnswer['exit'] {
  if (word === 'absent' || word === 'denied' || word === 'timeout') return word
  const code = Number(word)
  return Number.isInteger(code) ? code : 'truncated'
}

import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { missingIn, type PackedReport } from './packed-report.ts'
import { bundleNameFor } from './spool-names.ts'
import { writeAtomically } from './write-file.ts'

/** Most reports of one bundle. */
export const BUNDLE_REPORTS = 64

/** A bundle's first line has 90 bytes for each of its reports. */
const INDEX_BYTES = 16 * 1024

/** Where a report lies in its bundle, in bytes. */
interface Place {
  readonly offset: number
  readonly length: number
}

interface Bundle {
  readonly reports: number
  /** What has not been dealt with, by file name. */
  readonly left: Map<string, Place>
}

/** A report in a bundle: its name, and its parts as `PackedReport` has them. */
export interface Bundled extends Pick<PackedReport, 'lean' | 'documents'> {
  readonly file: string
}

/**
 * Several reports as one file: a line that says the name and length of each, then the reports, each in a line, then their data, each digest's
 * once. Files are what a spool costs: to make and sync one takes longer than to parse a host's answers; and hosts of one image say much the same.
 *
 * @param reports at most BUNDLE_REPORTS
 */
export function bundleOf(reports: readonly Bundled[]): Buffer {
  const lines = reports.map(({ lean }) => Buffer.from(lean))
  const index = reports.map(({ file }, at) => [file, lines[at]!.byteLength])
  const documents = new Map(reports.flatMap((one) => one.documents))
  const end = Buffer.from('\n')
  return Buffer.concat([
    Buffer.from(JSON.stringify(index)),
    end,
    ...lines.flatMap((line) => [line, end]),
    ...[...documents].flatMap(([digest, json]) => [Buffer.from(`${digest} `), json, end]),
  ])
}

/**
 * The bundles of one spool. A bundle never changes on disk, so each is looked at once; what has been dealt with is known to this process alone
 * until `tidy`.
 */
export class Bundles {
  readonly #folder: string
  readonly #known = new Map<string, Bundle>()
  #lastRead: { readonly name: string; readonly bundle: OpenBundle } | null = null

  constructor(folder: string) {
    this.#folder = folder
  }

  /** File names of the reports that wait in a bundle; null where it is none. Rejects where it cannot be read. */
  async waitingIn(name: string): Promise<readonly string[] | null> {
    let bundle = this.#known.get(name) ?? null
    if (bundle === null) {
      const places = placesIn(await beginningOf(join(this.#folder, name)))
      if (places === null) return null
      bundle = { reports: places.size, left: places }
      this.#known.set(name, bundle)
    }
    return [...bundle.left.keys()]
  }

  /** A report's parts; null where it has been dealt with. Rejects where the bundle cannot be read. */
  async read(name: string, file: string): Promise<BundledReport | null> {
    const place = this.#known.get(name)?.left.get(file)
    if (place === undefined) return null
    // The reports of a bundle are asked for in turn.
    if (this.#lastRead?.name !== name) this.#lastRead = { name, bundle: openBundle(await readFile(join(this.#folder, name))) }
    const { bundle } = this.#lastRead
    return { lean: bundle.textAt(place), dataOf: bundle.dataOf }
  }

  /** Deals with a report; says whether nothing of the bundle is left. */
  take(name: string, file: string): boolean {
    const left = this.#known.get(name)?.left
    left?.delete(file)
    return left?.size === 0
  }

  /** Forgets bundles that are not in the folder any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name)
  }

  /**
   * Writes what is left of bundles anew, so that no later process finds what has been dealt with. Where that cannot be done, a later one posts
   * it again, and the API knows it.
   */
  async tidy(): Promise<void> {
    this.#lastRead = null
    for (const [name, { reports, left }] of this.#known) {
      if (left.size === reports || left.size === 0) continue
      try {
        const { textAt, jsonOf } = openBundle(await readFile(join(this.#folder, name)))
        const rest = [...left].map(([file, place]): Bundled => {
          const lean = textAt(place)
          return { file, lean, documents: missingIn(lean).map((digest) => [digest, jsonOf(digest)]) }
        })
        await writeAtomically(join(this.#folder, bundleNameFor(rest[0]!.file)), bundleOf(rest))
        await rm(join(this.#folder, name), { force: true })
        this.#known.delete(name)
      } catch {
        // A full disk, or another process has dealt with it all.
      }
    }
  }
}

/** A report as it lies in a bundle. */
export interface BundledReport extends Pick<PackedReport, 'lean'> {
  /** Throws where the bundle has no such data. */
  readonly dataOf: (digest: string) => object
}

/** A bundle that was read. */
interface OpenBundle {
  readonly textAt: (place: Place) => string
  readonly jsonOf: (digest: string) => Buffer
  readonly dataOf: BundledReport['dataOf']
}

function openBundle(bytes: Buffer): OpenBundle {
  const documents = documentsIn(bytes)
  const parsed = new Map<string, object>()
  const jsonOf = (digest: string): Buffer => {
    const place = documents.get(digest)
    if (place === undefined) throw new Error(`the bundle has no data ${digest}`)
    return slice(bytes, place)
  }
  return {
    textAt: (place) => slice(bytes, place).toString('utf8'),
    jsonOf,
    dataOf: (digest) => {
      const data = parsed.get(digest) ?? (JSON.parse(jsonOf(digest).toString('utf8')) as object) // Written by `bundleOf`.
      parsed.set(digest, data)
      return data
    },
  }
}

function slice(bytes: Buffer, { offset, length }: Place): Buffer {
  return bytes.subarray(offset, offset + length)
}

/** Where the data of each digest lie: in the lines after the reports. */
function documentsIn(bytes: Buffer): Map<string, Place> {
  const last = [...(placesIn(bytes)?.values() ?? [])].at(-1)
  const documents = new Map<string, Place>()
  let at = last === undefined ? bytes.length : last.offset + last.length + 1
  for (let end = bytes.indexOf(10, at); end !== -1; at = end + 1, end = bytes.indexOf(10, at)) {
    const space = bytes.indexOf(32, at)
    documents.set(bytes.toString('latin1', at, space), { offset: space + 1, length: end - space - 1 })
  }
  return documents
}

function placesIn(head: Buffer): Map<string, Place> | null {
  const end = head.indexOf(10)
  if (end === -1) return null
  try {
    const index = JSON.parse(head.toString('utf8', 0, end)) as [string, number][] // Of `bundleOf`; anything else throws, or is no report's place.
    let offset = end + 1
    const places = index.map(([file, length]): [string, Place] => {
      const place = { offset, length }
      offset += length + 1
      return [file, place]
    })
    return new Map(places)
  } catch {
    return null
  }
}

async function beginningOf(file: string): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(INDEX_BYTES), 0, INDEX_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

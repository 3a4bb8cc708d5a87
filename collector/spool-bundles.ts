import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
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

/**
 * Several reports as one file: a line that says the name and length of each, then the reports, each in a line. Files are what a spool costs: to
 * make and sync one takes longer than to parse a host's answers.
 *
 * @param reports JSON texts by file name, at most BUNDLE_REPORTS
 */
export function bundleOf(reports: readonly { readonly file: string; readonly json: Uint8Array }[]): Buffer {
  const index = reports.map(({ file, json }) => [file, json.byteLength])
  const end = Buffer.from('\n')
  return Buffer.concat([Buffer.from(JSON.stringify(index)), end, ...reports.flatMap(({ json }) => [json, end])])
}

/**
 * The bundles of one spool. A bundle never changes on disk, so each is looked at once; what has been dealt with is known to this process alone
 * until `tidy`.
 */
export class Bundles {
  readonly #folder: string
  readonly #known = new Map<string, Bundle>()
  #lastRead: { readonly name: string; readonly bytes: Buffer } | null = null

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

  /** A report's text; null where it has been dealt with. Rejects where the bundle cannot be read. */
  async read(name: string, file: string): Promise<Buffer | null> {
    const place = this.#known.get(name)?.left.get(file)
    if (place === undefined) return null
    // The reports of a bundle are asked for in turn.
    if (this.#lastRead?.name !== name) this.#lastRead = { name, bytes: await readFile(join(this.#folder, name)) }
    return slice(this.#lastRead.bytes, place)
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
        const bytes = await readFile(join(this.#folder, name))
        const rest = [...left].map(([file, place]) => ({ file, json: slice(bytes, place) }))
        await writeAtomically(join(this.#folder, bundleNameFor(rest[0]!.file)), bundleOf(rest))
        await rm(join(this.#folder, name), { force: true })
        this.#known.delete(name)
      } catch {
        // A full disk, or another process has dealt with it all.
      }
    }
  }
}

function slice(bytes: Buffer, { offset, length }: Place): Buffer {
  return bytes.subarray(offset, offset + length)
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

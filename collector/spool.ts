import { hash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Receipt, Report } from '../cmdb-api/contract.ts'
import { StorageError } from './errors.ts'
import { codeOf, UNFINISHED, writeAtomically } from './write-file.ts'

/** What the spool looks at in a report. */
export type ReportHead = Pick<Report, 'id' | 'seq' | 'identity'>

/** A report that waits, by file name. */
export interface Waiting {
  readonly file: string
  /** The same for all reports of one host. */
  readonly host: string
}

/**
 * Reports on disk until the API has answered: a folder of one file per report, always with all data, so that any API can be told everything.
 * Several processes may use it at once. Reports that the API rejects are kept in `rejected/`, files that are no reports in `unreadable/`.
 */
export class Spool {
  readonly folder: string
  /** Size in bytes beyond which the oldest reports give way. */
  readonly maxBytes: number
  /** Bytes that may be put before the folder is looked at again; half of what was free, for other processes put theirs there, too. */
  #room = 0

  constructor(folder: string, { maxBytes }: { readonly maxBytes: number }) {
    this.folder = folder
    this.maxBytes = maxBytes
  }

  /**
   * Keeps a report; when this returns, it survives a power cut.
   *
   * @param json the whole report, where it is at hand as text
   * @returns how many older reports had to give way
   * @throws {StorageError} the report may still be posted without the spool
   */
  put(report: Report): Promise<{ readonly dropped: number }>
  put(head: ReportHead, json: Uint8Array): Promise<{ readonly dropped: number }>
  async put(report: ReportHead, json: Uint8Array = Buffer.from(JSON.stringify(report))): Promise<{ readonly dropped: number }> {
    const file = fileOf(report)
    await writeAtomically(join(this.folder, file), json)
    // Looking at all that waits, for every report of a large run, would take longer the more of them wait.
    this.#room -= json.byteLength
    return { dropped: this.#room < 0 ? await this.#shrink(file) : 0 }
  }

  /** Waiting reports; those of one host in the order of their collection. A missing folder holds none. */
  async list(): Promise<Waiting[]> {
    const files = await namesIn(this.folder)
    return files.flatMap((file) => {
      const [, host] = FILE.exec(file) ?? []
      return host === undefined ? [] : [{ file, host }]
    })
  }

  /** The report in a file; null where another process has dealt with it, or where it is no report and was set aside. */
  async read({ file }: Waiting): Promise<Report | null> {
    let text: string
    try {
      text = await readFile(join(this.folder, file), 'utf8')
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') await this.#setAside(file, 'unreadable')
      return null
    }
    try {
      const report = JSON.parse(text) as Report // Written by `put`; the API validates it.
      if (fileOf(report) === file) return report
    } catch {
      // No JSON, or no report: the same as one that belongs to another file.
    }
    await this.#setAside(file, 'unreadable')
    return null
  }

  /** @throws {StorageError} */
  async remove({ file }: Waiting): Promise<void> {
    try {
      await rm(join(this.folder, file), { force: true })
    } catch (error) {
      throw new StorageError(this.folder, codeOf(error), error)
    }
  }

  /** Sets a report aside together with the reasons; without them where the disk is full. */
  async reject(waiting: Waiting, report: Report, receipt: Receipt): Promise<void> {
    const folder = join(this.folder, 'rejected')
    try {
      await writeAtomically(join(folder, waiting.file), JSON.stringify({ receipt, report }))
      await keepNewest(folder)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      await this.#setAside(waiting.file, 'rejected')
    }
    await this.remove(waiting)
  }

  /** Removes what processes that were killed have left behind half written. */
  async sweep(now: number): Promise<void> {
    for (const file of await namesIn(this.folder)) {
      if (!file.endsWith(UNFINISHED)) continue
      const { mtimeMs } = await sizeAndTime(join(this.folder, file))
      if (now - mtimeMs > UNFINISHED_MS) await rm(join(this.folder, file), { force: true })
    }
  }

  /** The newest report stays, however big it is. */
  async #shrink(newest: string): Promise<number> {
    const waiting = (await this.list()).filter(({ file }) => file !== newest)
    const sizes = await Promise.all(waiting.map(async ({ file }) => (await sizeAndTime(join(this.folder, file))).size))
    let bytes = sizes.reduce((sum, size) => sum + size, (await sizeAndTime(join(this.folder, newest))).size)
    let dropped = 0
    for (const [index, one] of waiting.entries()) {
      if (bytes <= this.maxBytes) break
      await this.remove(one)
      bytes -= sizes[index]!
      dropped += 1
    }
    this.#room = (this.maxBytes - bytes) / 2
    return dropped
  }

  /** Where even that fails, the file stays, and is passed over again the next time. */
  async #setAside(file: string, where: 'unreadable' | 'rejected'): Promise<void> {
    const folder = join(this.folder, where)
    try {
      await mkdir(folder, { recursive: true })
      await rename(join(this.folder, file), join(folder, file))
      await keepNewest(folder)
    } catch {
      // Never fatal: the other reports must get through.
    }
  }
}

/** `seq` first: files sort by collection. The host's part tells which reports must stay in order, without reading them. */
function fileOf({ seq, id, identity }: ReportHead): string {
  return `${String(seq).padStart(16, '0')}.${hostKeyOf(identity)}.${id}.json`
}

/** Tells hosts apart by their cert, else by their name. */
export function hostKeyOf({ evidence, name }: Report['identity']): string {
  return hash('sha256', evidence.cert ?? name, 'hex').slice(0, 16)
}

const FILE = /^\d{16}\.([0-9a-f]{16})\.[0-9a-f-]{36}\.json$/

/** Age of a half written file whose writer must be dead. */
const UNFINISHED_MS = 600_000

/** Most files kept of those that were set aside. */
const ASIDE = 100

async function keepNewest(folder: string): Promise<void> {
  for (const file of (await namesIn(folder)).slice(0, -ASIDE)) await rm(join(folder, file), { force: true, recursive: true })
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw new StorageError(folder, codeOf(error), error)
  }
}

/** Zeros of a file that another process has removed meanwhile. */
async function sizeAndTime(file: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  try {
    return await stat(file)
  } catch {
    return { size: 0, mtimeMs: Number.POSITIVE_INFINITY }
  }
}

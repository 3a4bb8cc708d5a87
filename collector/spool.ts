import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Receipt, Report } from '../cmdb-api/contract.ts'
import { makeFolder } from '../conf/make-folder.ts'
import { StorageError } from './errors.ts'
import { unpack, whole, type IsKnown, type PackedReport } from './packed-report.ts'
import { BUNDLE_REPORTS, bundleOf, Bundles, type BundledReport } from './spool-bundles.ts'
import { namesIn } from './spool-files.ts'
import { bundleNameFor, fileOf, hostIn, isBundle } from './spool-names.ts'
import { bytesIn, giveWay } from './spool-room.ts'
import { sweep } from './sweep.ts'
import { codeOf, writeAtomically } from './write-file.ts'

/** A report that waits. */
export interface Waiting {
  /** Its file name, or what that would be were it not in a bundle. */
  readonly file: string
  /** The same for all reports of one host. */
  readonly host: string
  /** File name of its bundle; null where it has a file of its own. */
  readonly bundle: string | null
}

/**
 * Reports on disk until the API has answered: a folder of one file per report, or of several that came together, always with all data, so
 * that any API can be told everything. Several processes may use it at once. Reports that the API rejects are kept in `rejected/`, files
 * that are no reports in `unreadable/`.
 */
export class Spool {
  readonly folder: string
  /** Size in bytes beyond which the oldest reports give way. */
  readonly maxBytes: number
  /** Bytes that may be put before the folder is looked at again; half of what was free, for other processes put theirs there, too. */
  #room = 0
  readonly #bundles: Bundles
  /** Dealt with, and still there: the disk lets nothing go. */
  readonly #stuck = new Set<string>()
  #unreadable = 0

  constructor(folder: string, { maxBytes }: { readonly maxBytes: number }) {
    this.folder = folder
    this.maxBytes = maxBytes
    this.#bundles = new Bundles(folder)
  }

  /**
   * Keeps a report; when this returns, it survives a power cut.
   *
   * @returns how many older reports had to give way and are lost
   * @throws {StorageError} the report may still be posted without the spool
   */
  async put(report: Report): Promise<{ readonly dropped: number }> {
    return await this.#write(fileOf(report), Buffer.from(JSON.stringify(report)))
  }

  /**
   * Keeps reports that come together, as `put` does each; all of them or none. One file serves for many.
   *
   * @throws {StorageError}
   */
  async putAll(reports: readonly PackedReport[]): Promise<{ readonly dropped: number }> {
    let dropped = 0
    for (let from = 0; from < reports.length; from += BUNDLE_REPORTS) {
      const some = reports.slice(from, from + BUNDLE_REPORTS).map(({ head, ...parts }) => ({ file: fileOf(head), ...parts }))
      const [one] = some as [(typeof some)[0]] // `from` is inside.
      const written = some.length === 1 ? this.put(whole(one)) : this.#write(bundleNameFor(one.file), bundleOf(some))
      dropped += (await written).dropped
    }
    return { dropped }
  }

  /** Files that were no reports and were set aside by this process. */
  get unreadable(): number {
    return this.#unreadable
  }

  /**
   * Waiting reports; those of one host in the order of their collection. A missing folder holds none.
   *
   * @throws {StorageError}
   */
  async list(): Promise<Waiting[]> {
    const names = new Set(await namesIn(this.folder))
    this.#bundles.keepOnly(names)
    const waiting: Waiting[] = []
    for (const name of names) {
      const bundle = isBundle(name) ? name : null
      for (const file of bundle === null ? [name] : await this.#waitingIn(bundle)) {
        const host = hostIn(file)
        if (host !== null && !this.#stuck.has(file)) waiting.push({ file, host, bundle })
      }
    }
    return waiting.toSorted((a, b) => (a.file < b.file ? -1 : 1))
  }

  /**
   * A report; null where it has been dealt with, by another process perhaps, or where it is none and was set aside.
   *
   * @param isKnown data that may be left out
   * @throws {StorageError} where it cannot be read now
   */
  async read(waiting: Waiting, isKnown?: IsKnown): Promise<Report | null> {
    const { file, bundle } = waiting
    let packed: BundledReport | null
    try {
      packed =
        bundle === null ? { lean: await readFile(join(this.folder, file), 'utf8'), dataOf: lost } : await this.#bundles.read(bundle, file)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      this.#throwPassing(error)
      await this.#setAside(bundle ?? file, 'unreadable')
      return null
    }
    if (packed === null) return null
    try {
      const report = unpack(packed.lean, packed.dataOf, isKnown)
      if (fileOf(report) === file) return report
    } catch {
      // No JSON, or no report: the same as one that belongs to another file.
    }
    if (bundle === null) await this.#setAside(file, 'unreadable')
    else {
      // The other reports of the bundle are still good.
      this.#unreadable += 1
      await writeAtomically(join(this.folder, 'unreadable', file), packed.lean).catch(() => undefined)
      await this.remove(waiting)
    }
    return null
  }

  /** @throws {StorageError} where it stays on the disk; this process does not list it again */
  async remove({ file, bundle }: Waiting): Promise<void> {
    if (bundle !== null && !this.#bundles.take(bundle, file)) return
    try {
      await rm(join(this.folder, bundle ?? file), { force: true })
    } catch (error) {
      this.#stuck.add(file)
      throw new StorageError(this.folder, codeOf(error), error)
    }
  }

  /** Call when no more is to be removed: nobody finds again what has been dealt with. */
  async tidy(): Promise<void> {
    await this.#bundles.tidy()
  }

  /** Sets a report aside together with the reasons; without them where the disk is full. */
  async reject(waiting: Waiting, receipt: Receipt): Promise<void> {
    const folder = join(this.folder, 'rejected')
    const report = await this.read(waiting)
    if (report === null) return
    try {
      await writeAtomically(join(folder, waiting.file), JSON.stringify({ receipt, report }))
      await keepNewest(folder)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (waiting.bundle === null) await this.#setAside(waiting.file, 'rejected')
    }
    await this.remove(waiting)
  }

  /** Removes what processes that were killed have left behind half written. */
  async sweep(now: number): Promise<void> {
    await sweep(this.folder, now)
  }

  async #write(name: string, bytes: Uint8Array): Promise<{ readonly dropped: number }> {
    const gaveWay = await this.#writeOrMakeRoom(name, bytes)
    // Looking at all that waits, for every report of a large run, would take longer the more of them wait.
    this.#room -= bytes.byteLength
    if (this.#room >= 0) return { dropped: gaveWay }
    const size = await bytesIn(this.folder)
    const dropped = size > this.maxBytes ? await giveWay(this, size - this.maxBytes, name) : 0
    this.#room = (this.maxBytes - (await bytesIn(this.folder))) / 2
    return { dropped: gaveWay + dropped }
  }

  /** On a full disk older reports give way, too: the newest says what is. */
  async #writeOrMakeRoom(name: string, bytes: Uint8Array): Promise<number> {
    const file = join(this.folder, name)
    try {
      await writeAtomically(file, bytes)
      return 0
    } catch (error) {
      if (!(error instanceof StorageError) || !/^(?:ENOSPC|EDQUOT)$/.test(error.code) || (await this.list()).length === 0) throw error
    }
    // Twice as much: a file takes whole blocks of the disk, and so does its entry in the folder.
    const dropped = await giveWay(this, bytes.byteLength * 2, null)
    await writeAtomically(file, bytes)
    return dropped
  }

  async #waitingIn(bundle: string): Promise<readonly string[]> {
    const files = await this.#bundles.waitingIn(bundle).catch((error: unknown) => {
      this.#throwPassing(error)
      return codeOf(error) === 'ENOENT' ? [] : null
    })
    if (files === null) await this.#setAside(bundle, 'unreadable')
    return files ?? []
  }

  /** What was not read may be a good report: it waits for better times. */
  #throwPassing(error: unknown): void {
    if (/^E(?:ACCES|PERM|MFILE|NFILE|IO|NOMEM|STALE)$/.test(codeOf(error))) throw new StorageError(this.folder, codeOf(error), error)
  }

  /** Where even that fails, the file stays, and is passed over again the next time. */
  async #setAside(file: string, where: 'unreadable' | 'rejected'): Promise<void> {
    const folder = join(this.folder, where)
    if (where === 'unreadable') this.#unreadable += 1
    try {
      makeFolder(folder)
      await rename(join(this.folder, file), join(folder, file))
      await keepNewest(folder)
    } catch {
      // Never fatal: the other reports must get through.
    }
  }
}

/** A report with a file of its own has all its data in it. */
function lost(digest: string): never {
  throw new Error(`the data ${digest} are missing`)
}

/** Most files kept of those that were set aside. */
const ASIDE = 100

async function keepNewest(folder: string): Promise<void> {
  for (const file of (await namesIn(folder)).slice(0, -ASIDE)) await rm(join(folder, file), { force: true, recursive: true })
}

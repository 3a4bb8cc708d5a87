import { existsSync, realpathSync, statSync, watch, type FSWatcher } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { SEARCH_PLACES } from './file.ts'
import { loadSettings, type Loaded, type Sources } from './load.ts'

export interface Watching {
  readonly sources: Sources
  /** What the sources said last. */
  readonly inForce: Loaded
  /** Called with settings that differ from those in force, or that are good again after they were refused. */
  readonly onChange: (loaded: Loaded) => void
  /** Called once for each edit that does not load; what is in force stays. */
  readonly onRefused: (error: Error) => void
  /** Called once where the kernel takes no more watches: files are then looked at every 10 s. */
  readonly onUnwatched: (error: Error) => void
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/** An editor writes, renames and sets modes: what comes within this time is one edit. */
const EDIT_MS = 100
/** A file that is half written does not load, and is another file a moment later. */
const HALF_WRITTEN_MS = 200
const LOOK_MS = 10_000

/**
 * Watches all files that settings may come from, those that are not there yet too, by the folders they lie in: editors and configuration
 * management put a new file, or a new link, in the place of the old one.
 *
 * @returns a function that loads at once, whatever the files look like
 */
export function watchSettings(watching: Watching): () => void {
  const watcher = new SettingsWatcher(watching)
  return () => watcher.reload()
}

class SettingsWatcher {
  readonly #watching: Watching
  readonly #folders: readonly string[]
  readonly #candidates: readonly string[]
  readonly #watchers = new Map<string, { readonly inode: number; readonly watcher: FSWatcher }>()
  #inForce: Loaded
  /** What the files looked like when they were loaded. */
  #seen: string
  #isRefused = false
  #timer: NodeJS.Timeout | undefined
  #poll: NodeJS.Timeout | undefined
  #isLoading = false

  constructor(watching: Watching) {
    this.#watching = watching
    this.#inForce = watching.inForce
    const { cwd = process.cwd(), file, systemFolder = '/etc/rollcall' } = watching.sources
    const project = file === undefined ? null : resolve(cwd, file)
    this.#folders = [systemFolder, project === null ? cwd : dirname(project)]
    this.#candidates = [
      ...SEARCH_PLACES.map((name) => join(systemFolder, name)),
      ...(project === null ? SEARCH_PLACES.map((name) => join(cwd, name)) : [project]),
    ]
    this.#seen = this.#look()
    this.#arm()
    // An edit between the load and the watch.
    if (this.#candidates.some((one) => (statOf(one)?.ctimeMs ?? 0) > Date.now() - LOOK_MS)) this.reload()
    watching.signal.addEventListener('abort', () => this.#end(), { once: true })
  }

  reload(): void {
    this.#seen = ''
    this.#soon(0)
  }

  #soon(ms: number): void {
    if (this.#watching.signal.aborted || this.#isLoading) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#check()
    }, ms)
  }

  /** Loads until the files look as they did before. */
  async #check(): Promise<void> {
    this.#isLoading = true
    this.#arm()
    for (let refused: Error | null = null; ;) {
      const looks = this.#look()
      if (looks === this.#seen) {
        if (refused !== null && !this.#watching.signal.aborted) {
          this.#isRefused = true
          this.#watching.onRefused(refused)
        }
        break
      }
      this.#seen = looks
      refused = await this.#load()
      if (refused !== null) await new Promise((done) => setTimeout(done, HALF_WRITTEN_MS))
      if (this.#watching.signal.aborted) break
    }
    this.#isLoading = false
  }

  async #load(): Promise<Error | null> {
    const { sources, signal, onChange } = this.#watching
    try {
      const loaded = await loadSettings(sources)
      if (signal.aborted) return null
      const isNew = !isDeepStrictEqual([loaded.settings, loaded.files], [this.#inForce.settings, this.#inForce.files])
      this.#inForce = loaded
      if (isNew || this.#isRefused) onChange(loaded)
      this.#isRefused = false
      return null
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConfError') throw error
      return error
    }
  }

  /** What all candidates look like, without reading them. */
  #look(): string {
    return this.#candidates
      .map((file) => {
        const stat = statOf(file)
        return stat === null ? '' : `${file} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
      })
      .join('\n')
  }

  /** Puts a watch on each folder that matters, or on what there is of its path. */
  #arm(): void {
    const { signal } = this.#watching
    if (signal.aborted) return
    const behindLinks = this.#candidates.flatMap((file) => (existsSync(file) ? [dirname(realpathSync(file))] : []))
    const wanted = new Set([...this.#folders, ...behindLinks].map(nearest))
    for (const [folder, { inode, watcher }] of this.#watchers) {
      if (wanted.has(folder) && statOf(folder)?.ino === inode) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#soon(EDIT_MS))
        watcher.on('error', () => this.#soon(EDIT_MS))
        this.#watchers.set(folder, { inode: statOf(folder)?.ino ?? 0, watcher })
      } catch (error) {
        this.#lookNowAndThen(error)
      }
    }
  }

  #lookNowAndThen(error: unknown): void {
    if (this.#poll !== undefined) return
    this.#poll = setInterval(() => this.#soon(0), LOOK_MS).unref()
    this.#watching.onUnwatched(error instanceof Error ? error : new Error(String(error)))
  }

  #end(): void {
    clearTimeout(this.#timer)
    clearInterval(this.#poll)
    for (const { watcher } of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }
}

/** The folder itself, or the nearest one above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder))
}

/** null where there is none, or none that this user may see. */
function statOf(path: string): { readonly ino: number; readonly size: number; readonly mtimeMs: number; readonly ctimeMs: number } | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

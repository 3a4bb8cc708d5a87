import { watch, type FSWatcher } from 'node:fs'
import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { looksOf, trailOf, type Trail } from './trail.ts'

export interface FilesWatched {
  /** They need not be there. */
  readonly paths: readonly string[]
  /** Called for each thing that happens to one of them: several times for one edit, and sometimes for nothing. */
  readonly onTouch: () => void
  /** Called once where the kernel takes no more watches (ENOSPC, EMFILE): the files are then looked at every 10 s, until it does. */
  readonly onUnwatched: (error: Error) => void
  readonly watchFolder?: (folder: string, options: { readonly persistent: false }, onEvent: OnEvent) => FSWatcher
  readonly lookMs?: number
}

type OnEvent = (kind: string, name: string | null) => void

/** Watches files by the folders they lie in, for an editor puts a new file in the place of the old one. Keeps no process alive. */
export class FileWatch {
  readonly #watched: FilesWatched
  #watchers: readonly FSWatcher[] = []
  /** What the files looked like; null where the kernel watches them. */
  #looks: string | null = null
  #looking: NodeJS.Timeout | undefined

  constructor(watched: FilesWatched) {
    this.#watched = watched
    this.rearm()
  }

  /**
   * Watches what matters now: to be called after each touch and before the files are read. All watches are made anew, for a folder may be
   * another one at the same path, even with the same inode (ext4 gives it again at once); the old ones end after that, so that nothing slips through.
   */
  rearm(): void {
    const old = this.#watchers
    try {
      this.#watchers = this.#arm()
      clearInterval(this.#looking)
      this.#looks = null
    } catch (error) {
      this.#watchers = []
      this.#lookNowAndThen(error)
    }
    for (const watcher of old) watcher.close()
  }

  close(): void {
    clearInterval(this.#looking)
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }

  /** @throws where the kernel takes no more watches */
  #arm(): FSWatcher[] {
    for (let trail = trailOf(this.#watched.paths); ;) {
      const watchers = this.#armed(trail)
      // A folder that was made meanwhile is not watched yet.
      const now = trailOf(this.#watched.paths)
      if (watchers !== null && isDeepStrictEqual(now, trail)) return watchers
      for (const watcher of watchers ?? []) watcher.close()
      trail = now
    }
  }

  /** null where a folder is gone already. */
  #armed(trail: Trail): FSWatcher[] | null {
    const { onTouch, watchFolder = watch } = this.#watched
    const watchers: FSWatcher[] = []
    try {
      for (const [folder, names] of trail) {
        const own = basename(folder) // What happens to the folder itself comes under its own name.
        const onEvent: OnEvent = (_, name) => (name === null || name === own || names.has(name) ? onTouch() : undefined)
        watchers.push(watchFolder(folder, { persistent: false }, onEvent).on('error', onTouch))
      }
      return watchers
    } catch (error) {
      for (const watcher of watchers) watcher.close()
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null // What fs.watch throws has a code.
      throw error
    }
  }

  #lookNowAndThen(error: unknown): void {
    if (this.#looks !== null) return
    this.#looks = looksOf(trailOf(this.#watched.paths))
    this.#looking = setInterval(() => this.#look(), this.#watched.lookMs ?? 10_000).unref()
    this.#watched.onUnwatched(error instanceof Error ? error : new Error(String(error)))
  }

  #look(): void {
    const before = this.#looks
    this.rearm()
    const looks = looksOf(trailOf(this.#watched.paths))
    if (this.#looks !== null) this.#looks = looks
    if (looks !== before) this.#watched.onTouch()
  }
}

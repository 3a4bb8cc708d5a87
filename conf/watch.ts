import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { FileWatch, type FilesWatched } from './file-watch.ts'
import { SEARCH_PLACES } from './file.ts'
import { layerOf, type Loaded, type Sources } from './load.ts'
import { isTouchedSince, trailOf } from './trail.ts'

export interface Watching<Setup extends Loaded> extends Pick<FilesWatched, 'onUnwatched' | 'watchFolder' | 'lookMs'> {
  readonly sources: Sources
  /** Reads the sources afresh; rejects where they cannot be used. Never called while it is at it. */
  readonly load: () => Promise<Setup>
  /** What the sources said last. */
  readonly inForce: Setup
  /** Called with settings that differ from those in force, or that are good again after they were refused. */
  readonly onChange: (loaded: Setup) => void
  /** Called once for each distinct error; what is in force stays. */
  readonly onRefused: (error: Error) => void
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/** An editor writes, renames and sets modes: what follows within this time is the same edit. */
const EDIT_MS = 100
/** Who goes on writing must not keep what is written from being seen. */
const LATEST_MS = 400

/**
 * Watches all files that settings may come from, those that are not there yet too. What a settings file imports is not watched, and no plugin file:
 * each collection loads those anew.
 *
 * @returns a function that loads at once, whatever the files look like
 */
export function watchSettings<Setup extends Loaded>(watching: Watching<Setup>): () => void {
  const { sources, load, inForce, onChange, onRefused, signal, ...files } = watching
  let now = inForce
  /** Why the files cannot be used as they are; null where they are in force. */
  let refused: string | null = null
  let isLoading = false
  let isTouched = false

  const loadAnew = async (): Promise<void> => {
    const loaded = await load().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
    if (signal.aborted) return
    if (loaded instanceof Error) {
      const isTold = loaded.message === refused
      refused = loaded.message
      if (!isTold) onRefused(loaded)
      return
    }
    const isNew = refused !== null || !isDeepStrictEqual(effective(loaded), effective(now))
    now = loaded
    refused = null
    if (isNew) onChange(loaded)
  }
  const check = async (): Promise<void> => {
    edit.forget()
    isTouched = true
    if (isLoading) return
    isLoading = true
    // A touch during a load leads to one more.
    for (; isTouched && !signal.aborted; await loadAnew()) {
      isTouched = false
      watch.rearm()
    }
    isLoading = false
  }
  const edit = collected(() => void check())
  const paths = pathsOf(sources)
  const watch = new FileWatch({ ...files, paths, onTouch: edit.touch })
  const end = (): void => {
    edit.forget()
    watch.close()
  }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  // What was edited between the load and the watch.
  else if (isTouchedSince(trailOf(paths), performance.timeOrigin) || !inForce.files.every((file) => existsSync(file))) edit.touch()
  return () => {
    refused &&= '' // Who asks is told again.
    if (!signal.aborted) void check()
  }
}

/** Makes one call of many touches. */
function collected(done: () => void): { readonly touch: () => void; readonly forget: () => void } {
  let quiet: NodeJS.Timeout | undefined
  let latest: NodeJS.Timeout | undefined
  return {
    touch: () => {
      clearTimeout(quiet)
      quiet = setTimeout(done, EDIT_MS)
      latest ??= setTimeout(done, LATEST_MS)
    },
    forget: () => {
      clearTimeout(quiet)
      clearTimeout(latest)
      latest = undefined
    },
  }
}

function pathsOf({ cwd = process.cwd(), file, systemFolder = '/etc/rollcall' }: Sources): string[] {
  const project = file === undefined ? SEARCH_PLACES.map((name) => join(cwd, name)) : [resolve(cwd, file)]
  return [...SEARCH_PLACES.map((name) => join(systemFolder, name)), ...project]
}

/** What decides what is done: the settings, and the folders that names such as './rack.ts' are looked up in. */
function effective(loaded: Loaded) {
  return [loaded.settings, layerOf(loaded, ['plugins']).folder, layerOf(loaded, ['middleware']).folder]
}

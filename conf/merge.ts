import { isGroup } from './tree.ts'

/** One source of settings: a file, an environment variable, the command line, or the defaults. */
export interface Layer {
  /** The file's path, `environment variable NAME`, `command line` or `default`. */
  readonly origin: string
  /** Where relative paths and plugin names of this layer are looked up. */
  readonly folder: string
  readonly settings: unknown
}

/** The layer that each value came from, by JSON pointer: for lists and scalars, not for groups. */
export type Origins = ReadonlyMap<string, Layer>

/** Lays settings over one another, weakest first. Groups are merged key by key, lists and scalars replace; `undefined` says nothing. */
export function merge(layers: readonly Layer[]): { readonly settings: unknown; readonly origins: Origins } {
  const origins = new Map<string, Layer>()
  let settings: unknown = {}
  for (const layer of layers) settings = lay(settings, layer.settings, '', layer, origins)
  return { settings, origins }
}

/** The layer a value came from: its own, else that of what holds it, else that of something in it. */
export function originOf(origins: Origins, pointer: string): Layer | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const layer = origins.get(at)
    if (layer !== undefined) return layer
  }
  // The strongest layer that says anything below.
  return [...origins].findLast(([at]) => at.startsWith(`${pointer}/`))?.[1]
}

export function pointerOf(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function lay(below: unknown, above: unknown, at: string, layer: Layer, origins: Map<string, Layer>): unknown {
  if (above === undefined) return below
  if (isGroup(above) && isGroup(below)) {
    const merged = new Map(Object.entries(below))
    for (const [key, value] of Object.entries(above)) {
      merged.set(key, lay(merged.get(key), value, `${at}${pointerOf([key])}`, layer, origins))
    }
    return Object.fromEntries(merged)
  }
  for (const known of origins.keys()) if (known.startsWith(`${at}/`)) origins.delete(known)
  if (isGroup(above) && Object.keys(above).length > 0) {
    origins.delete(at)
    return lay({}, above, at, layer, origins)
  }
  origins.set(at, layer)
  return above
}

import { join, resolve } from 'node:path'
import type { Layer } from './merge.ts'
import { settingsOf, valueAt, withValue, type Node } from './tree.ts'

/** A layer whose paths (`file:` references too) are absolute: `~/` is the user's home, the rest is relative to the layer's folder. */
export function absolutePaths(layer: Layer, schema: Node, home: string): Layer {
  let settings = layer.settings
  for (const { path, node } of settingsOf(schema)) {
    const value = valueAt(settings, path)
    if (typeof value !== 'string' || value === '') continue
    if (node.isPath) settings = withValue(settings, path, absolute(value, layer.folder, home))
    else if (node.secret && value.startsWith('file:')) {
      settings = withValue(settings, path, `file:${absolute(value.slice('file:'.length), layer.folder, home)}`)
    }
  }
  return { ...layer, settings }
}

function absolute(path: string, folder: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : resolve(folder, path)
}

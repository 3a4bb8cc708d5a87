import { originOf, pointerOf, type Origins } from './merge.ts'
import { tree, type Settings } from './schema.ts'
import { isPlainSecret, isReference } from './secrets.ts'
import { isGroup, type Node } from './tree.ts'

/** One value in force. */
export interface Explained {
  /** `api.timeoutSeconds` */
  readonly path: string
  /** The value; of a secret only where it comes from, as in `[redacted] from env:NAME`. */
  readonly value: unknown
  /** The file's path, `environment variable NAME`, `command line` or `default`. */
  readonly origin: string
}

/** Every value with the layer it came from, in the order of the settings. Holds no secret. */
export function explain({ settings, origins }: { readonly settings: Settings; readonly origins: Origins }): Explained[] {
  return rows(settings, tree, []).map(({ path, value }) => ({
    path: path.join('.'),
    value,
    origin: originOf(origins, pointerOf(path))?.origin ?? 'default',
  }))
}

function rows(value: unknown, node: Node | undefined, path: readonly string[]): { path: readonly string[]; value: unknown }[] {
  if (isGroup(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, item]) => rows(item, node?.properties?.[key], [...path, key]))
  }
  return [{ path, value: node?.secret === undefined ? value : redacted(node, value) }]
}

function redacted(node: Node, value: unknown): unknown {
  if (isReference(value)) return `[redacted] from ${value}`
  return isPlainSecret(node, value) ? '[redacted]' : value
}

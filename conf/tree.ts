import type { Keywords } from './schema.ts'

/** A node of the settings schema, as plain JSON Schema with our keywords. */
export interface Node extends Partial<Keywords> {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly patternProperties?: Readonly<Record<string, Node>>
}

export interface Setting {
  readonly path: readonly string[]
  readonly node: Node
}

/** Every setting below a node, in the order of the schema. A group has no value of its own and is not listed, unless it may be null. */
export function settingsOf(node: Node, path: readonly string[] = []): Setting[] {
  const below = Object.entries(node.properties ?? {}).flatMap(([key, child]) => settingsOf(child, [...path, key]))
  return node.properties === undefined || typesOf(node).includes('null') ? [{ path, node }, ...below] : below
}

export function typesOf({ type }: Node): readonly string[] {
  return type === undefined ? [] : typeof type === 'string' ? [type] : type
}

/** The value at a path; undefined where something on the way is missing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at: unknown, key) => (isGroup(at) && Object.hasOwn(at, key) ? at[key] : undefined), value)
}

/** The same value with another one at a path; what is missing on the way is made. */
export function withValue(value: unknown, path: readonly string[], set: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return set
  const group = isGroup(value) ? value : {}
  return { ...group, [key]: withValue(group[key], rest, set) }
}

export function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { Plugin } from '../../plugins/define.ts'
import { BUILTINS } from '../../plugins/index.ts'
import { MiddlewareError } from '../errors.ts'

/** What one entry of `fields` hides. */
export interface MaskPath {
  /** A plugin's name, or `evidence`. */
  readonly section: string
  readonly field: string
  /** Field of the items of a list; null for the field itself. */
  readonly inner: string | null
  /** Only where the value fits; `*` stands for any text. null: always. */
  readonly pattern: string | null
}

/**
 * `section.field`, `section.list.field`, either with `=pattern`.
 *
 * @throws {MiddlewareError} on a path that hides nothing: a misspelt mask must not let through what it was to hide
 */
export function parseMaskPath(text: string, plugins: readonly Plugin[]): MaskPath {
  const [, section, field, inner = null, pattern = null] = /^([a-z][a-z0-9-]*)\.(\w+)(?:\.(\w+))?(?:=(.+))?$/s.exec(text) ?? []
  if (section === undefined || field === undefined)
    throw new MiddlewareError(`mask: ${JSON.stringify(text)} is no field: expected section.field, section.list.field or one with =pattern`)
  const path = { section, field, inner, pattern }
  if (section === 'evidence') return path
  const plugin = plugins.find((one) => one.name === section)
  if (plugin !== undefined) assertFits(path, plugin, text)
  else if (!Object.hasOwn(BUILTINS, section)) {
    const names = [...new Set([...plugins.map((one) => one.name), ...Object.keys(BUILTINS)])]
    throw new MiddlewareError(`mask: there is no section ${section} in ${JSON.stringify(text)}: there are ${names.join(', ')}`)
  }
  return path
}

/** Whether a value fits a pattern. Plain searches from left to right: no pattern can make it slow. */
export function fits(value: unknown, pattern: string): boolean {
  if (value === null || value === undefined) return false
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const [head = '', ...parts] = pattern.split('*')
  const tail = parts.pop()
  if (tail === undefined) return text === pattern
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false
  const middle = text.slice(head.length, text.length - tail.length)
  let at = 0
  return parts.every((part) => {
    const found = middle.indexOf(part, at)
    at = found + part.length
    return found !== -1
  })
}

interface Schema {
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

function assertFits({ field, inner, pattern }: MaskPath, plugin: Plugin, text: string): void {
  const top = (plugin.schema as Schema).properties ?? {} // A plugin's schema is a JSON Schema of an object.
  const rows = top[field]?.items?.properties
  const found = inner === null ? top[field] : rows?.[inner]
  if (found === undefined) {
    const names = inner === null || rows === undefined ? Object.keys(top) : Object.keys(rows).map((one) => `${field}.${one}`)
    throw new MiddlewareError(`mask: ${plugin.name} has no such field in ${JSON.stringify(text)}: it has ${names.join(', ')}`)
  }
  if (inner === null && rows !== undefined && pattern !== null)
    throw new MiddlewareError(`mask: ${JSON.stringify(text)} names a list: say which field of its items, as in ${field}.name=${pattern}`)
  if (pattern === null && ![found.type].flat().includes('null'))
    throw new MiddlewareError(`mask: every item needs its ${inner}: hide whole items, as in ${plugin.name}.${field}.${inner}=*`)
}

import type { Evidence } from '../../cmdb-api/contract.ts'
import type { Plugin } from '../../plugins/define.ts'
import type { Parsed } from '../../plugins/evaluate.ts'
import type { Fields, Item } from '../../plugins/items.ts'
import { MiddlewareError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'
import { fits, parseMaskPath, type MaskPath } from './mask-path.ts'

/**
 * `['mask', { fields: ['software.packages.name=acme-*', 'user.users.home'] }]`: what must not leave the host. With a pattern, items (or
 * members of a set) that fit are left out; without one the field is null, which the register reads as "the host could not tell".
 * `evidence.diskSerials` hides a kind of identity evidence.
 */
export function mask(options: unknown, { plugins }: { readonly plugins: readonly Plugin[] }): Middleware {
  const paths = fieldsIn(options).map((field) => parseMaskPath(field, plugins))
  return async (host, next) => {
    const draft = await next(host)
    const sections = Object.entries(draft.sections).map(([name, section]): [string, Parsed] => {
      const own = paths.filter((path) => path.section === name)
      return [name, own.length === 0 || section.status !== 'ok' ? section : { ...section, data: own.reduce(hide, section.data) }]
    })
    const hidden = paths.filter((path) => path.section === 'evidence').map((path) => path.field)
    const evidence: Evidence = Object.fromEntries(Object.entries(draft.evidence).filter(([name]) => !hidden.includes(name)))
    return { ...draft, evidence, sections: Object.fromEntries(sections) }
  }
}

function fieldsIn(options: unknown): string[] {
  const fields: unknown = typeof options === 'object' && options !== null && 'fields' in options ? options.fields : undefined
  if (!Array.isArray(fields) || !fields.every((one) => typeof one === 'string'))
    throw new MiddlewareError("mask needs fields, as in ['mask', { fields: ['user.users.home'] }]")
  return fields
}

function hide(data: Fields, { field, inner, pattern }: MaskPath): Fields {
  const value = data[field]
  if (value === null || value === undefined) return data
  return { ...data, [field]: inner === null ? masked(value, pattern) : maskedList(value, inner, pattern) }
}

function maskedList(list: unknown, inner: string, pattern: string | null): unknown {
  if (!Array.isArray(list)) return list
  const items: readonly Item[] = list // Lists hold items; a set has no inner fields.
  if (pattern === null) return items.map((item) => ({ ...item, [inner]: null }))
  return items.filter((item) => ![item[inner]].flat().some((value) => fits(value, pattern)))
}

function masked(value: unknown, pattern: string | null): unknown {
  if (pattern === null) return null
  if (Array.isArray(value)) return value.filter((one) => !fits(one, pattern))
  return fits(value, pattern) ? null : value
}

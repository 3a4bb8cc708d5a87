import { Type } from 'typebox'
import { compareText } from '../../plugins/items.ts'
import type { AssetPage, NamedAsset } from '../../repository/named-assets.ts'
import { isId, readCursor, readFilters, textOf, writeCursor, type Query } from '../query.ts'
import { pageOf, PageQuery } from './page.ts'

/** Name of a template, group or service: letters and digits of any language; within also space . _ : @ + - */
export const NAME = '^[\\p{L}\\p{N}](?:[\\p{L}\\p{N} ._:@+-]{0,98}[\\p{L}\\p{N}])?$'
export const Name = Type.String({ pattern: NAME, description: 'Letters and digits; within also space . _ : @ + -; at most 100' })

export const LIST_QUERY = Type.Object(PageQuery)
export const LIST_FILTERS = 'Filters: name, name__ic, name__in.'

/** An asset in a list of members or links. */
const Listed = Type.Object({ id: Type.String(), name: Type.String() })
export const ListedAssets = pageOf(Listed)

/** Whether what is still in use may be deleted all the same. */
export const Force = Type.Object(
  { force: Type.Optional(Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'] })) },
  { additionalProperties: false },
)

type Paged = Query & { readonly limit: number }

/** One page of what has unique names and is few: in the order of names, whatever the database's. */
export function pageByName<T extends { readonly name: string }>(rows: readonly T[], query: Paged) {
  const filters = readFilters(query, Object.keys(PageQuery), { name: ['', 'ic', 'in'] })
  const after = readCursor(textOf(query['cursor']), (mark): mark is string => typeof mark === 'string')
  const found = rows.filter(({ name }) =>
    filters.every(({ op, value }) => {
      if (op === 'ic') return name.toLowerCase().includes(value.toLowerCase())
      return op === 'in' ? value.split(',').includes(name) : name === value
    }),
  )
  const rest = found.toSorted((a, b) => compareText(a.name, b.name)).filter(({ name }) => after === null || compareText(name, after) > 0)
  const page = rest.slice(0, query.limit)
  return {
    page,
    next: rest.length > query.limit ? writeCursor(page.at(-1)!.name) : null,
    ...(query['count'] === 'true' && { count: found.length }),
  }
}

/** One page of assets that are members or linked. */
export async function pageOfAssets(query: Paged, known: readonly string[], read: (page: AssetPage) => Promise<NamedAsset[]>) {
  readFilters(query, ['limit', 'cursor', ...known], {})
  const mark = readCursor(textOf(query['cursor']), isAssetMark)
  const rows = await read({ after: mark === null ? null : { name: mark[0], id: mark[1] }, limit: query.limit + 1 })
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    results: page.map(({ uuid, name }) => ({ id: uuid, name })),
    next: rows.length > query.limit && last !== undefined ? writeCursor([last.name, last.id]) : null,
  }
}

function isAssetMark(mark: unknown): mark is [string, number] {
  return Array.isArray(mark) && mark.length === 2 && typeof mark[0] === 'string' && isId(mark[1])
}

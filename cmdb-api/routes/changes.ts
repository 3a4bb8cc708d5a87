import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { changesOfSet, listChanges, type ChangeQuery } from '../../repository/changes.ts'
import { findChangeSet, OPS } from '../../repository/history.ts'
import type { Context } from '../context.ts'
import { ApiError } from '../errors.ts'
import { nullable } from '../nullable.ts'
import {
  bad,
  isId,
  oneOf,
  readCursor,
  readFilters,
  readTime,
  severalOf,
  textOf,
  time,
  writeCursor,
  type Filter,
  type Query,
} from '../query.ts'
import { Change, changeView } from '../views.ts'
import { findAsset } from './assets.ts'
import { pageOf, PageQuery, ReadRoles } from './page.ts'

const EQUAL: readonly Filter['op'][] = ['']
const FILTERS = {
  section: ['', 'in'] as const,
  list: EQUAL,
  field: EQUAL,
  item: EQUAL,
  op: EQUAL,
  source: ['', 'in'] as const,
  at: ['gte', 'lte', 'gt', 'lt'] as const,
}
const { limit, cursor } = PageQuery

const ChangeSet = Type.Object(
  {
    id: Type.String(),
    changes: Type.Array(Change),
    next: nullable('string', 'Cursor of the next page; null on the last'),
  },
  { additionalProperties: true },
)

/** Newest first. Changes that a newer plugin made, rather than the host, are left out unless asked for by source. */
export function changes(app: FastifyInstance, context: Context): void {
  const description =
    'Newest first. Filters: section, section__in, list, field, item, op, source, source__in, at__gt, at__gte, at__lt, at__lte. Changes of source upgrade are left out unless the filter names them.'
  const schema = { description, tags: ['changes'], querystring: Type.Object({ limit, cursor }), response: { 200: pageOf(Change) } }
  type Route = { Params: { ref: string }; Querystring: Query & { limit: number } }

  app.get<Route>(
    '/changes',
    {
      config: { roles: ReadRoles },
      schema: {
        ...schema,
        summary: 'Changes of all assets',
        querystring: Type.Object({ limit, cursor, asset: Type.Optional(Type.String({ description: 'Id or name of one asset' })) }),
      },
    },
    async ({ query }) => {
      const ref = query['asset']
      return await feed({ ...readQuery(query, 'asset'), assetId: typeof ref === 'string' ? (await findAsset(context, ref)).id : null })
    },
  )

  app.get<Route>(
    '/assets/:ref/changes',
    { config: { roles: ReadRoles }, schema: { ...schema, summary: 'Changes of one asset' } },
    async ({ params, query }) => await feed({ ...readQuery(query), assetId: (await findAsset(context, params.ref)).id }),
  )

  app.get<{ Params: { id: string }; Querystring: Query & { limit: number } }>(
    '/change-sets/:id',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'All changes made by one report or one person at once',
        description: 'In the order in which they were recorded.',
        tags: ['changes'],
        querystring: Type.Object({ limit: { ...limit, default: 1000 }, cursor }),
        response: { 200: ChangeSet },
      },
    },
    async ({ params, query }) => {
      readFilters(query, ['limit', 'cursor'], {})
      if (!/^\d{1,15}$/.test(params.id)) throw new ApiError(404, 'no such change set')
      const set = await findChangeSet(context.register.reader, Number(params.id))
      if (set === undefined) throw new ApiError(404, `there is no change set ${params.id}`)
      const after = readCursor(textOf(query['cursor']), isId)
      const rows = await changesOfSet(context.register.reader, set.id, { after, limit: query.limit + 1 })
      const page = rows.slice(0, query.limit)
      const { at, collected_at, source, actor, reason, report_id } = set
      return {
        id: params.id,
        at: time(at),
        collectedAt: time(collected_at),
        source,
        actor,
        reason,
        reportId: report_id,
        changes: page.map(changeView),
        next: rows.length > query.limit ? writeCursor(page.at(-1)!.id) : null,
      }
    },
  )

  async function feed(query: ChangeQuery) {
    const rows = await listChanges(context.register.reader, { ...query, limit: query.limit + 1 })
    const page = rows.slice(0, query.limit)
    return { results: page.map(changeView), next: rows.length > query.limit ? writeCursor(page.at(-1)!.id) : null }
  }
}

function readQuery(query: Query & { readonly limit: number }, ...known: readonly string[]): ChangeQuery {
  const filters = readFilters(query, ['limit', 'cursor', ...known], FILTERS)
  const value = (field: string) => oneOf(filters, field, '')?.value ?? null
  const op = OPS.find((one) => one === value('op')) ?? null
  if (value('op') !== null && op === null) throw bad('?op', `must be one of ${OPS.join(', ')}`)
  const sources = severalOf(filters, 'source')
  return {
    limit: query.limit,
    before: readCursor(textOf(query['cursor']), isId),
    assetId: null,
    sections: severalOf(filters, 'section'),
    list: value('list'),
    field: value('field'),
    item: value('item'),
    op,
    sources,
    hideUpgrades: sources === null,
    since: bound(filters, 'gte', 'gt', 1),
    until: bound(filters, 'lte', 'lt', -1),
  }
}

/** The first or last millisecond that is asked for; null where there is no such bound. */
function bound(filters: readonly Filter[], inclusive: 'gte' | 'lte', exclusive: 'gt' | 'lt', stepMs: number): number | null {
  const given = oneOf(filters, 'at', inclusive, exclusive)
  return given === null ? null : readTime(`at__${given.op}`, given.value) + (given.op === exclusive ? stepMs : 0)
}

import type { FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import { findByName, findByUuid, insertPlanned, type AssetRow } from '../../repository/assets.ts'
import {
  countAssets,
  listAssets,
  type AssetColumn,
  type AssetFilter,
  type AssetQuery,
  type Comparison,
  type ListedAsset,
} from '../../repository/asset-list.ts'
import { record } from '../../repository/history.ts'
import { observedOf } from '../../repository/observed.ts'
import { HOST_KINDS } from '../contract.ts'
import { confirmed, latest } from '../confirmed.ts'
import type { Context } from '../context.ts'
import { ApiError } from '../errors.ts'
import { ASSET } from '../history-row.ts'
import { bad, isId, readCursor, readFilters, readTime, textOf, time, writeCursor, type Filter, type Query } from '../query.ts'
import { currentSections, stateAt, withVolatile } from '../state.ts'
import { Asset, assetView } from '../views.ts'
import { pageOf, PageQuery, PRINTABLE, ReadRoles } from './page.ts'

const TEXT: readonly Filter['op'][] = ['', 'n', 'ic', 'in']
const TIMES: readonly Filter['op'][] = ['gt', 'gte', 'lt', 'lte']
const FILTERS = { name: TEXT, kind: TEXT, status: TEXT, hostname: TEXT, firstSeen: TIMES, lastSeen: TIMES, stale: [''] as const }
const COMPARE: Readonly<Record<Filter['op'], Comparison>> = {
  '': '=',
  n: '<>',
  ic: 'contains',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  in: 'in',
}
const ORDERS = ['name', '-name', 'firstSeen', '-firstSeen', 'lastSeen', '-lastSeen'] as const

export function assets(app: FastifyInstance, context: Context): void {
  const { register, ingest, specs, now } = context

  app.get<{ Querystring: Query & { limit: number } }>(
    '/assets',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'List assets',
        description: `Filters: ${Object.entries(FILTERS)
          .map(([field, ops]) => ops.map((op) => (op === '' ? field : `${field}__${op}`)).join(', '))
          .join(', ')}.`,
        tags: ['assets'],
        querystring: Type.Object({
          ...PageQuery,
          q: Type.Optional(Type.String({ description: 'Text in names, or a whole identifier such as a serial number' })),
          ordering: Type.Optional(Type.Unsafe<string>({ type: 'string', enum: [...ORDERS] })),
        }),
        response: { 200: pageOf(Asset) },
      },
    },
    async ({ query }) => {
      const wanted = readQuery(query, context)
      const rows = await listAssets(register.reader, { ...wanted, limit: wanted.limit + 1 })
      const page = rows.slice(0, wanted.limit)
      const last = page.at(-1)
      return {
        results: page.map((row) => assetView(fresh(row), { ...context, now: now() })),
        next:
          rows.length > wanted.limit && last !== undefined
            ? writeCursor([orderingOf(query), orderValue(last, wanted.order.column), last.id])
            : null,
        ...(query['count'] === 'true' && { count: await countAssets(register.reader, wanted) }),
      }
    },
  )

  app.get<{ Params: { ref: string }; Querystring: { at?: string } }>(
    '/assets/:ref',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'One asset with its sections',
        description: 'By id or name. With at, as the register had it at that time.',
        tags: ['assets'],
        querystring: Type.Object({ at: Type.Optional(Type.String({ format: 'date-time' })) }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            ...Asset.properties,
            sections: Type.Object({}, { additionalProperties: true, description: 'By plugin: status, reason, collectedAt, stale, data' }),
          }),
        },
      },
    },
    async ({ params, query }, reply) => {
      const asset = await findAsset(context, params.ref)
      void reply.header('etag', `"${asset.version}"`)
      return query.at === undefined ? await present(asset) : await past(asset, readTime('at', query.at))
    },
  )

  app.post<{ Body: { name: string; kind?: string } }>(
    '/assets',
    {
      config: { roles: ['operator'] },
      schema: {
        summary: 'Enter an asset by hand',
        description: 'A host that has not been collected yet: its first report claims the asset whose name equals its pinned name.',
        tags: ['assets'],
        body: Type.Object(
          {
            name: Type.String({ minLength: 1, maxLength: 255, pattern: PRINTABLE }),
            kind: Type.Optional(Type.Unsafe<string>({ type: 'string', enum: [...HOST_KINDS] })),
          },
          { additionalProperties: false },
        ),
        response: { 201: Asset },
      },
    },
    async ({ body, actor }, reply) => {
      const row = {
        uuid: randomUUID(),
        name: body.name,
        kind: body.kind ?? 'unknown',
        status: 'planned',
        hostname: null,
        cert_name: null,
        version: 1,
        first_seen: null,
        created_at: now(),
      }
      const made = await register.db.transaction().execute(async (trx) => {
        const isTaken = (await findByName(trx, body.name)).length > 0
        const id = isTaken ? null : await insertPlanned(trx, row)
        if (id === null)
          throw new ApiError(409, `an asset called ${body.name} exists`, { errors: [{ pointer: '/name', message: 'is taken' }] })
        const created = {
          section: ASSET,
          list: '',
          field: '',
          item: null,
          op: 'added',
          old: null,
          new: JSON.stringify({ name: row.name, kind: row.kind }),
        } as const
        await record(
          trx,
          register.dialect,
          [
            {
              assetId: id,
              collectedAt: null,
              source: 'person',
              actor: actor?.name ?? '',
              reason: null,
              reportId: null,
              changes: [created],
            },
          ],
          now(),
        )
        return { ...row, id }
      })
      return reply.code(201).send(assetView({ ...made, seen_at: null, labels: null }, { ...context, now: now() }))
    },
  )

  /** The latest times that are not in the database yet. */
  function fresh<T extends ListedAsset>(row: T): T {
    const seen = ingest.seen(row.id)
    return seen === undefined ? row : { ...row, seen_at: seen.seen_at }
  }

  async function present(asset: AssetRow) {
    const stored = (await observedOf(register.reader, [asset.id])).get(asset.id)
    const observed = stored && latest(stored, ingest.seen(asset.id))
    const row = { ...asset, seen_at: observed?.seen_at ?? null, labels: observed?.labels ?? null }
    const volatile = JSON.parse(observed?.volatile ?? '{}') as Record<string, Record<string, unknown>>
    const sections = (await currentSections(register.reader, asset.id)).map(({ row: section, data }) => {
      const { name, status, reason, version, kept, collected_at, received_at, owner_mode } = confirmed(section, observed)
      const known = JSON.parse(kept) as string[]
      const shown = data === null ? null : withVolatile(specs.get(name), data, volatile[name] ?? {})
      return [
        name,
        {
          status,
          reason,
          version,
          collectedAt: time(collected_at),
          stale: data !== null && (status !== 'ok' || now() - received_at > context.staleAfterMs),
          lastKnown: known,
          source: owner_mode,
          data: shown,
        },
      ]
    })
    return { ...assetView(row, { ...context, now: now() }), sections: Object.fromEntries(sections) as Record<string, unknown> }
  }

  async function past(asset: AssetRow, at: number) {
    const state = await stateAt(register.reader, asset, at)
    if (state === null)
      throw new ApiError(404, `${asset.name} was not in the register at ${time(at)}: it came on ${time(asset.created_at)}`)
    const row = {
      ...asset,
      kind: state.kind,
      hostname: state.hostname,
      cert_name: null,
      first_seen: asset.first_seen !== null && asset.first_seen <= at ? asset.first_seen : null,
      seen_at: null,
      labels: null,
    }
    const sections = [...state.sections]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, data]) => [name, { status: 'ok', reason: null, collectedAt: null, stale: false, data }])
    return { ...assetView(row, { ...context, now: at }), at: time(at), sections: Object.fromEntries(sections) as Record<string, unknown> }
  }
}

/** One asset by id or name. */
export async function findAsset({ register }: Context, ref: string): Promise<AssetRow> {
  const byId = /^[0-9a-f]{8}-/.test(ref) ? await findByUuid(register.reader, ref) : undefined
  if (byId !== undefined) return byId
  const [asset, ...others] = await findByName(register.reader, ref)
  if (asset === undefined) throw new ApiError(404, `no asset has the id or name ${JSON.stringify(ref.slice(0, 100))}`)
  if (others.length > 0)
    throw new ApiError(
      409,
      `${others.length + 1} assets are called ${ref}: ask by id, ${[asset, ...others].map(({ uuid }) => uuid).join(' or ')}`,
    )
  return asset
}

function readQuery(query: Query & { readonly limit: number }, { staleAfterMs, now }: Context): AssetQuery {
  const all = readFilters(query, [...Object.keys(PageQuery), 'q', 'ordering'], FILTERS)
  const stale = all.find(({ field }) => field === 'stale')?.value
  if (stale !== undefined && stale !== 'true' && stale !== 'false') throw bad('?stale', 'must be true or false')
  const ordering = orderingOf(query)
  const cursor = readCursor(textOf(query['cursor']), isMark(ordering))
  return {
    filters: all.filter(({ field }) => field !== 'stale').map(toFilter),
    q: typeof query['q'] === 'string' && query['q'] !== '' ? query['q'] : null,
    seen: stale === undefined ? null : { stale: stale === 'true', before: now() - staleAfterMs },
    // Checked against ORDERS by the route's schema.
    order: { column: ordering.replace('-', '') as 'name', descending: ordering.startsWith('-') },
    after: cursor === null ? null : { value: cursor[1], id: cursor[2] },
    limit: query.limit,
  }
}

function toFilter({ field, op, value }: Filter): AssetFilter {
  // Field names are those of FILTERS.
  const column = field as AssetColumn
  if (op === 'in') return { column, compare: 'in', value: value.split(',') }
  return {
    column,
    compare: COMPARE[op],
    value: column === 'firstSeen' || column === 'lastSeen' ? readTime(`${field}__${op}`, value) : value,
  }
}

function orderingOf(query: Query): string {
  return typeof query['ordering'] === 'string' ? query['ordering'] : 'name'
}

/** A page mark of a list in this order. */
function isMark(ordering: string) {
  return (mark: unknown): mark is [string, string | number, number] => {
    if (!Array.isArray(mark) || mark.length !== 3 || mark[0] !== ordering || !isId(mark[2])) return false
    return ordering.endsWith('name') ? typeof mark[1] === 'string' : isId(mark[1])
  }
}

function orderValue(row: ListedAsset, column: 'name' | 'firstSeen' | 'lastSeen'): string | number {
  return column === 'name' ? row.name : ((column === 'firstSeen' ? row.first_seen : row.seen_at) ?? 0)
}

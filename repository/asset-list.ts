import { sql, type SqlBool } from 'kysely'
import type { Reader } from './connect.ts'

export type AssetColumn = 'name' | 'kind' | 'status' | 'hostname' | 'firstSeen' | 'lastSeen'
export type Comparison = '=' | '<>' | '>' | '>=' | '<' | '<=' | 'in' | 'contains'

export interface AssetFilter {
  readonly column: AssetColumn
  readonly compare: Comparison
  readonly value: string | number | readonly string[]
}

/** One page of assets. `after` holds the ordered value and the id of the last row of the page before. */
export interface AssetQuery {
  readonly filters: readonly AssetFilter[]
  /** Text to find in names, hostnames and exact identifiers. */
  readonly q: string | null
  /** Only assets seen before (stale) or since this time. */
  readonly seen: { readonly stale: boolean; readonly before: number } | null
  readonly order: { readonly column: 'name' | 'firstSeen' | 'lastSeen'; readonly descending: boolean }
  readonly after: { readonly value: string | number; readonly id: number } | null
  readonly limit: number
}

/** An asset as lists show it. */
export interface ListedAsset {
  readonly id: number
  readonly uuid: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly hostname: string | null
  readonly cert_name: string | null
  readonly version: number
  readonly first_seen: number | null
  readonly seen_at: number | null
  readonly labels: string | null
}

const COLUMNS = {
  name: sql.ref('asset.name'),
  kind: sql.ref('asset.kind'),
  status: sql.ref('asset.status'),
  hostname: sql`coalesce(asset.hostname, '')`,
  firstSeen: sql`coalesce(asset.first_seen, 0)`,
  lastSeen: sql`coalesce(observed.seen_at, 0)`,
} as const

function select(db: Reader) {
  return db
    .selectFrom('asset')
    .leftJoin('observed', 'observed.asset_id', 'asset.id')
    .select([
      'asset.id',
      'asset.uuid',
      'asset.name',
      'asset.kind',
      'asset.status',
      'asset.hostname',
      'asset.cert_name',
      'asset.version',
      'asset.first_seen',
      'observed.seen_at',
      'observed.labels',
    ])
}

type Rows = ReturnType<typeof select>

export async function listAssets(db: Reader, query: AssetQuery): Promise<ListedAsset[]> {
  const { order, after } = query
  const column = COLUMNS[order.column]
  const direction = order.descending ? 'desc' : 'asc'
  let rows = filtered(select(db), query).orderBy(column, direction).orderBy('asset.id', direction).limit(query.limit)
  if (after !== null) {
    const past = order.descending ? sql`<` : sql`>`
    rows = rows.where(sql<SqlBool>`(${column}, asset.id) ${past} (${after.value}, ${after.id})`)
  }
  return await rows.execute()
}

/** How many assets a query finds, whatever its page. */
export async function countAssets(db: Reader, query: AssetQuery): Promise<number> {
  const { count } = await filtered(select(db), query)
    .clearSelect()
    .select(sql<number | string>`count(*)`.as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function filtered(rows: Rows, { filters, q, seen }: AssetQuery): Rows {
  let found = rows
  for (const { column, compare, value } of filters) {
    if (Array.isArray(value)) found = found.where(sql<SqlBool>`${COLUMNS[column]} in (${sql.join(value)})`)
    else if (compare === 'contains') found = found.where(contains(COLUMNS[column], String(value)))
    else found = found.where(sql<SqlBool>`${COLUMNS[column]} ${sql.raw(compare)} ${value}`)
  }
  if (seen !== null) found = found.where(COLUMNS.lastSeen, seen.stale ? '<' : '>=', seen.before as never)
  if (q !== null) {
    const claims = sql<SqlBool>`asset.id in (select asset_id from claim where value = ${q.toLowerCase()})`
    found = found.where((e) => e.or([contains(COLUMNS.name, q), contains(COLUMNS.hostname, q), claims]))
  }
  return found
}

function contains(column: (typeof COLUMNS)[AssetColumn], text: string) {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`lower(${column}) like ${pattern} escape '\\'`
}

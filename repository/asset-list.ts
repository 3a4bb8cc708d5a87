import { sql, type SqlBool } from 'kysely'
import { lowered } from './assets.ts'
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
  /** Only assets seen before this time and not since (stale), or the others; one that was never seen is not stale. */
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

/** A host that was never collected is neither before nor after any time. */
const COLUMNS = {
  name: sql.ref('asset.name'),
  kind: sql.ref('asset.kind'),
  status: sql.ref('asset.status'),
  hostname: sql`coalesce(asset.hostname, '')`,
  firstSeen: sql.ref('asset.first_seen'),
  lastSeen: sql.ref('observed.seen_at'),
} as const

/** A page mark holds no null, and databases differ in where they sort it. */
const ORDERS = {
  name: COLUMNS.name,
  firstSeen: sql`coalesce(asset.first_seen, 0)`,
  lastSeen: sql`coalesce(observed.seen_at, 0)`,
} as const

/** Where a text is looked for, whatever its case. */
const LOWERED = {
  ...COLUMNS,
  name: sql.ref('asset.name_lower'),
  kind: sql`lower(asset.kind)`,
  status: sql`lower(asset.status)`,
  hostname: sql`coalesce(asset.hostname_lower, '')`,
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
  const column = ORDERS[order.column]
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
    else if (compare === 'contains') found = found.where(contains(column, String(value)))
    else found = found.where(sql<SqlBool>`${COLUMNS[column]} ${sql.raw(compare)} ${value}`)
  }
  if (seen !== null) {
    const stale = sql<SqlBool>`${COLUMNS.lastSeen} < ${seen.before}`
    found = found.where(seen.stale ? stale : sql<SqlBool>`(${COLUMNS.lastSeen} is null or not ${stale})`)
  }
  if (q !== null) {
    // Most are kept in lower case; the case of a fingerprint counts.
    const claims = sql<SqlBool>`asset.id in (select asset_id from claim where value in (${q}, ${lowered(q)}))`
    found = found.where((e) => e.or([contains('name', q), contains('hostname', q), claims]))
  }
  return found
}

function contains(column: AssetColumn, text: string) {
  const pattern = `%${lowered(text).replaceAll(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`${LOWERED[column]} like ${pattern} escape '\\'`
}

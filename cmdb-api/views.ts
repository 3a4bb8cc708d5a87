import { Type } from 'typebox'
import type { ListedAsset } from '../repository/asset-list.ts'
import { OPS, type ChangeRow } from '../repository/history.ts'
import { read } from './history-row.ts'
import { nullable } from './nullable.ts'
import { time } from './query.ts'

/** An asset as lists and single answers show it. */
export const Asset = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    kind: Type.String({ description: 'physical, vm, container, unknown; an open list' }),
    status: Type.String({ description: 'Lifecycle status' }),
    hostname: nullable('string', 'What the host calls itself'),
    drift: Type.Boolean({ description: 'Whether the host or its cert calls itself otherwise than the register does' }),
    version: Type.Integer({ description: "Counts people's edits" }),
    firstSeen: nullable('string', 'Null for an asset that was never collected'),
    lastSeen: nullable('string', 'Null as of a past time: it is not history'),
    stale: Type.Boolean({ description: 'Not seen for longer than server.staleAfter' }),
    labels: Type.Object({}, { additionalProperties: { type: 'string' } }),
  },
  { $id: 'Asset' },
)

/** One change. */
export const Change = Type.Object(
  {
    id: Type.String(),
    changeSetId: Type.String(),
    assetId: nullable('string', 'Null where no asset changed, but a template or a group'),
    assetName: Type.String({ description: "The asset's name; without an asset what changed, such as template web" }),
    at: Type.String({ description: 'When it was recorded' }),
    collectedAt: nullable('string', "When it was seen, by the collector's clock"),
    section: Type.String({ description: "The plugin's name; asset, template or group for these themselves" }),
    list: nullable('string', 'Null for a field of the section, or the whole section'),
    item: nullable('string', 'Identity of the item, such as serial=S3Z8'),
    field: nullable('string', 'Null for a whole item, list or section'),
    op: Type.Unsafe<string>({ type: 'string', enum: [...OPS] }),
    old: Type.Unknown(),
    new: Type.Unknown(),
    source: Type.String({ description: 'agent, ssh, salt, import, person, system or upgrade' }),
    actor: Type.String(),
    reason: nullable('string', 'Given by a person'),
  },
  { $id: 'Change' },
)

export function assetView(asset: ListedAsset, { now, staleAfterMs }: { readonly now: number; readonly staleAfterMs: number }) {
  const { uuid, name, kind, status, hostname, version, first_seen, seen_at } = asset
  return {
    id: uuid,
    name,
    kind,
    status,
    hostname,
    drift: isDrift(asset),
    version,
    firstSeen: time(first_seen),
    lastSeen: time(seen_at),
    stale: seen_at !== null && now - seen_at > staleAfterMs,
    labels: (asset.labels === null ? {} : JSON.parse(asset.labels)) as Record<string, string>,
  }
}

export function changeView(row: ChangeRow) {
  return {
    id: String(row.id),
    changeSetId: String(row.set_id),
    assetId: row.asset_uuid,
    assetName: row.asset_name,
    at: time(row.at),
    collectedAt: time(row.collected_at),
    section: row.section,
    list: row.list || null,
    item: row.item,
    field: row.field || null,
    op: OPS[row.op],
    old: read(row.old),
    new: read(row.new),
    source: row.source,
    actor: row.actor,
    reason: row.reason,
  }
}

/** A short name fits a long one and the other way round; two long ones must be equal. So it is of certs: each collector has its own, by its own list. */
export function isDrift({ name, hostname, cert_name }: Pick<ListedAsset, 'name' | 'hostname' | 'cert_name'>): boolean {
  return (hostname !== null && !sameHost(name, hostname)) || (cert_name !== null && !sameHost(name, cert_name))
}

function sameHost(a: string, b: string): boolean {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  return x === y || (x.includes('.') !== y.includes('.') && x.split('.', 1)[0] === y.split('.', 1)[0])
}

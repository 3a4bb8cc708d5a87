import type { Generated } from 'kysely'

/** All tables. Times are milliseconds since 1970 by the API's clock unless said; JSON is text; bytes are BLOB or bytea. */
export interface Tables {
  asset: AssetTable
  claim: ClaimTable
  section: SectionTable
  document: DocumentTable
  observed: ObservedTable
  change_set: ChangeSetTable
  change: ChangeTable
  field: FieldTable
  chain_head: ChainHeadTable
  conflict: ConflictTable
  held_report: HeldReportTable
  token: TokenTable
  asset_group: AssetGroupTable
  group_member: GroupMemberTable
  template: TemplateTable
  template_asset: TemplateAssetTable
  template_group: TemplateGroupTable
  config_revision: ConfigRevisionTable
  agent: AgentTable
  task: TaskTable
}

/** The register's record of a host, or of a thing entered by hand. */
interface AssetTable {
  id: Generated<number>
  /** Public id, a random UUID. */
  uuid: string
  /** Unique among those that no report has claimed yet: the first that bears the name must find one. */
  name: string
  /** For searching: see `lowered`. */
  name_lower: string
  kind: string
  status: string
  /** What the host calls itself; null before it was collected. */
  hostname: string | null
  hostname_lower: string | null
  /** The name that the host's cert said last; drift when it is not `name`. */
  cert_name: string | null
  /** Counts people's edits only. */
  version: number
  /** First report; null for an asset that was entered by hand and never collected. */
  first_seen: number | null
  created_at: number
}

/**
 * One identifier that a host brings now: what it brought before and does not any more is dropped, but its certs. Only `identifying` claims are
 * unique, and only they find an asset.
 */
interface ClaimTable {
  id: Generated<number>
  asset_id: number
  kind: string
  value: string
  /** The asset's kind, part of the key: a VM may carry its host's serial number. */
  host_kind: string
  state: 'identifying' | 'supporting' | 'shared'
  /** When it was told first, or again after it was dropped. */
  since: number
}

/** The current state of one section of one asset. */
interface SectionTable {
  asset_id: number
  name: string
  status: string
  reason: string | null
  version: number
  /** Digest of the data as sent last. */
  digest: string | null
  /** Hash of the document: the data as sent, cleaned, with last known values where the host could not tell. */
  document: string | null
  /** JSON array of paths that hold a last known value. */
  kept: string
  owner_mode: string
  owner_name: string
  /** Whose count `seq` is: collector and cert. */
  scope: string
  seq: number
  /** By the collector's clock. */
  collected_at: number
  received_at: number
}

/** A section's document, shared by all assets that have the same. */
interface DocumentTable {
  hash: string
  body: Uint8Array
}

/** What every report touches, so that it stays out of the wider rows. Written in batches. */
interface ObservedTable {
  asset_id: number
  seen_at: number
  collected_at: number
  report_id: string
  /** Hash over identity, evidence and labels: another one takes the long way. */
  identity: string
  scope: string
  seq: number
  /** JSON object: sections that the last report did not bring, each with seq, received and collected of the last that did. */
  earlier: string
  /** JSON object: the sections that the last report's collector owns, each to what it said last, see `markOf` in cmdb-api/marks.ts. */
  marks: string
  /** JSON object: section to latest values that are not history. */
  volatile: string
  /** JSON object, set by middleware. */
  labels: string
}

/** All changes made by one report or one person at once. Ids and `at` are assigned in commit order. */
interface ChangeSetTable {
  id: number
  /** Null where people's settings for agents changed, not an asset: `subject` says which. */
  asset_id: number | null
  /** Such as `template web` or `group dc1`; null for an asset. */
  subject: string | null
  at: number
  collected_at: number | null
  /** agent, ssh, salt, import, person, system or upgrade. */
  source: string
  actor: string
  reason: string | null
  report_id: string | null
  changes: number
}

/** One field's, one item's or one whole section's change. `old` and `new` are JSON. */
interface ChangeTable {
  id: number
  set_id: number
  asset_id: number | null
  field_id: number
  item: string | null
  op: number
  old: string | null
  new: string | null
}

/** Dictionary of section, list and field; the empty text stands for "the whole". */
interface FieldTable {
  id: Generated<number>
  section: string
  list: string
  field: string
  /** JSON of the keys by which the list's items are labelled: a plugin that changes its keys gets new rows, and the past its old labels. */
  keys: string
}

/** One row, locked last in every transaction that records: gives ids and times in commit order. */
interface ChainHeadTable {
  id: number
  set_id: number
  change_id: number
  at: number
}

/** What matching could not decide, or wants a person to look at; reports with the same cause are one row. */
interface ConflictTable {
  id: Generated<number>
  cause: string
  /** Hash of what tells two conflicts of one cause apart: PostgreSQL indexes no long texts. */
  key: string
  summary: string
  /** JSON array of public asset ids; of very many the first and the last. */
  assets: string
  state: 'open' | 'resolved'
  repeats: number
  first_at: number
  last_at: number
}

/** A report that waits for a conflict to be resolved; each distinct content once per conflict, the newest ones. */
interface HeldReportTable {
  conflict_id: number
  fingerprint: string
  report_id: string
  received_at: number
  body: Uint8Array
}

interface TokenTable {
  id: string
  name: string
  role: string
  /** SHA-256 of the secret, hex. */
  hash: string
  /** JSON array of CIDR ranges; empty allows all. */
  networks: string
  created_at: number
  expires_at: number | null
  used_at: number | null
  revoked_at: number | null
}

/** Assets that people put together. Groups nest. */
interface AssetGroupTable {
  id: Generated<number>
  name: string
  /** The group that this one is nested in. */
  parent_id: number | null
  /** Counts changes of the parent. */
  version: number
  created_at: number
}

interface GroupMemberTable {
  group_id: number
  asset_id: number
}

/** What agents are to run, and how often. */
interface TemplateTable {
  id: Generated<number>
  name: string
  /** JSON object: service to `[plugin, interval in seconds]`. */
  services: string
  /** Counts changes of the services. */
  version: number
  created_at: number
}

interface TemplateAssetTable {
  template_id: number
  asset_id: number
}

interface TemplateGroupTable {
  template_id: number
  group_id: number
}

/** One row, counted up in the transaction of every edit of templates, groups, links and members: its lock lets these edits come one by one. */
interface ConfigRevisionTable {
  id: number
  revision: number
}

/** An agent that asked for its configuration. */
interface AgentTable {
  /** `cert/<cert id>`, or `name/<pinned name>` before the host has a cert id. */
  key: string
  name: string
  cert: string | null
  /** Null while the host is not in the register. */
  asset_id: number | null
  address: string
  /** Of rollcall; null where the agent did not say. */
  version: string | null
  asked_at: number
}

/** Something that a person asked one host to do once. Kept for 30 days after it expired. */
interface TaskTable {
  id: Generated<number>
  /** Public id, random: an agent answers with it. */
  uuid: string
  /** Random; all tasks that were created at once share it. */
  batch: string
  kind: 'collect'
  asset_id: number
  /** JSON list of plugin names; null: everything. */
  plugins: string | null
  /** A task that never ended stays `waiting` or `offered`: that it expired is told by `expires_at` alone. */
  state: 'waiting' | 'offered' | 'done' | 'failed'
  created_at: number
  /** Name of the token. */
  created_by: string
  /** No agent is offered it from then on, and no result is taken. */
  expires_at: number
  /** When an agent was told of it first. */
  offered_at: number | null
  ended_at: number | null
  /** What the agent says went wrong. */
  reason: string | null
  /** The report that came of it, as its collector numbers it. */
  report_id: string | null
  /** Of the report's receipt; null where the agent had none yet. */
  outcome: string | null
  changes: number | null
}

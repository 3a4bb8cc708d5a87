import { isDeepStrictEqual } from 'node:util'
import { updateAsset, type AssetRow } from '../repository/assets.ts'
import type { Dialect, Writer } from '../repository/connect.ts'
import type { NewChange, NewChangeSet } from '../repository/history.ts'
import { observedOf, putObserved, type ObservedRow } from '../repository/observed.ts'
import { earlierRows, latest } from './confirmed.ts'
import type { Receipt, Report } from './contract.ts'
import { createAsset } from './create-asset.ts'
import { ASSET, rowOf } from './history-row.ts'
import { hold } from './hold.ts'
import { identify } from './identify.ts'
import { scopeOf, type Judging } from './judge-section.ts'
import { identityMark, marksOf } from './marks.ts'
import { putClaims } from './put-claims.ts'
import { receipt } from './receipt.ts'
import { judgeSections, writeSections, type Incoming, type Judged, type SectionChange, type Written } from './write-sections.ts'

/** What one report did: its receipt, and what is yet to be recorded in the history. With `keep` false, nothing of it may stay. */
export interface Ingested {
  readonly receipt: Receipt
  readonly sets: readonly NewChangeSet[]
  readonly keep: boolean
  /** Internal id of the asset, where it was written. */
  readonly assetId: number | null
}

/** The long way of one report: match, compare, store. Runs in a transaction, in a savepoint of its own. */
export async function ingestReport(db: Writer, dialect: Dialect, report: Report, judging: Judging): Promise<Ingested> {
  const { now } = judging
  const found = await identify(db, dialect, report)
  const nothing = { sets: [], keep: false, assetId: null }
  if (found.outcome === 'held') {
    const needs = Object.keys(report.sections).filter(
      (name) => report.sections[name]!.status === 'ok' && report.sections[name]!.data === undefined,
    )
    if (needs.length > 0) return { ...nothing, receipt: receipt({ reportId: report.id, outcome: 'incomplete', needs }) }
    await hold(db, report, found, now)
    return { ...nothing, keep: true, receipt: receipt({ reportId: report.id, outcome: 'held', warnings: [...found.notes] }) }
  }

  const warnings = [...found.notes, ...clockWarning(report, now)]
  const created = found.outcome === 'new' ? await createAsset(db, report, found.copiedFrom, now) : null
  warnings.push(...(created?.warnings ?? []))
  const asset = found.outcome === 'found' ? found.asset : created!.asset
  const stored = (await observedOf(db, [asset.id])).get(asset.id)
  const known = stored && latest(stored, judging.seen(asset.id))
  const identity = { name: asset.name, assetId: asset.uuid }
  const matchedBy = found.outcome === 'found' ? found.rule : 'new'
  const about = { reportId: report.id, matchedBy, identity }
  if (known?.report_id === report.id) return { ...nothing, receipt: receipt({ ...about, outcome: 'duplicate' }) }

  const incoming = { assetId: asset.id, report, known }
  const judged = await judgeSections(db, incoming, judging)
  if (judged.needs.length > 0)
    return { ...nothing, receipt: receipt({ reportId: report.id, outcome: 'incomplete', needs: [...judged.needs] }) }
  warnings.push(...judged.warnings)
  if (judged.stale) return { ...nothing, receipt: receipt({ ...about, outcome: 'stale', warnings }) }
  const written = await writeSections(db, incoming, judged, judging)

  const late = isLate(report, known)
  const told = toldBy(report, asset, written, judging)
  const ofAsset = created === null && !late ? await updateIdentity(db, asset, report, { ...told, sections: written.changes, now }) : []
  if (created !== null)
    ofAsset.push(rowOf(ASSET, { list: null, item: null, field: null, op: 'added', old: null, new: { name: asset.name, kind: asset.kind } }))
  if (known?.identity !== identityMark(report) && !late) warnings.push(...(await putClaims(db, { ...asset, kind: told.kind }, report, now)))
  await putObserved(db, observed(incoming, { settled: judged.settled, rows: written.rows }, judging))
  const sets = changeSets(asset.id, report, ofAsset, written.changes)
  const changes = sets.reduce((sum, set) => sum + set.changes.length, 0)
  const outcome = created !== null || asset.first_seen === null ? 'created' : changes > 0 ? 'updated' : 'unchanged'
  return { receipt: receipt({ ...about, outcome, changes, warnings, errors: judged.errors }), sets, keep: true, assetId: asset.id }
}

interface Told {
  readonly kind: string
  readonly certName: string
  readonly sections: readonly SectionChange[]
  readonly now: number
}

/** What a report tells of the asset itself. Its name is people's business. */
async function updateIdentity(db: Writer, asset: AssetRow, report: Report, { kind, certName, sections, now }: Told): Promise<NewChange[]> {
  const newer = {
    hostname: report.identity.evidence.hostname ?? asset.hostname,
    cert_name: certName,
    kind,
    first_seen: asset.first_seen ?? now,
  }
  const { hostname, cert_name, kind: was, first_seen } = asset
  if (!isDeepStrictEqual(newer, { hostname, cert_name, kind: was, first_seen })) await updateAsset(db, asset.id, newer)
  // The section basic tells of the hostname by itself, where it is collected and could be stored.
  const isTold = sections.some(
    ({ section, changes }) => section === 'basic' && changes.some(({ list, field }) => list === null && field === 'hostname'),
  )
  return [...changeOf('kind', was, newer.kind), ...(isTold ? [] : changeOf('hostname', hostname, newer.hostname))]
}

/**
 * Kind and pinned name by who keeps the section basic: a second collector may pin another name, and be of a version that tells kinds apart
 * otherwise. A kind once known is not forgotten.
 */
function toldBy(report: Report, asset: AssetRow, { rows }: Written, { now, staleAfterMs }: Judging) {
  const basic = rows.find((section) => section.name === 'basic')
  const leads = basic === undefined || basic.scope === scopeOf(report) || now - basic.received_at >= staleAfterMs
  const { kind, name } = report.identity
  return {
    kind: asset.kind === 'unknown' || (leads && kind !== 'unknown') ? kind : asset.kind,
    certName: leads ? name : (asset.cert_name ?? name),
  }
}

function changeOf(field: 'kind' | 'hostname', before: string | null, after: string | null): NewChange[] {
  return before === after ? [] : [rowOf(ASSET, { list: null, item: null, field, op: 'changed', old: before, new: after })]
}

/** One change set for what happened, and one of its own for what a newer plugin says differently. */
function changeSets(assetId: number, report: Report, ofAsset: readonly NewChange[], sections: readonly SectionChange[]): NewChangeSet[] {
  const rows = (upgrade: boolean) =>
    sections.filter((one) => one.upgrade === upgrade).flatMap(({ section, changes }) => changes.map((change) => rowOf(section, change)))
  const about = { assetId, collectedAt: Date.parse(report.collectedAt), actor: report.collector.name, reason: null, reportId: report.id }
  const real = { ...about, source: report.collector.mode, changes: [...ofAsset, ...rows(false)] }
  const upgrade = { ...about, source: 'upgrade', changes: rows(true) }
  return [real, upgrade].filter((set) => set.changes.length > 0)
}

function observed(
  { assetId, report, known }: Incoming,
  { settled, rows }: Pick<Judged, 'settled'> & Pick<Written, 'rows'>,
  { specs, now }: Judging,
): ObservedRow {
  const scope = scopeOf(report)
  const own = {
    collected_at: Date.parse(report.collectedAt),
    identity: identityMark(report),
    seq: report.seq,
    labels: JSON.stringify(report.labels),
  }
  const { collected_at, identity, seq, labels } = known !== undefined && isLate(report, known) ? known : own
  return {
    asset_id: assetId,
    seen_at: now,
    collected_at,
    report_id: report.id,
    identity,
    scope,
    seq,
    earlier: earlierRows(rows, scope, seq),
    marks: marksOf(rows, scope),
    volatile: JSON.stringify({ ...parse(known?.volatile), ...volatileOf(report, new Set(settled), specs) }),
    labels,
  }
}

/** Whether a later report of the same collector came before: then this one tells only of sections that the other did not bring. */
function isLate(report: Report, known: ObservedRow | undefined): boolean {
  return known !== undefined && known.scope === scopeOf(report) && report.seq < known.seq
}

/** Latest values by section, of those among `settled` that brought any. */
export function volatileOf(report: Report, settled: ReadonlySet<string>, specs: Judging['specs']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(report.sections).flatMap(([name, { status, volatile }]) => {
      const spec = specs.get(name)
      // Objects by the wire format.
      return status === 'ok' && volatile !== undefined && spec !== undefined && settled.has(name)
        ? [[name, spec.volatileOf(volatile as Record<string, unknown>)]]
        : []
    }),
  )
}

function parse(text: string | undefined): Record<string, unknown> {
  return text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>)
}

/** A wrong clock is worth a word, never a refusal: `at` is the API's own. */
function clockWarning(report: Report, now: number): string[] {
  const minutes = Math.round((Date.parse(report.collectedAt) - now) / 60_000)
  return minutes > 5 ? [`the collector's clock is ${minutes} minutes ahead of the API's`] : []
}

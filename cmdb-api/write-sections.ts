import { digestOf } from '../plugins/digest.ts'
import { putSection, sectionsOf, type SectionRow } from '../repository/assets.ts'
import type { Writer } from '../repository/connect.ts'
import { getDocuments } from '../repository/documents.ts'
import type { ObservedRow } from '../repository/observed.ts'
import { cleanDocument } from './clean.ts'
import { confirmed } from './confirmed.ts'
import type { Receipt, Report } from './contract.ts'
import { diffSection, type FieldChange } from './diff.ts'
import { judgeSection, scopeOf, type Judging, type Verdict } from './judge-section.ts'

/** A report of an asset, and what the register knows of the one before. */
export interface Incoming {
  readonly assetId: number
  readonly report: Report
  readonly known: ObservedRow | undefined
}

export interface SectionChange {
  readonly section: string
  /** Between two versions of the plugin, whose differences may be of its own making. */
  readonly upgrade: boolean
  readonly changes: readonly FieldChange[]
}

/** What is to become of a report's sections; nothing has been stored yet. */
export interface Judged {
  readonly sections: readonly { readonly name: string; readonly row: SectionRow | undefined; readonly verdict: Verdict }[]
  /** Sections whose data must come before anything can be stored. */
  readonly needs: readonly string[]
  readonly warnings: readonly string[]
  readonly errors: Receipt['errors']
  /** Whether every section of the report was older than what is stored. */
  readonly stale: boolean
  /** Sections whose last word the register is to have. */
  readonly settled: readonly string[]
  /** All sections of the asset as they are stored. */
  readonly stored: ReadonlyMap<string, SectionRow>
  /** The same as unchanged reports since have confirmed them. */
  readonly rows: ReadonlyMap<string, SectionRow>
}

export interface Written {
  readonly changes: readonly SectionChange[]
  /** All sections of the asset as they are now. */
  readonly rows: readonly SectionRow[]
}

/** Compares a report's sections with what the register has of them. */
export async function judgeSections(db: Writer, { assetId, report, known }: Incoming, judging: Judging): Promise<Judged> {
  const stored = new Map((await sectionsOf(db, assetId)).map((row) => [row.name, row]))
  const rows = new Map([...stored].map(([name, row]) => [name, confirmed(row, known)]))
  let strangers = [...stored.keys()].filter((name) => !judging.specs.has(name)).length
  const sections = Object.entries(report.sections).map(([name, sent]) => {
    const row = rows.get(name)
    const verdict = judgeSection(name, sent, { row, strangers }, report, judging)
    if (verdict.verdict === 'blind' && row === undefined && !judging.specs.has(name)) strangers++
    return { name, row, verdict }
  })
  return {
    sections,
    needs: sections.filter(({ verdict }) => verdict.verdict === 'needed').map(({ name }) => name),
    warnings: sections.flatMap(({ verdict }) =>
      verdict.verdict === 'owned' || (verdict.verdict === 'refused' && !verdict.broken) ? [verdict.message] : [],
    ),
    errors: sections.flatMap(({ name, verdict }) =>
      verdict.verdict === 'refused' && verdict.broken ? [{ pointer: `/sections/${name}`, message: verdict.message }] : [],
    ),
    stale: sections.length > 0 && sections.every(({ verdict }) => verdict.verdict === 'older'),
    settled: sections.filter(({ verdict }) => ['blind', 'same', 'compare'].includes(verdict.verdict)).map(({ name }) => name),
    stored,
    rows,
  }
}

/** Stores what is newer of a report's sections. */
export async function writeSections(
  db: Writer,
  { assetId, report, known }: Incoming,
  { sections, settled, stored, rows: before }: Judged,
  judging: Judging,
): Promise<Written> {
  const rows = new Map(before)
  const { documents } = judging
  const compared = sections.flatMap(({ row, verdict }) => (verdict.verdict === 'compare' ? (row?.document ?? []) : []))
  const older = await getDocuments(
    db,
    compared.filter((hash) => !documents.has(hash)),
  )
  const changes: SectionChange[] = []
  for (const { name, row, verdict } of sections) {
    const state = { asset_id: assetId, name, ...stateOf(report, name, judging.now) }
    if (verdict.verdict === 'blind') rows.set(name, blind(row, state))
    else if (verdict.verdict === 'same') rows.set(name, { ...row!, ...state, version: report.sections[name]!.version ?? 1 })
    else if (verdict.verdict === 'compare') {
      const { spec, data, digest, version } = verdict
      const hash = row?.document ?? ''
      const diff = diffSection(spec.keys, documents.get(hash) ?? older.get(hash) ?? null, cleanDocument(data))
      const document = diff.merged === data ? digest : digestOf(diff.merged)
      documents.set(document, diff.merged)
      rows.set(name, { ...state, version, digest, document, kept: JSON.stringify(diff.kept) })
      if (diff.changes.length > 0)
        changes.push({ section: name, upgrade: row?.document != null && row.version !== version, changes: diff.changes })
    }
  }
  // What unchanged reports of another collector confirmed is kept in `observed` only as long as it is that collector's.
  const isOthers = known !== undefined && known.scope !== scopeOf(report)
  for (const [name, row] of rows) if (row !== stored.get(name) && (isOthers || settled.includes(name))) await putSection(db, row)
  return { changes, rows: [...rows.values()] }
}

function stateOf(report: Report, name: string, now: number) {
  const { status, reason } = report.sections[name]!
  return {
    status,
    reason: reason ?? null,
    owner_mode: report.collector.mode,
    owner_name: report.collector.name,
    scope: scopeOf(report),
    seq: report.seq,
    collected_at: Date.parse(report.collectedAt),
    received_at: now,
  }
}

/** A section that could not be seen keeps its data, and the time when it was seen last. */
function blind(row: SectionRow | undefined, state: Omit<SectionRow, 'version' | 'digest' | 'document' | 'kept'>): SectionRow {
  if (row === undefined) return { ...state, version: 0, digest: null, document: null, kept: '[]' }
  return { ...row, ...state, ...(row.document !== null && { collected_at: row.collected_at, received_at: row.received_at }) }
}

import { digestOf } from '../plugins/digest.ts'
import type { Fields } from '../plugins/items.ts'
import type { SectionRow } from '../repository/assets.ts'
import type { Seen } from '../repository/observed.ts'
import type { Mode, Report, Section } from './contract.ts'
import type { SectionSpec } from './section-spec.ts'

/** Who wins a section: an agent before ssh before salt before an import. */
const RANKS: Readonly<Record<Mode, number>> = { agent: 0, ssh: 1, salt: 2, import: 3 }

/** Sections that an asset keeps of plugins that this API does not know: as many as one report can bring. */
const STRANGERS = 64

/** What becomes of one section of a report. */
export type Verdict =
  /** A later report of the same collector has been stored already. */
  | { readonly verdict: 'older' }
  /** Another, stronger source keeps this section. */
  | { readonly verdict: 'owned'; readonly message: string }
  /** Not ok: its status is noted, its data stay. */
  | { readonly verdict: 'blind' }
  | { readonly verdict: 'same' }
  /** Changed, and sent without its data. */
  | { readonly verdict: 'needed' }
  /** This section cannot be stored; `broken` where it contradicts itself. */
  | { readonly verdict: 'refused'; readonly broken: boolean; readonly message: string }
  | { readonly verdict: 'compare'; readonly spec: SectionSpec; readonly data: Fields; readonly digest: string; readonly version: number }

export interface Judging {
  readonly specs: ReadonlyMap<string, SectionSpec>
  readonly now: number
  /** An owner that brought nothing good for this long gives way to a weaker source. */
  readonly staleAfterMs: number
  /** Documents by hash that this transaction stores at its end, for reports later in it. */
  readonly documents: Map<string, Fields>
  /** What unchanged reports said of an asset that is not in the database yet. */
  seen(assetId: number): Seen | undefined
}

/** Whose count a report's `seq` is: it is kept with the cert, so that a host renamed goes on and a cert made anew begins again. */
export function scopeOf({ collector, identity }: Report): string {
  return `${collector.mode}/${identity.evidence.cert ?? collector.name}`
}

/** What the register has of a section, and in all of plugins that this API does not know. */
export interface Before {
  readonly row: SectionRow | undefined
  readonly strangers: number
}

/** Judges one section against what the register has of it. Pure. */
export function judgeSection(
  name: string,
  sent: Section,
  { row, strangers }: Before,
  report: Report,
  { specs, now, staleAfterMs }: Pick<Judging, 'specs' | 'now' | 'staleAfterMs'>,
): Verdict {
  const scope = scopeOf(report)
  if (row !== undefined && row.scope === scope && report.seq <= row.seq) return { verdict: 'older' }
  // What it saw last counts, not whether it saw it again: a timeout of the agent is no reason to ask somebody who sees less.
  if (row !== undefined && row.scope !== scope && row.document !== null && now - row.received_at < staleAfterMs) {
    const kept = `section ${name} is kept by the ${row.owner_mode} on ${row.owner_name}`
    if (isStronger(row, report)) return { verdict: 'owned', message: kept }
    if (sent.status !== 'ok') return { verdict: 'owned', message: `${kept}, which has seen it` }
  }
  const spec = specs.get(name)
  const unknown = `section ${name}: this API has no plugin of that name; add it to "plugins" in the API's settings`
  if (sent.status !== 'ok') {
    // A name that a template has and nobody else is for people to see; any other would only fill the register.
    const isNoise = spec === undefined && row === undefined && (sent.status !== 'skipped' || strangers >= STRANGERS)
    return isNoise ? { verdict: 'refused', broken: false, message: unknown } : { verdict: 'blind' }
  }
  const { digest, data, version = 1 } = sent
  if (digest === undefined) return { verdict: 'refused', broken: true, message: 'an ok section has a digest' }
  if (digest === row?.digest) return { verdict: 'same' }
  if (spec === undefined) return { verdict: 'refused', broken: false, message: unknown }
  const misfit = (what: string) =>
    ({ verdict: 'refused', broken: false, message: `section ${name} does not fit its plugin: ${what}` }) as const
  // Before its data are asked for: they would not fit either.
  const foreign = spec.foreignVersion(version)
  if (foreign !== null) return misfit(foreign)
  if (data === undefined) return { verdict: 'needed' }
  // Before the digest, which would follow a document of any depth.
  const what = spec.misfit(data)
  if (what !== null) return misfit(what)
  const wrong = wrongDigest(data, digest)
  if (wrong !== null) return { verdict: 'refused', broken: true, message: wrong }
  return { verdict: 'compare', spec, data: data as Fields, digest, version }
}

/** Whether the owner of a section goes before a report, or came before it: centres that collect the same hosts would take turns for ever. */
function isStronger({ owner_mode, owner_name }: SectionRow, { collector: { mode, name } }: Report): boolean {
  const rank = RANKS[owner_mode as Mode] ?? 0
  // A host has one agent, and what is imported is imported by hand: there the later one knows better.
  return RANKS[mode] > rank || (mode === owner_mode && (mode === 'ssh' || mode === 'salt') && name !== owner_name)
}

function wrongDigest(data: object, digest: string): string | null {
  try {
    return digestOf(data) === digest ? null : 'the digest is not that of the data'
  } catch {
    // RFC 8785 has no form for half a surrogate pair, which JSON can escape.
    return 'the data has no digest: it holds text that is not Unicode'
  }
}

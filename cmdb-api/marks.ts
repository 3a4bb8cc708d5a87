import { hash } from 'node:crypto'
import type { SectionRow } from '../repository/assets.ts'
import type { Report } from './contract.ts'

/** What a section said, as sent or as stored, short enough to compare a whole report by one look-up. Volatile values say nothing new. */
export function markOf({
  status,
  version,
  digest,
  reason,
}: Partial<Pick<SectionRow, 'version' | 'digest' | 'reason'>> & { readonly status: string }): string {
  const said = status === 'ok' ? `${version ?? 1}:${digest?.slice('sha256:'.length)}` : status
  return reason == null ? said : `${said}:${hash('sha256', reason, 'base64url')}`
}

/** The sections that are a collector's own, each with what it said last: only these may be taken as unchanged when it comes again. */
export function marksOf(rows: readonly SectionRow[], scope: string): string {
  return JSON.stringify(Object.fromEntries(rows.filter((row) => row.scope === scope).map((row) => [row.name, markOf(row)])))
}

/** A hash over all in a report that is neither a section nor new every time: another one takes the long way. */
export function identityMark({ identity, labels }: Report): string {
  return hash('sha256', JSON.stringify([identity.name, identity.assetId, identity.kind, identity.evidence, labels]), 'base64url')
}

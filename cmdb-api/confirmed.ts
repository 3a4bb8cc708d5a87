import type { SectionRow } from '../repository/assets.ts'
import type { ObservedRow, Seen } from '../repository/observed.ts'

/** The report that spoke of a section last: its count, when it was received (the API's clock), when it was collected (the collector's). */
type Confirmed = readonly [seq: number, receivedAt: number, collectedAt: number]

/** What the register knows of an asset's last report, with what is not in the database yet. */
export function latest<T extends ObservedRow>(row: T, pending: Seen | undefined): T {
  // Another API process may have stored a later one, or one of another collector, since.
  return pending !== undefined && pending.scope === row.scope && pending.seq > row.seq ? { ...row, ...pending } : row
}

/**
 * A section's row as the reports since have confirmed it: unchanged ones touch only the asset's `observed` row. What cannot be seen stays
 * as old as it is.
 */
export function confirmed(row: SectionRow, last: ObservedRow | undefined): SectionRow {
  if (last === undefined || last.scope !== row.scope) return row
  const [seq, received_at, collected_at] = earlierIn(last).get(row.name) ?? [last.seq, last.seen_at, last.collected_at]
  if (seq <= row.seq) return row
  return { ...row, seq, ...((row.status === 'ok' || row.document === null) && { received_at, collected_at }) }
}

/** Of the sections of one collector those that its last report did not bring. */
export function earlierRows(rows: Iterable<SectionRow>, scope: string, lastSeq: number): string {
  const older = [...rows].filter((row) => row.scope === scope && row.seq !== lastSeq)
  return JSON.stringify(Object.fromEntries(older.map((row) => [row.name, [row.seq, row.received_at, row.collected_at]])))
}

/** The same after one more report that found nothing new, and brought only these sections of all that are known. */
export function earlierAfter(last: ObservedRow, known: readonly string[], brought: ReadonlySet<string>): string {
  const missing = known.filter((name) => !brought.has(name))
  if (missing.length === 0) return '{}'
  const earlier = earlierIn(last)
  return JSON.stringify(Object.fromEntries(missing.map((name) => [name, earlier.get(name) ?? [last.seq, last.seen_at, last.collected_at]])))
}

function earlierIn({ earlier }: ObservedRow): ReadonlyMap<string, Confirmed> {
  // The column holds only what the two functions above write. A map, because a section may be called `constructor`.
  return new Map(earlier === '{}' ? [] : Object.entries(JSON.parse(earlier) as Record<string, Confirmed>))
}

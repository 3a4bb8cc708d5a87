import type { Selectable } from 'kysely'
import { createHash } from 'node:crypto'
import type { Reader, Writer } from './connect.ts'
import { pack } from './documents.ts'
import type { Tables } from './tables.ts'

export type ConflictRow = Selectable<Tables['conflict']>

export interface NewConflict {
  readonly cause: string
  /** What tells two conflicts of one cause apart; of any length. */
  readonly key: string
  readonly summary: string
  /** Public ids of the assets it is about. */
  readonly assets: readonly string[]
}

/** Opens a conflict, or counts one more of the same. */
export async function putConflict(db: Writer, { cause, key, summary, assets }: NewConflict, now: number): Promise<number> {
  const { id } = await db
    .insertInto('conflict')
    .values({
      cause,
      key: createHash('sha256').update(key).digest('hex'),
      summary,
      assets: JSON.stringify(assets),
      state: 'open',
      repeats: 1,
      first_at: now,
      last_at: now,
    })
    .onConflict((c) =>
      c
        .columns(['cause', 'key'])
        .doUpdateSet((e) => ({ summary, assets: JSON.stringify(assets), repeats: e('conflict.repeats', '+', 1), last_at: now })),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Distinct reports that a conflict keeps: a host that goes on changing while nobody resolves it must not fill the disk. */
const HELD = 50

/** Keeps a report with its conflict, the same content once, as the latest; of all the newest ones. */
export async function holdReport(
  db: Writer,
  conflictId: number,
  report: { readonly id: string },
  content: unknown,
  now: number,
): Promise<void> {
  const fingerprint = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  const latest = { report_id: report.id, received_at: now, body: pack(report) }
  await db
    .insertInto('held_report')
    .values({ conflict_id: conflictId, fingerprint, ...latest })
    .onConflict((c) => c.columns(['conflict_id', 'fingerprint']).doUpdateSet(latest))
    .execute()
  const ofConflict = db.selectFrom('held_report').select('fingerprint').where('conflict_id', '=', conflictId)
  const newest = ofConflict.orderBy('received_at', 'desc').orderBy('report_id', 'desc').limit(HELD)
  await db.deleteFrom('held_report').where('conflict_id', '=', conflictId).where('fingerprint', 'not in', newest).execute()
}

/** Open conflicts, latest first, with the number of distinct reports that each one holds. */
export async function openConflicts(
  db: Reader,
  { limit, before }: { readonly limit: number; readonly before: number | null },
): Promise<(ConflictRow & { readonly held: number })[]> {
  let query = db.selectFrom('conflict').selectAll('conflict').where('state', '=', 'open').orderBy('id', 'desc').limit(limit)
  if (before !== null) query = query.where('id', '<', before)
  const rows = await query.execute()
  if (rows.length === 0) return []
  const counts = await db
    .selectFrom('held_report')
    .select(['conflict_id', (e) => e.fn.countAll().as('held')])
    .where(
      'conflict_id',
      'in',
      rows.map((row) => row.id),
    )
    .groupBy('conflict_id')
    .execute()
  const held = new Map(counts.map((row) => [row.conflict_id, Number(row.held)]))
  return rows.map((row) => ({ ...row, held: held.get(row.id) ?? 0 }))
}

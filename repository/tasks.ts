import { sql, type Insertable, type Selectable } from 'kysely'
import type { Reader, Register, Writer } from './connect.ts'
import type { Tables } from './tables.ts'
import { transact } from './transact.ts'

export const TASK_STATES = ['waiting', 'offered', 'done', 'failed', 'expired'] as const
export type TaskState = (typeof TASK_STATES)[number]
export type TaskRow = Selectable<Tables['task']>

/** A task with what people want to know of its host. */
export type ListedTask = TaskRow & {
  readonly asset_uuid: string
  readonly asset_name: string
  /** When an agent of this host asked for its configuration last; null where none ever did. */
  readonly asked_at: number | null
}

/** Open tasks of one host that its agent is told of; the next ones come when it has done these. */
const MOST_OFFERED = 100

export async function insertTasks(register: Register, rows: readonly Insertable<Tables['task']>[]): Promise<void> {
  const most = Math.floor(register.dialect.values / 20)
  await transact(register, async (trx) => {
    for (let at = 0; at < rows.length; at += most)
      await trx
        .insertInto('task')
        .values(rows.slice(at, at + most))
        .execute()
  })
}

/** Tasks of one asset that have neither ended nor expired, oldest first. */
export async function openTasks(db: Reader, assetId: number, now: number): Promise<TaskRow[]> {
  return await db
    .selectFrom('task')
    .selectAll()
    .where('asset_id', '=', assetId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .limit(MOST_OFFERED)
    .execute()
}

/** Assets with tasks that were created since then and that no agent was told of. */
export async function assetsWithNewTasks(db: Reader, since: number): Promise<number[]> {
  const rows = await db
    .selectFrom('task')
    .select('asset_id')
    .distinct()
    .where('created_at', '>=', since)
    .where('state', '=', 'waiting')
    .execute()
  return rows.map(({ asset_id }) => asset_id)
}

export async function markOffered({ db }: Register, ids: readonly number[], now: number): Promise<void> {
  await db.updateTable('task').set({ state: 'offered', offered_at: now }).where('id', 'in', ids).where('state', '=', 'waiting').execute()
}

export type TaskResult = Pick<TaskRow, 'reason' | 'report_id' | 'outcome' | 'changes'> & { readonly state: 'done' | 'failed' }

/** False where there is no such task, or it ended or expired before. */
export async function endTask(db: Writer, uuid: string, result: TaskResult, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('task')
    .set({ ...result, ended_at: now })
    .where('uuid', '=', uuid)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Removes tasks that expired before then, whatever came of them. */
export async function sweepTasks(db: Writer, expiredBefore: number): Promise<void> {
  await db.deleteFrom('task').where('expires_at', '<', expiredBefore).execute()
}

/** By public id. */
export async function findTask(db: Reader, uuid: string): Promise<ListedTask | undefined> {
  return await listed(db).where('task.uuid', '=', uuid).executeTakeFirst()
}

/** What a list of tasks is limited to. Newest first; `before` is the id of the last task that was shown. */
export interface TaskQuery {
  readonly states: readonly string[] | null
  readonly assetId: number | null
  readonly batch: string | null
  readonly createdBefore: number | null
  readonly createdSince: number | null
  readonly before: number | null
  readonly limit: number
}

export async function listTasks(db: Reader, query: TaskQuery, now: number): Promise<ListedTask[]> {
  const { states, assetId, batch, createdBefore, createdSince, before, limit } = query
  let rows = listed(db).orderBy('task.id', 'desc').limit(limit)
  if (states !== null) rows = rows.where(stateAt(now), 'in', states)
  if (assetId !== null) rows = rows.where('task.asset_id', '=', assetId)
  if (batch !== null) rows = rows.where('task.batch', '=', batch)
  if (createdBefore !== null) rows = rows.where('task.created_at', '<', createdBefore)
  if (createdSince !== null) rows = rows.where('task.created_at', '>=', createdSince)
  if (before !== null) rows = rows.where('task.id', '<', before)
  return await rows.execute()
}

function listed(db: Reader) {
  return db
    .selectFrom('task')
    .innerJoin('asset', 'asset.id', 'task.asset_id')
    .selectAll('task')
    .select((e) => [
      'asset.uuid as asset_uuid',
      'asset.name as asset_name',
      e
        .selectFrom('agent')
        .select((one) => one.fn.max('agent.asked_at').as('asked_at'))
        .whereRef('agent.asset_id', '=', 'task.asset_id')
        .as('asked_at'),
    ])
}

/** As `stateOf` says it. */
function stateAt(now: number) {
  return sql<string>`case when task.ended_at is null and task.expires_at <= ${now} then 'expired' else task.state end`
}

/** What a task is at a time. */
export function stateOf({ state, ended_at, expires_at }: TaskRow, now: number): TaskState {
  return ended_at === null && expires_at <= now ? 'expired' : state
}

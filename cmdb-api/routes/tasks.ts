import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import {
  assetsWithNewTasks,
  findTask,
  listTasks,
  stateOf,
  sweepTasks,
  TASK_STATES,
  type ListedTask,
  type TaskQuery,
} from '../../repository/tasks.ts'
import type { Context } from '../context.ts'
import { createTasks, MOST_TASKS, type Wish } from '../create-tasks.ts'
import { ApiError } from '../errors.ts'
import { nullable } from '../nullable.ts'
import { bad, isId, oneOf, readCursor, readFilters, readTime, severalOf, textOf, time, writeCursor, type Query } from '../query.ts'
import { TaskWaiters } from '../task-waiters.ts'
import { TasksOffered } from '../tasks-offered.ts'
import { agentTasks, pluginsOf } from './agent-tasks.ts'
import { findAsset } from './assets.ts'
import { pageOf, PageQuery, PRINTABLE, ReadRoles } from './page.ts'

const HOUR_SECONDS = 3600
const LONGEST_LIFE_SECONDS = 7 * 24 * HOUR_SECONDS
const KEPT_MS = 30 * 24 * HOUR_SECONDS * 1000
const SWEEP_EVERY_MS = HOUR_SECONDS * 1000
/** How far back new tasks of other processes are looked for: clocks of several API hosts may differ by as much. */
const NEW_MS = 60_000

const Plugins = Type.Unsafe<string[] | null>({
  type: ['array', 'null'],
  items: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' },
  minItems: 1,
  maxItems: 100,
  description: 'What is collected; null: everything',
})
const Task = Type.Object(
  {
    id: Type.String(),
    batchId: Type.String({ description: 'Shared by all tasks that were created at once' }),
    kind: Type.String(),
    assetId: Type.String(),
    assetName: Type.String(),
    plugins: Plugins,
    state: Type.Unsafe<string>({
      type: 'string',
      enum: [...TASK_STATES],
      description: 'offered: its agent was told, and has not answered yet. expired: it had no answer in time',
    }),
    createdAt: Type.String(),
    createdBy: Type.String({ description: 'Name of the token' }),
    expiresAt: Type.String({ description: 'No agent is told of it from then on' }),
    offeredAt: nullable('string', 'When its agent was told first'),
    endedAt: nullable('string', 'When its result came, or it expired'),
    reason: nullable('string', 'What went wrong'),
    reportId: nullable('string', 'The report that came of it'),
    outcome: nullable('string', "Of the report's receipt; null where its agent could not reach the API, and sends it later"),
    changes: nullable('integer', 'Changes that the report made'),
    agentAskedAt: nullable('string', 'When an agent asked for this host last, up to 15 minutes old; null where none ever did'),
  },
  { $id: 'Task' },
)

const NewTasks = Type.Object(
  {
    kind: Type.Unsafe<'collect'>({ type: 'string', enum: ['collect'], default: 'collect' }),
    assets: Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: PRINTABLE }), {
      maxItems: 1000,
      default: [],
      description: 'Names or ids',
    }),
    group: nullable('string', 'All its assets, nested ones too', { maxLength: 255, pattern: PRINTABLE, default: null }),
    plugins: Type.Unsafe<string[] | null>({ ...Plugins, default: null }),
    expiresInSeconds: Type.Integer({ minimum: 1, maximum: LONGEST_LIFE_SECONDS, default: HOUR_SECONDS }),
  },
  { additionalProperties: false },
)

const FILTERS = { state: ['', 'in'], asset: [''], batchId: [''], createdAt: ['gte', 'lt'] } as const
const tags = ['tasks']

/** What people ask hosts to do once, and how it reaches their agents. */
export function tasks(app: FastifyInstance, context: Context): void {
  const { register, now } = context
  const failed = (error: unknown) => app.log.error({ err: error }, 'tasks could not be read or written')
  const waiters = new TaskWaiters({ look: () => assetsWithNewTasks(register.reader, now() - NEW_MS), failed })
  const offered = new TasksOffered(register, now, failed)
  let sweptAt = Number.NEGATIVE_INFINITY
  // Before the server waits for the questions under way.
  app.addHook('preClose', (done) => {
    waiters.close()
    done()
  })
  app.addHook('onClose', async () => await offered.flush())
  agentTasks(app, context, waiters, offered)

  app.post<{ Body: Wish }>(
    '/tasks',
    {
      config: { roles: ['operator'] },
      schema: {
        summary: 'Have hosts collected now',
        description: `One task for each asset, at most ${MOST_TASKS}, all or none. They reach agents within a second or two, and wait for those that are away until they expire. Kept for 30 days after that.`,
        tags,
        body: NewTasks,
        response: {
          201: Type.Object({
            tasks: Type.Array(Task),
            warnings: Type.Array(Type.String(), { description: 'Hosts without an agent, plugins that the API does not know' }),
          }),
        },
      },
    },
    async ({ body, actor }, reply) => {
      const { batch, warnings } = await createTasks(context, { wish: body, by: actor?.name ?? '', waiters })
      if (now() - sweptAt > SWEEP_EVERY_MS) {
        sweptAt = now()
        await sweepTasks(register.db, now() - KEPT_MS)
      }
      const rows = await listTasks(register.reader, { ...EVERY, batch, limit: MOST_TASKS }, now())
      return reply.code(201).send({ tasks: rows.toReversed().map(view), warnings })
    },
  )

  app.get<{ Querystring: Query & { limit: number } }>(
    '/tasks',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'List tasks',
        description: 'Newest first. Filters: state, state__in, asset (id or name), batchId, createdAt__gte, createdAt__lt.',
        tags,
        querystring: Type.Object({ limit: PageQuery.limit, cursor: PageQuery.cursor }),
        response: { 200: pageOf(Task) },
      },
    },
    async ({ query }) => {
      const rows = await listTasks(register.reader, { ...(await readQuery(context, query)), limit: query.limit + 1 }, now())
      const page = rows.slice(0, query.limit)
      return { results: page.map(view), next: rows.length > query.limit ? writeCursor(page.at(-1)!.id) : null }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/tasks/:id',
    { config: { roles: ReadRoles }, schema: { summary: 'One task', tags, response: { 200: Task } } },
    async ({ params }) => {
      const task = await findTask(register.reader, params.id)
      if (task === undefined)
        throw new ApiError(404, `there is no task ${JSON.stringify(params.id.slice(0, 100))}; tasks are kept for 30 days`)
      return view(task)
    },
  )

  function view(task: ListedTask) {
    const state = stateOf(task, now())
    return {
      id: task.uuid,
      batchId: task.batch,
      kind: task.kind,
      assetId: task.asset_uuid,
      assetName: task.asset_name,
      plugins: pluginsOf(task.plugins),
      state,
      createdAt: time(task.created_at),
      createdBy: task.created_by,
      expiresAt: time(task.expires_at),
      offeredAt: time(task.offered_at),
      endedAt: time(state === 'expired' ? task.expires_at : task.ended_at),
      reason: task.reason,
      reportId: task.report_id,
      outcome: task.outcome,
      changes: task.changes,
      agentAskedAt: time(task.asked_at),
    }
  }
}

const EVERY: TaskQuery = { states: null, assetId: null, batch: null, createdBefore: null, createdSince: null, before: null, limit: 0 }

async function readQuery(context: Context, query: Query & { readonly limit: number }): Promise<TaskQuery> {
  const filters = readFilters(query, ['limit', 'cursor'], FILTERS)
  const value = (field: string) => oneOf(filters, field, '')?.value ?? null
  const at = (op: 'gte' | 'lt') => {
    const given = oneOf(filters, 'createdAt', op)
    return given === null ? null : readTime(`createdAt__${op}`, given.value)
  }
  const states = severalOf(filters, 'state')
  if (states?.every((one) => TASK_STATES.some((known) => known === one)) === false)
    throw bad('?state', `must be one of ${TASK_STATES.join(', ')}`)
  const asset = value('asset')
  return {
    states,
    assetId: asset === null ? null : (await findAsset(context, asset)).id,
    batch: value('batchId'),
    createdBefore: at('lt'),
    createdSince: at('gte'),
    before: readCursor(textOf(query['cursor']), isId),
    limit: query.limit,
  }
}

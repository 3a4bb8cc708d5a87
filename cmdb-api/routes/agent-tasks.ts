import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { findAssetOfAgent } from '../../repository/agents.ts'
import { endTask, findTask, openTasks, stateOf, type TaskRow } from '../../repository/tasks.ts'
import { clean } from '../clean.ts'
import type { Context } from '../context.ts'
import { ApiError } from '../errors.ts'
import { nullable } from '../nullable.ts'
import { time } from '../query.ts'
import type { TaskWaiters } from '../task-waiters.ts'
import type { TasksOffered } from '../tasks-offered.ts'
import { PRINTABLE } from './page.ts'

const LONGEST_WAIT_SECONDS = 60
/** A host that is not in the register may come into it by its first report: it should be looked for again before long. */
const UNKNOWN_HOST_WAIT_SECONDS = 10
const LONGEST_REASON = 1000

const said = (description: string) => Type.Optional(Type.String({ maxLength: 255, pattern: PRINTABLE, description }))
const Asking = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 255, pattern: PRINTABLE, description: 'Pinned name' }),
  cert: said('Cert id'),
  asset: said('Asset id'),
  wait: Type.Integer({
    minimum: 0,
    maximum: LONGEST_WAIT_SECONDS,
    default: 0,
    description: 'Seconds to wait for a task where there is none',
  }),
  running: Type.String({ maxLength: 8000, default: '', description: 'Ids of tasks that the agent knows already, separated by commas' }),
})
interface Asked {
  readonly name: string
  readonly cert?: string
  readonly asset?: string
  readonly wait: number
  readonly running: string
}

const plugins = Type.Unsafe<string[] | null>({ type: ['array', 'null'], items: { type: 'string' }, description: 'Null: everything' })
const Offer = Type.Object({
  tasks: Type.Array(Type.Object({ id: Type.String(), kind: Type.String(), plugins, createdAt: Type.String() })),
})

const told = (maxLength: number, description: string) => Type.Optional(nullable('string', description, { maxLength }))
const Result = Type.Object({
  state: Type.Unsafe<'done' | 'failed'>({ type: 'string', enum: ['done', 'failed'] }),
  reason: told(100_000, `What went wrong; the first ${LONGEST_REASON} characters are kept`),
  reportId: told(64, 'The report that came of it'),
  outcome: told(40, 'Of its receipt; null where the API could not be reached, and the report waits in the spool'),
  changes: Type.Optional(nullable('integer', undefined, { minimum: 0, maximum: 1e9 })),
})
interface Told {
  readonly state: 'done' | 'failed'
  readonly reason?: string | null
  readonly reportId?: string | null
  readonly outcome?: string | null
  readonly changes?: number | null
}

const config = { roles: ['collector'] as const }
const tags = ['agents']

/** How tasks reach agents, and what comes of them. */
export function agentTasks(app: FastifyInstance, { register, now }: Context, waiters: TaskWaiters, offered: TasksOffered): void {
  app.get<{ Querystring: Asked }>(
    '/agent/tasks',
    {
      config,
      schema: {
        summary: 'What people asked a host to do once',
        description:
          'As soon as there is a task that the agent does not know, else nothing after so many seconds. The host is found by asset id, else by cert, else by a name that only one asset has. A task is offered again until its result came, or it expired.',
        tags,
        querystring: Asking,
        response: { 200: Offer },
      },
    },
    async ({ query }, reply) => {
      const { name, cert = null, asset = null, wait, running } = query
      const found = await findAssetOfAgent(register.reader, { name, cert, asset })
      const seconds = found === undefined ? Math.min(wait, UNKNOWN_HOST_WAIT_SECONDS) : wait
      const known = new Set(running.split(','))
      const tasks = await waitForTasks({ assetId: found?.id ?? null, known, untilMs: performance.now() + seconds * 1000, reply })
      for (const { id, state } of tasks) if (state === 'waiting') offered.add(id)
      void reply.header('cache-control', 'no-store')
      // An answer to a kept-open question would otherwise leave its connection open, and the closing server waits for it.
      if (waiters.isClosed) void reply.header('connection', 'close')
      return { tasks: tasks.map(offerView) }
    },
  )

  app.post<{ Params: { id: string }; Body: Told }>(
    '/agent/tasks/:id/result',
    {
      config,
      schema: { summary: 'How a task ended', tags, body: Result, response: { 204: Type.Null() } },
    },
    async ({ params: { id }, body }, reply) => {
      const { state, reason = null, reportId = null, outcome = null, changes = null } = body
      const texts = { reason: storable(reason), report_id: storable(reportId), outcome: storable(outcome) }
      if (!(await endTask(register.db, id, { state, ...texts, changes }, now()))) throw await refusal(id)
      return reply.code(204).send()
    },
  )

  interface Waiting {
    readonly assetId: number | null
    /** Ids that need not be told again. */
    readonly known: ReadonlySet<string>
    /** By `performance.now()`. */
    readonly untilMs: number
    readonly reply: FastifyReply
  }

  async function waitForTasks({ assetId, known, untilMs, reply }: Waiting): Promise<readonly TaskRow[]> {
    for (;;) {
      const waiter = waiters.enter(assetId)
      const timer = setTimeout(waiter.leave, Math.max(0, untilMs - performance.now()))
      reply.raw.once('close', waiter.leave)
      try {
        const open = assetId === null ? [] : await openTasks(register.reader, assetId, now())
        const tasks = open.filter(({ uuid }) => !known.has(uuid))
        if (tasks.length > 0 || reply.raw.destroyed || performance.now() >= untilMs || !(await waiter.woken)) return tasks
      } finally {
        clearTimeout(timer)
        reply.raw.off('close', waiter.leave)
        waiter.leave()
      }
    }
  }

  async function refusal(uuid: string): Promise<ApiError> {
    const task = await findTask(register.reader, uuid)
    if (task === undefined) return new ApiError(404, `there is no task ${JSON.stringify(uuid.slice(0, 100))}`)
    const state = stateOf(task, now())
    return new ApiError(409, `the task is ${state} since ${time(task.ended_at ?? task.expires_at)}: its result is not taken`)
  }
}

function offerView({ uuid, kind, plugins: names, created_at }: TaskRow) {
  return { id: uuid, kind, plugins: pluginsOf(names), createdAt: time(created_at) }
}

/** The column holds only what the routes let in. */
export function pluginsOf(text: string | null): readonly string[] | null {
  return text === null ? null : (JSON.parse(text) as string[])
}

/** As much of a text as is kept, as far as a database can. */
function storable(text: string | null): string | null {
  return text === null ? null : (clean(text.slice(0, LONGEST_REASON)) as string)
}

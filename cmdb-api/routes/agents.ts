import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { agentKey, listAgents, type ListedAgent } from '../../repository/agents.ts'
import { AgentConfigs } from '../agent-configs.ts'
import { AgentsSeen } from '../agents-seen.ts'
import type { Context } from '../context.ts'
import { nullable } from '../nullable.ts'
import { readCursor, readFilters, readTime, textOf, time, writeCursor, type Query } from '../query.ts'
import { pageOf, PageQuery, PRINTABLE, ReadRoles } from './page.ts'

const Agent = Type.Object(
  {
    name: Type.String({ description: 'Its pinned name' }),
    assetId: nullable('string', 'Null while the host is not in the register'),
    assetName: nullable('string', 'What the register calls it'),
    certId: nullable('string', 'Null before its first report'),
    address: Type.String({ description: 'What it says of itself, else where its question came from' }),
    version: nullable('string', 'Of rollcall'),
    askedAt: Type.String({ description: 'When it asked for its configuration last; of another API process up to 15 minutes old' }),
  },
  { $id: 'Agent' },
)

const Told = Type.Object(
  {
    services: Type.Object(
      {},
      {
        additionalProperties: { type: 'array' },
        description: 'By name of the service: the plugin, and the seconds from one run to the next',
      },
    ),
    origins: Type.Object(
      {},
      { additionalProperties: { type: 'string' }, description: 'By name of the service: the template, and via which group' },
    ),
    configUpdateInterval: Type.Integer({ description: 'Seconds until the agent asks again' }),
  },
  { $id: 'AgentConfig' },
)

const said = (description: string) => Type.String({ maxLength: 255, pattern: PRINTABLE, description })
const Asking = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 255, pattern: PRINTABLE, description: 'Pinned name' }),
  cert: Type.Optional(said('Cert id')),
  asset: Type.Optional(said('Asset id')),
  address: Type.Optional(said('Address of the host')),
  version: Type.Optional(said('Version of rollcall')),
})
type Asked = { name: string; cert?: string; asset?: string; address?: string; version?: string }

/** What agents ask, and which agents there are. */
export function agents(app: FastifyInstance, { register, configUpdateSeconds, now }: Context): void {
  const configs = new AgentConfigs(register.reader, configUpdateSeconds)
  const seen = new AgentsSeen(register, (error) => app.log.error({ err: error }, 'agents could not be written'))
  app.addHook('onClose', async () => await seen.flush())

  app.get<{ Querystring: Asked }>(
    '/agent/config',
    {
      config: { roles: ['collector'] },
      schema: {
        summary: 'What an agent is to run, and how often',
        description:
          'The host is found by asset id, else by cert, else by a name that only one asset has; one that is not found, or linked to nothing, has no services. With If-None-Match 304 while nothing changed.',
        tags: ['agents'],
        querystring: Asking,
        response: { 200: Told, 304: Type.Null() },
      },
    },
    async ({ query, headers, ip }, reply) => {
      const { name, cert = null, asset = null, address = ip, version = null } = query
      const { assetId, etag, body } = await configs.of({ name, cert, asset })
      seen.add({ key: agentKey({ cert, name }), name, cert, asset_id: assetId, address, version, asked_at: now() })
      void reply.header('etag', etag).header('cache-control', 'private, no-cache')
      if (isKnown(headers['if-none-match'], etag)) return await reply.code(304).send()
      return await reply.type('application/json; charset=utf-8').send(body)
    },
  )

  app.get<{ Querystring: Query & { limit: number } }>(
    '/agents',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'Agents that asked for their configuration',
        description: 'By name; who has not asked for 90 days is listed no more. Filters: name, version, askedAt__lt.',
        tags: ['agents'],
        querystring: Type.Object({ limit: PageQuery.limit, cursor: PageQuery.cursor }),
        response: { 200: pageOf(Agent) },
      },
    },
    async ({ query }) => {
      const filters = readFilters(query, ['limit', 'cursor'], { name: [''], version: [''], askedAt: ['lt'] })
      const value = (field: string) => filters.find((one) => one.field === field)?.value ?? null
      const before = value('askedAt')
      const mark = readCursor(textOf(query['cursor']), isMark)
      const askedBefore = before === null ? null : readTime('askedAt__lt', before)
      const rows = await listAgents(register.reader, {
        name: value('name'),
        version: value('version'),
        askedBefore,
        after: mark === null ? null : { name: mark[0], key: mark[1] },
        limit: query.limit + 1,
      })
      const page = rows.slice(0, query.limit)
      const last = page.at(-1)
      return {
        results: page
          .map((row) => ({ ...row, asked_at: Math.max(row.asked_at, seen.askedAt(row.key) ?? 0) }))
          // What the database says may be older, so that a page may hold less than was asked for.
          .filter(({ asked_at }) => askedBefore === null || asked_at < askedBefore)
          .map(agentView),
        next: rows.length > query.limit && last !== undefined ? writeCursor([last.name, last.key]) : null,
      }
    },
  )
}

function agentView({ name, asset_uuid, asset_name, cert, address, version, asked_at }: ListedAgent) {
  return { name, assetId: asset_uuid, assetName: asset_name, certId: cert, address, version, askedAt: time(asked_at) }
}

/** Whether If-None-Match (RFC 9110, section 13.1.2) names this ETag. */
function isKnown(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag) ?? false
}

function isMark(mark: unknown): mark is [string, string] {
  return Array.isArray(mark) && mark.length === 2 && mark.every((one) => typeof one === 'string')
}

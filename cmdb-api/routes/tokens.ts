import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { listTokens, revokeToken } from '../../repository/tokens.ts'
import { createToken, isNetwork, ROLES, type Role } from '../auth.ts'
import type { Context } from '../context.ts'
import { ApiError } from '../errors.ts'
import { nullable } from '../nullable.ts'
import { readTime, time } from '../query.ts'
import { PRINTABLE } from './page.ts'

const Token = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: Type.Unsafe<Role>({ type: 'string', enum: [...ROLES] }),
  networks: Type.Array(Type.String()),
  createdAt: Type.String(),
  expiresAt: nullable('string'),
  usedAt: nullable('string'),
  revokedAt: nullable('string'),
})
const NewToken = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, pattern: PRINTABLE, description: 'Who or what uses it' }),
    role: Type.Unsafe<Role>({ type: 'string', enum: [...ROLES] }),
    networks: Type.Optional(Type.Array(Type.String(), { maxItems: 100, description: 'CIDR ranges that may use it; none means all' })),
    expiresAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { additionalProperties: false },
)

/** Tokens are an admin's business. The text of a new one is told once. */
export function tokens(app: FastifyInstance, { register, now }: Context): void {
  const config = { roles: [] }
  app.get(
    '/tokens',
    {
      config,
      schema: {
        summary: 'All tokens',
        tags: ['tokens'],
        response: { 200: Type.Object({ results: Type.Array(Token), next: Type.Null() }) },
      },
    },
    async () => {
      const rows = await listTokens(register.reader)
      return {
        results: rows.map(({ id, name, role, networks, created_at, expires_at, used_at, revoked_at }) => ({
          id,
          name,
          role,
          networks: JSON.parse(networks) as string[],
          createdAt: time(created_at),
          expiresAt: time(expires_at),
          usedAt: time(used_at),
          revokedAt: time(revoked_at),
        })),
        next: null,
      }
    },
  )

  app.post<{ Body: { name: string; role: Role; networks?: string[]; expiresAt?: string } }>(
    '/tokens',
    {
      config,
      schema: {
        summary: 'Make a token',
        tags: ['tokens'],
        body: NewToken,
        response: { 201: Type.Object({ id: Type.String(), token: Type.String() }) },
      },
    },
    async ({ body: { name, role, networks = [], expiresAt } }, reply) => {
      const wrong = networks.findIndex((network) => !isNetwork(network))
      if (wrong !== -1)
        throw new ApiError(400, `${networks[wrong]} is no CIDR range`, {
          errors: [{ pointer: `/networks/${wrong}`, message: 'must be a range such as 10.0.0.0/8' }],
        })
      const { id, text } = await createToken(
        register.db,
        { name, role, networks, expiresAt: expiresAt === undefined ? null : readTime('expiresAt', expiresAt) },
        now(),
      )
      return reply.code(201).send({ id, token: text })
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/tokens/:id',
    { config, schema: { summary: 'Revoke a token', tags: ['tokens'], response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      if (!(await revokeToken(register.db, params.id, now())))
        throw new ApiError(404, `there is no token ${params.id}, or it was revoked before`)
      return reply.code(204).send()
    },
  )
}

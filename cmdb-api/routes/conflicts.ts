import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { openConflicts } from '../../repository/conflicts.ts'
import type { Context } from '../context.ts'
import { isId, readCursor, readFilters, textOf, time, writeCursor, type Query } from '../query.ts'
import { pageOf, PageQuery, ReadRoles } from './page.ts'

const Conflict = Type.Object({
  id: Type.String(),
  cause: Type.String({ description: 'ambiguous-identity (its reports are held), copied-cert, name-taken' }),
  summary: Type.String(),
  assetIds: Type.Array(Type.String(), { description: 'The assets it is about; of very many the first and the last' }),
  heldReports: Type.Integer({ description: 'Distinct reports that wait for it to be resolved, the newest 50 at most' }),
  repeats: Type.Integer(),
  firstAt: Type.String(),
  lastAt: Type.String(),
})

/** What matching could not decide, or wants a person to look at. */
export function conflicts(app: FastifyInstance, { register }: Context): void {
  const { limit, cursor } = PageQuery
  app.get<{ Querystring: Query & { limit: number } }>(
    '/conflicts',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'Open conflicts',
        tags: ['conflicts'],
        querystring: Type.Object({ limit, cursor }),
        response: { 200: pageOf(Conflict) },
      },
    },
    async ({ query }) => {
      readFilters(query, ['limit', 'cursor'], {})
      const before = readCursor(textOf(query['cursor']), isId)
      const rows = await openConflicts(register.reader, { limit: query.limit + 1, before })
      const page = rows.slice(0, query.limit)
      return {
        results: page.map(({ id, cause, summary, assets, repeats, held, first_at, last_at }) => ({
          id: String(id),
          cause,
          summary,
          assetIds: JSON.parse(assets) as string[],
          heldReports: held,
          repeats,
          firstAt: time(first_at),
          lastAt: time(last_at),
        })),
        next: rows.length > query.limit ? writeCursor(page.at(-1)!.id) : null,
      }
    },
  )
}

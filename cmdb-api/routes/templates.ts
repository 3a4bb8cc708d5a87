import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Reader, Writer } from '../../repository/connect.ts'
import {
  allTemplates,
  countLinkedAssets,
  deleteTemplate,
  findTemplate,
  groupLinks,
  insertTemplate,
  linkedAssets,
  setServices,
  type TemplateRow,
} from '../../repository/templates.ts'
import type { Services } from '../agent-config.ts'
import type { Context } from '../context.ts'
import { checkVersion, edit, serviceChanges, whole } from '../edit.ts'
import { ApiError } from '../errors.ts'
import { time, type Query } from '../query.ts'
import { Force, LIST_FILTERS, LIST_QUERY, ListedAssets, NAME, Name, pageByName, pageOfAssets } from './named.ts'
import { pageOf, PageQuery, ReadRoles } from './page.ts'

const SHORTEST_SECONDS = 10
const LONGEST_SECONDS = 30 * 86_400

const ServicesOf = Type.Unsafe<Services>({
  type: 'object',
  propertyNames: { pattern: NAME },
  maxProperties: 200,
  additionalProperties: {
    type: 'array',
    minItems: 2,
    maxItems: 2,
    prefixItems: [
      {
        type: 'string',
        pattern: '^[a-z][a-z0-9-]{0,63}$',
        description: 'The plugin. One that an agent does not have is a skipped section',
      },
      { type: 'integer', minimum: SHORTEST_SECONDS, maximum: LONGEST_SECONDS, description: 'Seconds from one run to the next' },
    ],
  },
  description: 'By name of the service: the plugin, and every how many seconds it runs',
})
const Template = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer({ description: 'Counts changes of the services; the ETag' }),
    services: ServicesOf,
    groups: Type.Array(Type.String(), { description: 'Groups that it is linked to' }),
    assets: Type.Integer({ description: 'How many assets it is linked to by themselves' }),
    createdAt: Type.String(),
  },
  { $id: 'Template' },
)

const writers = { roles: ['operator'] as const }
const tags = ['templates']

/** Named sets of services. What they say reaches the agents of the assets and groups that they are linked to. */
export function templates(app: FastifyInstance, context: Context): void {
  const { reader } = context.register

  app.get<{ Querystring: Query & { limit: number } }>(
    '/templates',
    {
      config: { roles: ReadRoles },
      schema: { summary: 'List templates', description: LIST_FILTERS, tags, querystring: LIST_QUERY, response: { 200: pageOf(Template) } },
    },
    async ({ query }) => {
      const { page, ...rest } = pageByName(await allTemplates(reader), query)
      return { results: await present(reader, page), ...rest }
    },
  )

  app.get<{ Params: { name: string } }>(
    '/templates/:name',
    { config: { roles: ReadRoles }, schema: { summary: 'One template', tags, response: { 200: Template } } },
    async ({ params }, reply) => {
      const template = await mustFindTemplate(reader, params.name)
      return reply.header('etag', `"${template.version}"`).send((await present(reader, [template]))[0])
    },
  )

  app.get<{ Params: { name: string }; Querystring: Query & { limit: number } }>(
    '/templates/:name/assets',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'Assets that a template is linked to',
        tags,
        querystring: Type.Object({ limit: PageQuery.limit, cursor: PageQuery.cursor }),
        response: { 200: ListedAssets },
      },
    },
    async ({ params, query }) => {
      const { id } = await mustFindTemplate(reader, params.name)
      return await pageOfAssets(query, [], (page) => linkedAssets(reader, id, page))
    },
  )

  app.post<{ Body: { name: string; services: Services } }>(
    '/templates',
    {
      config: writers,
      schema: {
        summary: 'Make a template',
        tags,
        body: Type.Object({ name: Name, services: ServicesOf }, { additionalProperties: false }),
        response: { 201: Template },
      },
    },
    async ({ body: { name, services }, actor }, reply) => {
      await edit(context, { actor, kind: 'template', name }, async (db) => {
        if ((await findTemplate(db, name)) !== undefined)
          throw new ApiError(409, `a template called ${name} exists: PUT replaces its services`, {
            errors: [{ pointer: '/name', message: 'is taken' }],
          })
        await insertTemplate(db, { name, services: JSON.stringify(services), version: 1, created_at: context.now() })
        return [whole('added', { services })]
      })
      return reply
        .code(201)
        .header('etag', '"1"')
        .send((await present(reader, [await mustFindTemplate(reader, name)]))[0])
    },
  )

  app.put<{ Params: { name: string }; Body: { services: Services } }>(
    '/templates/:name',
    {
      config: writers,
      schema: {
        summary: 'Replace the services of a template',
        description: 'With If-Match only where nobody else changed it since.',
        tags,
        body: Type.Object({ services: ServicesOf }, { additionalProperties: false }),
        response: { 200: Template },
      },
    },
    async ({ params: { name }, body: { services }, headers, actor }, reply) => {
      await edit(context, { actor, kind: 'template', name }, async (db) => {
        const template = await mustFindTemplate(db, name)
        checkVersion(headers['if-match'], { kind: 'template', name, version: template.version })
        const changes = serviceChanges(servicesOf(template), services)
        if (changes.length > 0) await setServices(db, template, JSON.stringify(services))
        return changes
      })
      const template = await mustFindTemplate(reader, name)
      return reply.header('etag', `"${template.version}"`).send((await present(reader, [template]))[0])
    },
  )

  app.delete<{ Params: { name: string }; Querystring: { force?: 'true' | 'false' } }>(
    '/templates/:name',
    {
      config: writers,
      schema: {
        summary: 'Delete a template',
        description: 'One that is still linked only with force=true: its links go too.',
        tags,
        querystring: Force,
        response: { 204: Type.Null() },
      },
    },
    async ({ params: { name }, query, headers, actor }, reply) => {
      await edit(context, { actor, kind: 'template', name }, async (db) => {
        const template = await mustFindTemplate(db, name)
        checkVersion(headers['if-match'], { kind: 'template', name, version: template.version })
        const linked = await linkedAssets(db, template.id)
        const groups = (await groupLinks(db)).filter((link) => link.template === name).map(({ group }) => group)
        const still = [...(linked.length > 0 ? [`${linked.length} assets`] : []), ...groups.map((group) => `group ${group}`)]
        if (still.length > 0 && query.force !== 'true')
          throw new ApiError(409, `template ${name} is still linked to ${still.join(', ')}: unlink it there first, or delete it with force`)
        await deleteTemplate(db, template.id)
        return [whole('removed', { services: servicesOf(template), groups, assets: linked.map((asset) => asset.name) })]
      })
      return reply.code(204).send()
    },
  )
}

/** @throws {ApiError} where there is none */
export async function mustFindTemplate(db: Reader | Writer, name: string): Promise<TemplateRow> {
  const template = await findTemplate(db, name)
  if (template === undefined) throw new ApiError(404, `there is no template ${JSON.stringify(name.slice(0, 100))}`)
  return template
}

/** What the routes above let in. */
export function servicesOf({ services }: TemplateRow): Services {
  return JSON.parse(services) as Services
}

async function present(db: Reader, rows: readonly TemplateRow[]) {
  const groups = Map.groupBy(await groupLinks(db), ({ template }) => template)
  const counts = await countLinkedAssets(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    services: servicesOf(row),
    groups: (groups.get(row.name) ?? []).map(({ group }) => group),
    assets: counts.get(row.id) ?? 0,
    createdAt: time(row.created_at),
  }))
}

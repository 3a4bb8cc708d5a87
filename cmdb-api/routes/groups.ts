import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Reader, Writer } from '../../repository/connect.ts'
import {
  allGroups,
  assetsOfGroup,
  countMembers,
  deleteGroup,
  findGroup,
  insertGroup,
  membersOf,
  setParent,
  type GroupRow,
} from '../../repository/groups.ts'
import { groupLinks } from '../../repository/templates.ts'
import type { Context } from '../context.ts'
import { checkVersion, edit, whole } from '../edit.ts'
import { ApiError } from '../errors.ts'
import { nullable } from '../nullable.ts'
import { time, type Query } from '../query.ts'
import { Force, LIST_FILTERS, LIST_QUERY, ListedAssets, Name, pageByName, pageOfAssets } from './named.ts'
import { pageOf, PageQuery, ReadRoles } from './page.ts'

const Parent = nullable('string', 'The group that it is nested in; null: none')
const Group = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer({ description: 'Counts changes of the parent; the ETag' }),
    parent: Parent,
    groups: Type.Array(Type.String(), { description: 'Groups nested directly in it' }),
    templates: Type.Array(Type.String(), { description: 'Templates linked to it' }),
    assets: Type.Integer({ description: 'How many assets are in it by themselves' }),
    createdAt: Type.String(),
  },
  { $id: 'Group' },
)

const writers = { roles: ['operator'] as const }
const tags = ['groups']

/** Groups of assets, nested in each other. */
export function groups(app: FastifyInstance, context: Context): void {
  const { reader } = context.register

  app.get<{ Querystring: Query & { limit: number } }>(
    '/groups',
    {
      config: { roles: ReadRoles },
      schema: { summary: 'List groups', description: LIST_FILTERS, tags, querystring: LIST_QUERY, response: { 200: pageOf(Group) } },
    },
    async ({ query }) => {
      const all = await allGroups(reader)
      const { page, ...rest } = pageByName(all, query)
      return { results: await present(reader, page, all), ...rest }
    },
  )

  app.get<{ Params: { name: string } }>(
    '/groups/:name',
    { config: { roles: ReadRoles }, schema: { summary: 'One group', tags, response: { 200: Group } } },
    async ({ params }, reply) => {
      const group = await mustFindGroup(reader, params.name)
      return reply.header('etag', `"${group.version}"`).send((await present(reader, [group]))[0])
    },
  )

  app.get<{ Params: { name: string }; Querystring: Query & { limit: number } }>(
    '/groups/:name/assets',
    {
      config: { roles: ReadRoles },
      schema: {
        summary: 'Assets of a group',
        tags,
        querystring: Type.Object({
          limit: PageQuery.limit,
          cursor: PageQuery.cursor,
          nested: Type.Optional(
            Type.Unsafe<string>({ type: 'string', enum: ['true', 'false'], description: 'true: with those of all groups nested in it' }),
          ),
        }),
        response: { 200: ListedAssets },
      },
    },
    async ({ params, query }) => {
      const { id } = await mustFindGroup(reader, params.name)
      const read = query['nested'] === 'true' ? assetsOfGroup : membersOf
      return await pageOfAssets(query, ['nested'], (page) => read(reader, id, page))
    },
  )

  app.post<{ Body: { name: string; parent?: string | null } }>(
    '/groups',
    {
      config: writers,
      schema: {
        summary: 'Make a group',
        tags,
        body: Type.Object({ name: Name, parent: Type.Optional(Parent) }, { additionalProperties: false }),
        response: { 201: Group },
      },
    },
    async ({ body: { name, parent = null }, actor }, reply) => {
      await edit(context, { actor, kind: 'group', name }, async (db) => {
        if ((await findGroup(db, name)) !== undefined)
          throw new ApiError(409, `a group called ${name} exists`, { errors: [{ pointer: '/name', message: 'is taken' }] })
        const outer = parent === null ? null : await parentOf(db, parent)
        await insertGroup(db, { name, parent_id: outer?.id ?? null, version: 1, created_at: context.now() })
        return [whole('added', { parent })]
      })
      return reply
        .code(201)
        .header('etag', '"1"')
        .send((await present(reader, [await mustFindGroup(reader, name)]))[0])
    },
  )

  app.put<{ Params: { name: string }; Body: { parent: string | null } }>(
    '/groups/:name',
    {
      config: writers,
      schema: {
        summary: 'Nest a group in another one',
        description:
          'A group cannot be nested in itself, or in one that is nested in it. With If-Match only where nobody else moved it since.',
        tags,
        body: Type.Object({ parent: Parent }, { additionalProperties: false }),
        response: { 200: Group },
      },
    },
    async ({ params: { name }, body: { parent }, headers, actor }, reply) => {
      await edit(context, { actor, kind: 'group', name }, async (db) => {
        const group = await mustFindGroup(db, name)
        checkVersion(headers['if-match'], { kind: 'group', name, version: group.version })
        const all = new Map((await allGroups(db)).map((one) => [one.id, one]))
        const outer = parent === null ? null : await parentOf(db, parent)
        for (let at = outer ?? undefined; at !== undefined; at = at.parent_id === null ? undefined : all.get(at.parent_id))
          if (at.id === group.id)
            throw new ApiError(
              409,
              name === parent ? `${name} cannot be nested in itself` : `${name} cannot be nested in ${parent}: that lies in ${name}`,
              {
                errors: [{ pointer: '/parent', message: 'would make a circle' }],
              },
            )
        const old = group.parent_id === null ? null : (all.get(group.parent_id)?.name ?? null)
        if (old === parent) return []
        await setParent(db, group, outer?.id ?? null)
        return [{ list: null, item: null, field: 'parent', op: 'changed', old, new: parent }]
      })
      const group = await mustFindGroup(reader, name)
      return reply.header('etag', `"${group.version}"`).send((await present(reader, [group]))[0])
    },
  )

  app.delete<{ Params: { name: string }; Querystring: { force?: 'true' | 'false' } }>(
    '/groups/:name',
    {
      config: writers,
      schema: {
        summary: 'Delete a group',
        description:
          'One with assets or templates only with force=true: the assets and templates stay, their place in the group goes. Never one that others are nested in.',
        tags,
        querystring: Force,
        response: { 204: Type.Null() },
      },
    },
    async ({ params: { name }, query, headers, actor }, reply) => {
      await edit(context, { actor, kind: 'group', name }, async (db) => {
        const group = await mustFindGroup(db, name)
        checkVersion(headers['if-match'], { kind: 'group', name, version: group.version })
        const all = await allGroups(db)
        const inner = all.filter(({ parent_id }) => parent_id === group.id).map((one) => one.name)
        if (inner.length > 0)
          throw new ApiError(
            409,
            `${inner.join(', ')} ${inner.length === 1 ? 'is' : 'are'} nested in group ${name}: move or delete that first`,
          )
        const members = (await membersOf(db, group.id)).map((asset) => asset.name)
        const linked = (await groupLinks(db)).filter((link) => link.group === name).map(({ template }) => template)
        const still = [...(members.length > 0 ? [`${members.length} assets`] : []), ...linked.map((template) => `template ${template}`)]
        if (still.length > 0 && query.force !== 'true')
          throw new ApiError(409, `group ${name} still has ${still.join(', ')}: take these out first, or delete it with force`)
        await deleteGroup(db, group.id)
        const parent = all.find(({ id }) => id === group.parent_id)?.name ?? null
        return [whole('removed', { parent, templates: linked, assets: members })]
      })
      return reply.code(204).send()
    },
  )
}

/** @throws {ApiError} where there is none */
export async function mustFindGroup(db: Reader | Writer, name: string): Promise<GroupRow> {
  const group = await findGroup(db, name)
  if (group === undefined) throw new ApiError(404, `there is no group ${JSON.stringify(name.slice(0, 100))}`)
  return group
}

async function parentOf(db: Writer, name: string): Promise<GroupRow> {
  const group = await findGroup(db, name)
  if (group === undefined)
    throw new ApiError(422, `there is no group ${JSON.stringify(name.slice(0, 100))} to nest it in`, {
      errors: [{ pointer: '/parent', message: 'must be the name of a group' }],
    })
  return group
}

async function present(db: Reader, rows: readonly GroupRow[], known?: readonly GroupRow[]) {
  const all = known ?? (await allGroups(db))
  const templates = Map.groupBy(await groupLinks(db), ({ group }) => group)
  const counts = await countMembers(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    parent: all.find(({ id }) => id === row.parent_id)?.name ?? null,
    groups: all.filter(({ parent_id }) => parent_id === row.id).map(({ name }) => name),
    templates: (templates.get(row.name) ?? []).map(({ template }) => template),
    assets: counts.get(row.id) ?? 0,
    createdAt: time(row.created_at),
  }))
}

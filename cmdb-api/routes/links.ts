import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { addMember, removeMember } from '../../repository/groups.ts'
import { linkAsset, linkGroup, unlinkAsset, unlinkGroup } from '../../repository/templates.ts'
import type { Context } from '../context.ts'
import { edit, listed } from '../edit.ts'
import { ApiError } from '../errors.ts'
import { findAsset } from './assets.ts'
import { mustFindGroup } from './groups.ts'
import { mustFindTemplate } from './templates.ts'

const config = { roles: ['operator'] as const }
const response = { 204: Type.Null() }

/** What is linked to what, and who is in which group. To make a link that is there does nothing; to take away one that is not is an error. */
export function links(app: FastifyInstance, context: Context): void {
  type OfAsset = { Params: { name: string; asset: string } }
  type OfGroup = { Params: { name: string; group: string } }
  const templates = ['templates']
  const groups = ['groups']

  app.put<OfAsset>(
    '/templates/:name/assets/:asset',
    { config, schema: { summary: 'Link a template to an asset', tags: templates, response } },
    async ({ params, actor }, reply) => {
      const { id, uuid, name } = await findAsset(context, params.asset)
      await edit(context, { actor, kind: 'template', name: params.name }, async (db) => {
        const template = await mustFindTemplate(db, params.name)
        return (await linkAsset(db, template.id, id)) ? [listed('added', 'assets', { name, id: uuid })] : []
      })
      return reply.code(204).send()
    },
  )

  app.delete<OfAsset>(
    '/templates/:name/assets/:asset',
    { config, schema: { summary: 'Unlink a template from an asset', tags: templates, response } },
    async ({ params, actor }, reply) => {
      const { id, uuid, name } = await findAsset(context, params.asset)
      await edit(context, { actor, kind: 'template', name: params.name }, async (db) => {
        const template = await mustFindTemplate(db, params.name)
        if (!(await unlinkAsset(db, template.id, id))) throw new ApiError(404, `template ${params.name} is not linked to ${name} itself`)
        return [listed('removed', 'assets', { name, id: uuid })]
      })
      return reply.code(204).send()
    },
  )

  app.put<OfGroup>(
    '/templates/:name/groups/:group',
    { config, schema: { summary: 'Link a template to a group', tags: templates, response } },
    async ({ params, actor }, reply) => {
      await edit(context, { actor, kind: 'template', name: params.name }, async (db) => {
        const template = await mustFindTemplate(db, params.name)
        const { id, name } = await mustFindGroup(db, params.group)
        return (await linkGroup(db, template.id, id)) ? [listed('added', 'groups', { name })] : []
      })
      return reply.code(204).send()
    },
  )

  app.delete<OfGroup>(
    '/templates/:name/groups/:group',
    { config, schema: { summary: 'Unlink a template from a group', tags: templates, response } },
    async ({ params, actor }, reply) => {
      await edit(context, { actor, kind: 'template', name: params.name }, async (db) => {
        const template = await mustFindTemplate(db, params.name)
        const { id, name } = await mustFindGroup(db, params.group)
        if (!(await unlinkGroup(db, template.id, id)))
          throw new ApiError(404, `template ${params.name} is not linked to group ${name} itself`)
        return [listed('removed', 'groups', { name })]
      })
      return reply.code(204).send()
    },
  )

  app.put<OfAsset>(
    '/groups/:name/assets/:asset',
    { config, schema: { summary: 'Put an asset into a group', tags: groups, response } },
    async ({ params, actor }, reply) => {
      const { id, uuid, name } = await findAsset(context, params.asset)
      await edit(context, { actor, kind: 'group', name: params.name }, async (db) => {
        const group = await mustFindGroup(db, params.name)
        return (await addMember(db, group.id, id)) ? [listed('added', 'assets', { name, id: uuid })] : []
      })
      return reply.code(204).send()
    },
  )

  app.delete<OfAsset>(
    '/groups/:name/assets/:asset',
    { config, schema: { summary: 'Take an asset out of a group', tags: groups, response } },
    async ({ params, actor }, reply) => {
      const { id, uuid, name } = await findAsset(context, params.asset)
      await edit(context, { actor, kind: 'group', name: params.name }, async (db) => {
        const group = await mustFindGroup(db, params.name)
        if (!(await removeMember(db, group.id, id))) throw new ApiError(404, `${name} is not in group ${params.name} itself`)
        return [listed('removed', 'assets', { name, id: uuid })]
      })
      return reply.code(204).send()
    },
  )
}

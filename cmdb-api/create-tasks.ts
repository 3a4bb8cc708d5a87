import { randomUUID } from 'node:crypto'
import { agentsAskedAt } from '../repository/agents.ts'
import { assetsCalled } from '../repository/assets.ts'
import { assetsOfGroup, findGroup } from '../repository/groups.ts'
import type { NamedAsset } from '../repository/named-assets.ts'
import { insertTasks } from '../repository/tasks.ts'
import type { Context } from './context.ts'
import { ApiError } from './errors.ts'
import { time } from './query.ts'
import type { TaskWaiters } from './task-waiters.ts'

/** What a person asks for. */
export interface Wish {
  /** Names or ids of assets. */
  readonly assets: readonly string[]
  /** A group: all its assets, and those of groups nested in it. */
  readonly group: string | null
  /** Null: everything. */
  readonly plugins: readonly string[] | null
  readonly expiresInSeconds: number
}

/** Tasks that one request may create. */
export const MOST_TASKS = 10_000
/** An agent that asks for tasks again and again, and was not heard of for so long, does not run. The time of its last question may be old by 15 minutes. */
const QUIET_MS = 3_600_000

/**
 * Creates a task for each asset, all or none, and wakes the agents that wait. An asset without an agent gets one too: its agent may come
 * before the task expires; a warning says what to look at.
 *
 * @throws {ApiError} 422, naming the assets or the group that there are not
 */
export async function createTasks(
  context: Context,
  { wish, by, waiters }: { readonly wish: Wish; readonly by: string; readonly waiters: TaskWaiters },
): Promise<{ readonly batch: string; readonly warnings: readonly string[] }> {
  const assets = await assetsOf(context, wish)
  const now = context.now()
  const batch = randomUUID()
  const rows = assets.map(({ id }) => ({
    uuid: randomUUID(),
    batch,
    kind: 'collect' as const,
    asset_id: id,
    plugins: wish.plugins === null ? null : JSON.stringify(wish.plugins),
    state: 'waiting' as const,
    created_at: now,
    created_by: by,
    expires_at: now + wish.expiresInSeconds * 1000,
    offered_at: null,
    ended_at: null,
    reason: null,
    report_id: null,
    outcome: null,
    changes: null,
  }))
  await insertTasks(context.register, rows)
  const here = new Set(assets.filter(({ id }) => waiters.has(id)).map(({ id }) => id))
  waiters.wake(assets.map(({ id }) => id))
  return { batch, warnings: [...unknownPlugins(context, wish), ...(await withoutAgent(context, assets, here))] }
}

async function assetsOf({ register: { reader } }: Context, { assets: refs, group: name }: Wish): Promise<readonly NamedAsset[]> {
  const found = await assetsCalled(reader, refs)
  const byId = new Map(found.map((asset) => [asset.uuid, asset]))
  const byName = Map.groupBy(found, (asset) => asset.name)
  const named = refs.map((ref) => {
    const asset = byId.get(ref)
    return asset === undefined ? (byName.get(ref) ?? []) : [asset]
  })
  const errors = named.flatMap((candidates, at) => {
    const pointer = `/assets/${at}`
    if (candidates.length === 0) return [{ pointer, message: `no asset has the id or name ${JSON.stringify(refs[at]!.slice(0, 100))}` }]
    const ids = candidates.map(({ uuid }) => uuid).join(' or ')
    return candidates.length === 1
      ? []
      : [{ pointer, message: `${candidates.length} assets are called ${refs[at]!}: name one by id, ${ids}` }]
  })
  if (errors.length > 0) {
    const more = errors.length > 5 ? `; and ${errors.length - 5} more` : ''
    throw new ApiError(
      422,
      `${errors
        .slice(0, 5)
        .map(({ message }) => message)
        .join('; ')}${more}`,
      { errors },
    )
  }
  const group = name === null ? undefined : await findGroup(reader, name)
  if (name !== null && group === undefined) throw refused('/group', `there is no group ${JSON.stringify(name.slice(0, 100))}`)
  const members = group === undefined ? [] : await assetsOfGroup(reader, group.id, { after: null, limit: MOST_TASKS + 1 })
  const all = new Map([...named.flat(), ...members].map((asset) => [asset.id, asset]))
  if (all.size === 0)
    throw refused(
      group === undefined ? '/assets' : '/group',
      group === undefined ? 'name assets, or a group' : `the group ${group.name} has no assets`,
    )
  if (all.size > MOST_TASKS) throw refused('/group', `these are more than ${MOST_TASKS} assets: name groups that are smaller`)
  return [...all.values()]
}

function refused(pointer: string, message: string): ApiError {
  return new ApiError(422, message, { errors: [{ pointer, message }] })
}

function unknownPlugins({ specs }: Context, { plugins }: Wish): string[] {
  return (plugins ?? [])
    .filter((name) => !specs.has(name))
    .map(
      (name) =>
        `this API does not know the plugin ${name}, and would refuse its section: is it spelt right, and in the API's own settings?`,
    )
}

/** @param here those whose agents wait in this process */
async function withoutAgent({ register, now }: Context, assets: readonly NamedAsset[], here: ReadonlySet<number>): Promise<string[]> {
  const doubtful = assets.filter(({ id }) => !here.has(id))
  const asked = await agentsAskedAt(
    register.reader,
    doubtful.map(({ id }) => id),
  )
  return doubtful.flatMap(({ id, name }) => {
    const at = asked.get(id)
    if (at === undefined) return [`${name}: no agent has ever asked for this host. Does one run there?`]
    return now() - at > QUIET_MS ? [`${name}: no agent has asked for this host since ${time(at)}. Does it run?`] : []
  })
}

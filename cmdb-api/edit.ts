import type { Writer } from '../repository/connect.ts'
import { nextRevision } from '../repository/config-revision.ts'
import { record } from '../repository/history.ts'
import { transact } from '../repository/transact.ts'
import type { Services } from './agent-config.ts'
import type { Actor } from './auth.ts'
import type { Context } from './context.ts'
import { diffSection, type FieldChange } from './diff.ts'
import { ApiError } from './errors.ts'
import { rowOf } from './history-row.ts'

/** What people decide for agents; also the section under which the history has it. */
export type Kind = 'template' | 'group'

/** Who edits what. */
export interface Editing {
  readonly actor: Actor | null
  readonly kind: Kind
  readonly name: string
}

/**
 * One person's edit of a template or group: what it does, its rows in the history and the new revision are one transaction, and no two edits
 * overlap. What `run` throws leaves all as it was; where it gives no changes, nothing is recorded.
 */
export async function edit(
  { register, now }: Context,
  { actor, kind, name }: Editing,
  run: (db: Writer) => Promise<readonly FieldChange[]>,
): Promise<void> {
  await transact(register, async (trx) => {
    await nextRevision(trx)
    const changes = (await run(trx)).map((change) => rowOf(kind, change))
    const set = {
      assetId: null,
      subject: `${kind} ${name}`,
      collectedAt: null,
      source: 'person',
      actor: actor?.name ?? '',
      reason: null,
      reportId: null,
      changes,
    }
    if (changes.length > 0) await record(trx, register.dialect, [set], now())
  })
}

/** All of it came, or went. */
export function whole(op: 'added' | 'removed', value: object): FieldChange {
  return { list: null, item: null, field: null, op, ...sides(op, value) }
}

/** An asset or group came to one of its lists, or left it. */
export function listed(op: 'added' | 'removed', list: string, value: { readonly name: string; readonly id?: string }): FieldChange {
  return { list, item: `name=${value.name}`, field: null, op, ...sides(op, value) }
}

/** From one set of services to another: a service that came or went is one row, another plugin or interval too. */
export function serviceChanges(before: Services, after: Services): readonly FieldChange[] {
  return diffSection({ services: ['name'] }, itemsOf(before), itemsOf(after)).changes
}

/** Refuses a write that was made up from another version than the stored one. Without If-Match none is. */
export function checkVersion(
  ifMatch: string | undefined,
  { kind, name, version }: Omit<Editing, 'actor'> & { readonly version: number },
): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  const known = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (known.includes(`"${version}"`)) return
  throw new ApiError(
    412,
    `somebody else changed the ${kind} ${name}, it is at version ${version} now: read it again, then repeat your edit`,
  )
}

function itemsOf(services: Services) {
  return { services: Object.entries(services).map(([name, [plugin, intervalSeconds]]) => ({ name, plugin, intervalSeconds })) }
}

function sides(op: 'added' | 'removed', value: object) {
  return op === 'added' ? { old: null, new: value } : { old: value, new: null }
}

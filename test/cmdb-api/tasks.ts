import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../repository/connect.ts'
import { migrate } from '../../repository/migrations/index.ts'
import type { TestDatabase } from '../databases.ts'
import type { Answer, Api } from './api.ts'

export interface Task {
  readonly id: string
  readonly state: string
  readonly assetName: string
  readonly [field: string]: unknown
}

export const DONE = { state: 'done', reason: null, reportId: 'r1', outcome: 'updated', changes: 3 }

/** Databases that are all the same one, as several processes of the API have it. */
export function oneOf(database: TestDatabase): TestDatabase {
  let url: Promise<string> | undefined
  const open = async () => {
    const register = await connect(await (url ??= database.url()))
    database.finally(() => register.close())
    await migrate(register)
    return register
  }
  return { ...database, open }
}

/** The tasks of an offer, of an answer to new ones, or of a page. */
export function tasksIn({ body, status }: Answer, expected = 200): readonly Task[] {
  assert.equal(status, expected, JSON.stringify(body))
  return (body['tasks'] ?? body['results']) as Task[]
}

export const idsOf = (tasks: readonly Task[]) => tasks.map(({ id }) => id)

export async function enter(api: Api, ...names: readonly string[]): Promise<void> {
  for (const name of names) assert.equal((await api.send('operator', '/api/v1/assets', { name })).status, 201)
}

/** As an agent asks. */
export async function ask(api: Api, name: string, more = ''): Promise<readonly Task[]> {
  return tasksIn(await api.ask('collector', `/api/v1/agent/tasks?name=${name}${more}`))
}

export async function create(api: Api, body: object): Promise<readonly Task[]> {
  return tasksIn(await api.send('operator', '/api/v1/tasks', body), 201)
}

export async function look(api: Api, id: string): Promise<Task> {
  return (await api.ask('reader', `/api/v1/tasks/${id}`)).body as unknown as Task
}

/** As an agent says how a task ended. */
export async function tell(api: Api, id: string, body: object): Promise<Answer> {
  return await api.send('collector', `/api/v1/agent/tasks/${id}/result`, body)
}

/** A question that is kept open. It may still be on its way: a task that is created now is found by it, or wakes it. */
export async function waiting(api: Api, name: string, more = '') {
  const answer = ask(api, name, `&wait=60${more}`)
  let isOver = false
  void answer.finally(() => (isOver = true))
  await sleep(50)
  return { answer, isOver: () => isOver }
}

/** Waits until something is so, however slow the machine. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await isSo()); await sleep(20)) assert.ok(Date.now() < deadline, 'this never came')
}

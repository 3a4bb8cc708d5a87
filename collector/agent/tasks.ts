import { getJson, postJson, type Api } from '../api-client.ts'
import { ApiRefused } from '../errors.ts'
import { query, type Asking } from './central.ts'

/** Something that a person asked this host to do once. */
export interface Task {
  readonly id: string
  /** What is to be collected; null: everything. */
  readonly plugins: readonly string[] | null
}

/** How a task ended, for the person who asked. */
export interface TaskResult {
  readonly state: 'done' | 'failed'
  readonly reason: string | null
  readonly reportId: string | null
  readonly outcome: string | null
  readonly changes: number | null
}

/** How long the API may keep a question open: less than what proxies on the way usually allow. */
export const WAIT_SECONDS = 50

/**
 * Asks for tasks, and waits until there is one; none after WAIT_SECONDS.
 *
 * @param running those that need not be told again
 * @throws {ApiError}
 */
export async function askForTasks(api: Api, asking: Asking, running: readonly string[]): Promise<Task[]> {
  const words = query(asking)
  words.set('wait', String(WAIT_SECONDS))
  if (running.length > 0) words.set('running', running.join())
  const patient = { ...api, timeoutSeconds: api.timeoutSeconds + WAIT_SECONDS }
  return tasksIn(await getJson(patient, `/api/v1/agent/tasks?${words.toString()}`), api.url)
}

/** @throws {ApiError} */
export async function tellResult(api: Api, id: string, result: TaskResult): Promise<void> {
  await postJson(api, `/api/v1/agent/tasks/${encodeURIComponent(id)}/result`, JSON.stringify(result))
}

/** A kind of task that only a newer agent knows is left to it, or expires. */
function tasksIn(body: unknown, url: string): Task[] {
  const tasks: unknown = typeof body === 'object' && body !== null && 'tasks' in body ? body.tasks : undefined
  if (!Array.isArray(tasks)) throw new ApiRefused(`${url} answered with something that is no list of tasks`, 200)
  return tasks.filter(isTask)
}

function isTask(value: unknown): value is Task {
  if (typeof value !== 'object' || value === null) return false
  const { id, kind, plugins } = value as { readonly id?: unknown; readonly kind?: unknown; readonly plugins?: unknown }
  const isList = Array.isArray(plugins) && plugins.every((one) => typeof one === 'string')
  return typeof id === 'string' && kind === 'collect' && (plugins === null || isList)
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../collector/api-client.ts'
import { ApiUnreachable } from '../collector/errors.ts'
import { readList } from './read-register.ts'

/** As GET /tasks shows one. */
export interface Task {
  readonly id: string
  readonly batchId: string
  readonly assetName: string
  readonly state: 'waiting' | 'offered' | 'done' | 'failed' | 'expired'
  readonly createdAt: string
  readonly expiresAt: string
  /** When its agent was told; null where it was not. */
  readonly offeredAt: string | null
  readonly endedAt: string | null
  readonly reason: string | null
  /** Of the report's receipt; null where the report waits in the spool of its host. */
  readonly outcome: string | null
  readonly changes: number | null
  /** When an agent asked for this host last; null where none ever did. */
  readonly agentAskedAt: string | null
}

const LOOK_EVERY_MS = 500

interface Following {
  readonly timeoutMs: number
  /** Called for each task when it has ended. */
  readonly onEnd: (task: Task) => void
  /** Called when the API cannot be reached while tasks are followed, once each time. */
  readonly onSilence: (error: ApiUnreachable) => void
}

/**
 * Looks after tasks that were created together, until all have ended or the time is over; gives them as they were seen last. An API that
 * restarts meanwhile loses no task, and so it is asked again.
 *
 * @throws {ApiError} also where the API could not be reached up to the end
 */
export async function followTasks(
  api: Api,
  created: readonly Task[],
  { timeoutMs, onEnd, onSilence }: Following,
): Promise<readonly Task[]> {
  const tasks = new Map(created.map((task) => [task.id, task]))
  const batchId = created[0]?.batchId
  const ends = performance.now() + timeoutMs
  let silence: ApiUnreachable | null = null
  while ([...tasks.values()].some(isOpen)) {
    const left = ends - performance.now()
    if (left <= 0) {
      if (silence !== null) throw silence
      break
    }
    await sleep(Math.min(LOOK_EVERY_MS, left))
    try {
      const { results } = await readList<Task>(api, '/tasks', { batchId }, Number.POSITIVE_INFINITY)
      silence = null
      for (const task of results) {
        const before = tasks.get(task.id)
        if (before === undefined) continue
        tasks.set(task.id, task)
        if (isOpen(before) && !isOpen(task)) onEnd(task)
      }
    } catch (error) {
      if (!(error instanceof ApiUnreachable)) throw error
      if (silence === null) onSilence(error)
      silence = error
    }
  }
  return [...tasks.values()]
}

export function isOpen({ state }: Task): boolean {
  return state === 'waiting' || state === 'offered'
}

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askAgent, type Question } from '../collector/agent/control.ts'
import type { AgentStatus } from '../collector/agent/status.ts'
import type { CommonOptions } from './command-line.ts'
import { usualFolder } from './setup.ts'

/** What an agent answered; null: none works with that folder; 'mute': one does, and does not answer. */
export type Answer = AgentStatus | 'mute' | null

/** @throws {StorageError} where this user may not ask */
export async function answerOf(folder: string, question: Question): Promise<Answer> {
  const answer = (await askAgent(folder, question)) as Partial<AgentStatus> | null // As `agent run` of this or another version answers.
  return answer === null || answer.pid !== undefined ? (answer as AgentStatus | null) : 'mute'
}

/** The data folder, also where settings do not load: a broken file must not keep anybody from stopping the agent. */
export function folderOf({ data }: CommonOptions): string {
  return data === undefined ? usualFolder() : resolve(data)
}

/** Looks again and again; null where `look` has found nothing until the deadline. */
export async function waitUntil<T>(look: () => Promise<T | null>, deadlineMs: number): Promise<T | null> {
  const until = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== null || performance.now() > until) return found
    await sleep(LOOK_MS)
  }
}

const LOOK_MS = 50

/** Whether a process is there and not just waiting for its parent to take note of its end, which in a container without an init nobody does. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

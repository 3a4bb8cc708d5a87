import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { StorageError } from '../collector/errors.ts'
import { codeOf } from '../collector/write-file.ts'
import { makeFolder } from '../conf/make-folder.ts'
import { answerOf, waitUntil } from './agent-answer.ts'
import { logFileIn } from './agent-log-file.ts'
import type { CommonOptions } from './command-line.ts'
import { ServiceError } from './errors.ts'
import { EXIT } from './exit.ts'
import { print, printable, tell } from './text.ts'

/** Starting takes half a second; on a machine that has much else to do, more. */
const START_MS = 60_000

/**
 * Starts the agent in the background, and waits until it answers. It keeps the working folder, for its settings may lie there, or be named from there.
 *
 * @throws {StorageError} where the folder cannot hold its log
 * @throws {ServiceError} where it neither answers nor ends
 */
export async function startDaemon(folder: string, { config }: CommonOptions): Promise<number> {
  const file = logFileIn(folder)
  const { log, before } = openLog(folder, file)
  process.umask(0o077)
  const [, program] = process.argv
  const args = ['agent', 'run', '--data', folder, ...(config === undefined ? [] : ['--config', config])]
  // Of what systemd told whoever called us, nothing is true of it.
  const { JOURNAL_STREAM: _journal, NOTIFY_SOCKET: _socket, WATCHDOG_USEC: _watchdog, ...env } = process.env
  const child = spawn(process.execPath, [...process.execArgv, program!, ...args], { detached: true, stdio: ['ignore', log, log], env })
  closeSync(log)
  child.unref()
  const how = await waitUntil(() => startedOrEnded(child, folder), START_MS)
  if (how === null) throw new ServiceError(`the agent, process ${child.pid}, does not answer. What it said is in ${file}`)
  if (how.answers !== child.pid && how.answers !== null) print(`the agent runs already, process ${how.answers}`)
  else if (how.answers !== null) print(`the agent runs, process ${how.answers}; it writes to ${file}`)
  else {
    tell('the agent has ended at once:')
    for (const line of readFileSync(file).subarray(before).toString().trim().split('\n')) tell(`  ${printable(line)}`)
  }
  return how.answers === null ? how.status : EXIT.done
}

interface How {
  /** The process that answers; null where none does. */
  readonly answers: number | null
  readonly status: number
}

/** null: neither yet. Where two were started at once, one of them ends, and the other one answers. */
async function startedOrEnded(child: ChildProcess, folder: string): Promise<How | null> {
  const hasEnded = child.exitCode !== null || child.signalCode !== null
  const answer = await answerOf(folder, 'status')
  if (answer !== null && answer !== 'mute' && (hasEnded || answer.pid === child.pid)) return { answers: answer.pid, status: EXIT.done }
  return hasEnded ? { answers: null, status: child.exitCode ?? EXIT.failed } : null
}

function openLog(folder: string, file: string): { readonly log: number; readonly before: number } {
  try {
    makeFolder(folder, 0o700)
    const log = openSync(file, 'a', 0o600)
    return { log, before: fstatSync(log).size }
  } catch (error) {
    throw new StorageError(folder, codeOf(error), error)
  }
}

import { spawn } from 'node:child_process'
import { failedErrand, type Errand, type ErrandResult } from '../collector/agent/errand.ts'
import { ConfError, confError } from '../conf/errors.ts'
import { pack, unpack, type ErrandLetter, type SettingsAnswer, type SettingsLetter } from './agent-letters.ts'
import type { Setup } from './setup.ts'

/** A child that does not end on SIGTERM is killed: the agent itself must be gone within 5 s. */
const KILL_MS = 3_000

/** Does an errand in a process of its own, `rollcall agent errand`. It takes as long as it takes: all that could hang in there has its own time limit. */
export async function errandByChild(errand: Errand, setup: Setup, signal: AbortSignal): Promise<ErrandResult> {
  if (signal.aborted) return failedErrand('the agent stops')
  const { printed, how } = await callSelf('errand', { errand, setup: pack(setup) } satisfies ErrandLetter, signal)
  return (printed as ErrandResult | null) ?? failedErrand(`the process that collects ${how}; its log says why`) // Our own program printed it.
}

/**
 * The settings as they are now, loaded by a process of its own.
 *
 * @throws {ConfError}
 */
export async function settingsByChild({ config, data }: SettingsLetter): Promise<Setup> {
  const { printed, how } = await callSelf('settings', { ...(config !== undefined && { config }), ...(data !== undefined && { data }) })
  if (printed === null) throw confError('settings', '', `could not be loaded: the process that was to do it ${how}`)
  const answer = printed as SettingsAnswer // Our own program printed it.
  if ('problems' in answer) throw new ConfError(answer.problems)
  return unpack(answer.setup)
}

/**
 * Has this same program do something in a process of its own. Through node:child_process, for execa would be a tenth of what an idle agent
 * weighs.
 *
 * @returns what it printed, null where that is no JSON; and how it ended
 */
async function callSelf(
  action: string,
  letter: unknown,
  signal?: AbortSignal,
): Promise<{ readonly printed: unknown; readonly how: string }> {
  const [, program] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, program!, 'agent', action], { stdio: ['pipe', 'pipe', 'inherit'] })
  let kill: NodeJS.Timeout | undefined
  const stop = (): void => {
    child.kill('SIGTERM')
    kill = setTimeout(() => child.kill('SIGKILL'), KILL_MS)
  }
  signal?.addEventListener('abort', stop, { once: true })
  const { promise, resolve } = Promise.withResolvers<string>()
  child.once('error', (error) => resolve(`could not be started: ${error.message}`))
  child.once('close', (status, by) => resolve(`ended with ${by ?? status}`))
  // One that ends early reads no letter; how it ended says more.
  child.stdin.on('error', () => undefined)
  // Not ended: by its end a child learns that the agent was killed.
  child.stdin.write(`${JSON.stringify(letter)}\n`)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  try {
    const how = await promise
    return { printed: jsonOrNull(text), how }
  } finally {
    clearTimeout(kill)
    signal?.removeEventListener('abort', stop)
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { failedErrand, type Errand, type ErrandResult } from '../collector/agent/errand.ts'
import type { ErrandLetter } from './agent-errand.ts'
import type { Setup } from './setup.ts'

/** A child that does not end on SIGTERM is killed: the agent itself must be gone within 5 s. */
const KILL_MS = 3_000

/**
 * Does an errand in a process of its own, `rollcall agent errand`. It takes as long as it takes: all that could hang in there has its own time limit.
 * Through node:child_process, for execa would be a tenth of what an idle agent weighs.
 */
export async function errandInChild(errand: Errand, { origins, ...loaded }: Setup, signal: AbortSignal): Promise<ErrandResult> {
  if (signal.aborted) return failedErrand('the agent stops')
  const letter: ErrandLetter = { errand, loaded: { ...loaded, origins: [...origins] } }
  const [, program] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, program!, 'agent', 'errand'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let kill: NodeJS.Timeout | undefined
  const stop = (): void => {
    child.kill('SIGTERM')
    kill = setTimeout(() => child.kill('SIGKILL'), KILL_MS)
  }
  signal.addEventListener('abort', stop, { once: true })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`the process that collects could not be started: ${error.message}`))
    child.once('close', (status, by) => resolve(`the process that collects ended with ${by ?? status}; its log says why`))
  })
  // One that ends early reads no letter; how it ended says more.
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(letter))
  try {
    const [printed, how] = await Promise.all([text(child.stdout), ended])
    return resultIn(printed) ?? failedErrand(how)
  } finally {
    clearTimeout(kill)
    signal.removeEventListener('abort', stop)
  }
}

function resultIn(printed: string): ErrandResult | null {
  try {
    return JSON.parse(printed) as ErrandResult // Written by `rollcall agent errand` of this same program.
  } catch {
    return null
  }
}

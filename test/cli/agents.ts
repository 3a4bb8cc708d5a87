import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import { askAgent } from '../../collector/agent/control.ts'
import type { AgentStatus } from '../../collector/agent/status.ts'
import { start, type Surroundings } from './rollcall.ts'

export interface RunningAgent {
  readonly pid: number
  /** What it says of itself. */
  readonly status: () => Promise<AgentStatus>
  /** What it has logged so far. */
  readonly log: () => string
  /** Ends it; gives its exit status, null where the signal was it. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<number | null>
}

/** `rollcall agent run`, in the foreground; up and asked when it is given back, and ended with the test at the latest. */
export async function runAgent(t: Pick<TestContext, 'after'>, surroundings: Surroundings): Promise<RunningAgent> {
  const child = start(['agent', 'run'], surroundings)
  let log = ''
  child.stdin.end()
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const closed = once(child, 'exit')
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    child.kill(signal)
    await closed
    return child.exitCode
  }
  t.after(async () => await end('SIGKILL'))
  const ask = async (): Promise<Partial<AgentStatus> | null> => (await askAgent(surroundings.data, 'status')) as Partial<AgentStatus> | null // Our own program answers.
  const isUp = async (): Promise<boolean | null> => {
    assert.equal(child.exitCode, null, log)
    return (await ask())?.pid === child.pid || null
  }
  await until(isUp, 'the agent answers')
  return { pid: child.pid!, status: async () => (await ask()) as AgentStatus, log: () => log, end }
}

/** Waits for a state as long as a busy machine may take; `what` is told when it never comes. */
export async function until<T>(look: () => T | null | Promise<T | null>, what: string): Promise<T> {
  const deadline = performance.now() + 120_000
  for (;;) {
    const found = await look()
    if (found !== null) return found
    assert.ok(performance.now() < deadline, `it never came: ${what}`)
    await sleep(50)
  }
}

/** A plugin whose probe sleeps so long, until there is a file `release`: then it answers at once. As text of an `.mjs` file. */
export function slowPlugin(seconds: string, release: string): string {
  return `import { section } from 'rollcall/plugin'
export default {
  name: 'slow', version: 1, summary: 'Takes its time.',
  probes: { slow: { exec: ['sh', '-c', '[ -e "$1" ] || exec sleep "$2"', 'sh', '${release}', '${seconds}'], timeoutSeconds: 100 } },
  schema: section({}),
  keys: {}, volatile: [], parse: () => ({}),
}\n`
}

/** Processes that sleep for so long. */
export function sleepers(seconds: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === `sleep\0${seconds}\0`)
}

/** Processes that do an errand of this copy of rollcall with a data folder in their environment. */
export function errandsWith(folder: string): string[] {
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && commandOf(pid).endsWith('\0agent\0errand\0') && environOf(pid).includes(folder),
  )
}

export function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

function commandOf(pid: string): string {
  return textOrNothing(`/proc/${pid}/cmdline`)
}

function environOf(pid: string): string {
  return textOrNothing(`/proc/${pid}/environ`)
}

/** Empty of a process that has just ended, or is another user's. */
function textOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

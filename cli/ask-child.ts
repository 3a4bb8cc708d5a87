import { spawn, type ChildProcess } from 'node:child_process'
import { ANSWER } from './agent-letters.ts'

/** A child that does not end on SIGTERM is killed: the agent itself must be gone within 5 s. */
const KILL_MS = 3_000
/** A script has two minutes, a request 30 seconds, and a child that posts what waits says something after each report. */
const QUIET_MS = 900_000
/** Something that it has started may hold the pipe of a child that has ended. */
const LAST_WORDS_MS = 1_000

export interface Asking {
  /** Ends it; it is waited for. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds without a word after which it hangs, and is ended. */
  readonly quietMs?: number
}

/**
 * Has a process do something, and takes its answer as soon as it is there: what then keeps the process is ended. It has a process group of its
 * own, so that all of it can be. Through node:child_process, for execa would be a tenth of what an idle agent weighs.
 *
 * @returns what it answered, null where it ended without; and how it ended
 */
export async function askChild(
  [program, ...args]: readonly [string, ...string[]],
  letter: unknown,
  { signal, quietMs = QUIET_MS }: Asking = {},
): Promise<{ readonly answer: unknown; readonly how: string }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const { promise, resolve } = Promise.withResolvers<{ readonly answer: unknown; readonly how: string }>()
  let why: string | null = null
  let kill: NodeJS.Timeout | undefined
  const end = (): void => {
    endGroup(child, 'SIGTERM')
    kill ??= setTimeout(() => endGroup(child, 'SIGKILL'), KILL_MS)
  }
  const quiet = setTimeout(() => {
    why = `said nothing for ${quietMs / 60_000} minutes, and was ended`
    end()
  }, quietMs)
  signal?.addEventListener('abort', end, { once: true })
  const over = (how: string): void => {
    clearTimeout(kill)
    clearTimeout(quiet)
    signal?.removeEventListener('abort', end)
    resolve({ answer: null, how: why ?? how })
  }
  child.once('error', (error) => over(`could not be started: ${error.message}`))
  child.once('exit', (status, by) => {
    const how = `ended with ${by ?? status}`
    const late = setTimeout(over, LAST_WORDS_MS, how)
    child.once('close', () => {
      clearTimeout(late)
      over(how)
    })
  })
  // One that ends early reads no letter; how it ended says more.
  child.stdin.on('error', () => undefined)
  // Not ended: by its end a child learns that the agent was killed.
  child.stdin.write(`${JSON.stringify(letter)}\n`)
  let line = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    quiet.refresh()
    const lines = `${line}${chunk}`.split('\n')
    line = lines.pop() ?? ''
    const answer = answerIn(lines)
    if (answer === null) return
    clearTimeout(quiet)
    // It ends by itself now, or is killed.
    kill ??= setTimeout(() => endGroup(child, 'SIGKILL'), KILL_MS)
    resolve({ answer, how: 'answered' })
  })
  return await promise
}

function answerIn(lines: readonly string[]): unknown {
  const said = lines.find((one) => one.startsWith(ANSWER))
  try {
    return said === undefined ? null : (JSON.parse(said.slice(ANSWER.length)) as unknown)
  } catch {
    return null
  }
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { FrameReader, type Capture } from '../plugins/frames.ts'
import { RunnerError } from './errors.ts'
import type { Run, Watch } from './job.ts'

export interface LocalLimits {
  /** Milliseconds after which the script is ended; what came until then counts. Default 120 000. */
  readonly deadlineMs?: number
  /** Bytes after which output is read slowly, so that an endless printer meets its own time limit. Default 256 MB. */
  readonly floodBytes?: number
  /** The shell, as a program and its arguments; the script comes on standard input. Default `sh -s`. */
  readonly shell?: readonly [program: string, ...args: string[]]
  /** Further variables that no program of the script may see, asked for when the script is there. None that begins with ROLLCALL_ is passed on anyway. */
  readonly hidden?: () => readonly string[]
  /** Ends the script and all its children at once; the capture is then cut short. */
  readonly signal?: AbortSignal | undefined
}

type Shell = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Starts a shell on this machine at once, and gives back the run that feeds it one script: what is still to be loaded loads meanwhile.
 * Through node:child_process, for execa costs 42 ms at start.
 */
export function startLocal({ shell: [program, ...args] = ['sh', '-s'], hidden = () => [], ...limits }: LocalLimits = {}): Run {
  // detached: a process group of its own, so that everything the script started can be ended together.
  const shell = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: openly(process.env) })
  // The shell may end before it has read all of its script, and there may be none: `follow` tells of both.
  shell.stdin.on('error', () => undefined)
  const broken = new Promise<Error>((resolve) => shell.once('error', resolve))
  hold(shell, false)
  return async (job, watch) => {
    hold(shell, true)
    // Which they are is not known when the shell starts. What is no name of a variable is no word of a script.
    const names = hidden().filter((name) => /^[A-Za-z_]\w*$/.test(name))
    shell.stdin.end(names.length === 0 ? job.script : `unset ${names.join(' ')}\n${job.script}`)
    return await follow(shell, { reader: new FrameReader(job.nonce), expected: job.probes, broken, watch, ...limits })
  }
}

/** Without what is meant for this process alone: its settings, among them the token, and what systemd told it. */
function openly(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN.test(name)))
}

const OWN = /^(?:ROLLCALL_|NOTIFY_SOCKET$|WATCHDOG_|CREDENTIALS_DIRECTORY$)/

interface Following extends Omit<LocalLimits, 'shell' | 'hidden'> {
  readonly reader: FrameReader
  readonly expected: readonly string[]
  readonly broken: Promise<Error>
  readonly watch: Watch | undefined
}

/** Reads until the end mark, the end of the shell, the deadline or the abort; never waits for a child that cannot be ended. */
async function follow(
  shell: Shell,
  { reader, expected, broken, watch, signal, deadlineMs = 120_000, floodBytes = 256 * 1024 * 1024 }: Following,
): Promise<Capture> {
  let bytes = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timers = [setTimeout(stop, deadlineMs)]
  let isOver = false
  let calmUntil = floodBytes
  function stop(): void {
    if (isOver) return
    isOver = true
    killGroup(shell)
    shell.stdout.resume()
    shell.stderr.resume()
    // The pipes close with their last writer; one that is stuck in the kernel holds them for ever.
    timers.push(setTimeout(resolve, GRACE_MS))
  }
  for (const name of ['stdout', 'stderr'] as const) {
    shell[name].on('data', (chunk: Buffer) => {
      reader.push(name, chunk)
      bytes += chunk.length
      if (reader.complete) stop()
      if (reader.whole) resolve()
      watch?.(reader.settled)
      if (bytes > calmUntil && !isOver) {
        calmUntil = bytes + FLOOD_CHUNK_BYTES
        shell[name].pause()
        timers.push(setTimeout(() => shell[name].resume(), FLOOD_PAUSE_MS))
      }
    })
  }
  shell.once('exit', stop)
  shell.once('close', () => resolve())
  void broken.then((cause) => reject(new RunnerError('sh could not be started: rollcall needs a POSIX shell on PATH', { cause })))
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    await promise
    return reader.finish(expected)
  } finally {
    for (const timer of timers) clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    for (const stream of [shell.stdin, shell.stdout, shell.stderr]) stream.destroy()
    // Its end is waited for while the answers are put to use, so that no zombie is left to a container without an init; never for long.
    setTimeout(() => shell.unref(), GRACE_MS).unref()
  }
}

/** A shell that has no script yet must not keep alive a process that failed before it had one; it ends with its standard input. */
function hold(shell: Shell, held: boolean): void {
  // Pipes of child processes are sockets, whatever their declared type.
  for (const one of [shell, ...([shell.stdin, shell.stdout, shell.stderr] as Socket[])]) {
    if (held) one.ref()
    else one.unref()
  }
}

const GRACE_MS = 200
/** A flood is read at 2.5 MB a second. */
const FLOOD_CHUNK_BYTES = 256 * 1024
const FLOOD_PAUSE_MS = 100

function killGroup(shell: Shell): void {
  if (shell.pid === undefined) return
  try {
    process.kill(-shell.pid, 'SIGKILL')
  } catch {
    // ESRCH: all have ended. EPERM: what is left runs as root through sudo; it ends at its next write to the closed pipe.
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export const BIN = join(import.meta.dirname, '../../bin/rollcall.js')

/** How a command is run: with which data folder, where, and inside of what. */
export interface Surroundings {
  /** The data folder. */
  readonly data: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** A command in front, such as one that enters a namespace. */
  readonly under?: readonly string[]
  readonly input?: string
  /** Another copy of rollcall than this one. */
  readonly bin?: string
}

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command of the command line as a process of its own. */
export async function rollcall(args: readonly string[], surroundings: Surroundings): Promise<Ran> {
  const child = start(args, surroundings)
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
  child.stdin.on('error', () => undefined)
  child.stdin.end(surroundings.input ?? '')
  await once(child, 'close')
  return { status: child.exitCode, ...texts }
}

/** Runs a command that is to succeed and to print JSON. */
export async function rollcallJson<T>(args: readonly string[], surroundings: Surroundings): Promise<T> {
  const { status, stdout, stderr } = await rollcall(args, surroundings)
  if (status !== 0) throw new Error(`rollcall ${args.join(' ')} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as T // The caller knows what the command prints.
}

/** Starts the API on a free port; it ends with the test. Gives its address. */
export async function serve(t: Pick<TestContext, 'after'>, surroundings: Surroundings): Promise<string> {
  return (await startApi(t, surroundings)).url
}

/** The same, for a test that ends it itself. */
export async function startApi(
  t: Pick<TestContext, 'after'>,
  surroundings: Surroundings,
): Promise<{ readonly url: string; readonly end: () => Promise<void> }> {
  const child = start(['serve'], { ...surroundings, env: { ROLLCALL_PORT: '0', ...surroundings.env } })
  const end = async (): Promise<void> => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'close')
  }
  t.after(end)
  child.stdin.end()
  child.stdout.resume()
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(`rollcall serve ended: ${said}`)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const [, found] = /^rollcall is up: (\S+)$/m.exec(said) ?? []
      if (found !== undefined) resolve(found)
    })
  })
  return { url, end }
}

/** Starts a command as a process of its own, with pipes to all that it reads and writes. */
export function start(args: readonly string[], { data, cwd, env, under = [], bin = BIN }: Surroundings) {
  const [program, ...rest] = [...under, process.execPath, bin, ...args]
  const clean = Object.entries(process.env).filter(([name]) => !/^(?:ROLLCALL_|NODE_TEST|FORCE_COLOR$|NO_COLOR$)/.test(name))
  return spawn(program!, rest, {
    cwd: cwd ?? data,
    env: { ...Object.fromEntries(clean), ROLLCALL_DATA: data, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { stage } from '../stage.ts'

const FAST_TIME = join(import.meta.dirname, 'fast-time.cjs')

/** Starts what is to be measured; all of it ends with this process, or by `endAll`. */
export class Started {
  readonly #children: ChildProcess[] = []
  readonly #folder: string
  readonly #rollcall = stage()

  constructor(folder: string) {
    this.#folder = folder
    // What the bundle leaves outside, the reader of YAML for one.
    symlinkSync(resolve('node_modules'), join(dirname(dirname(this.#rollcall)), 'node_modules'))
  }

  run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
    return this.#spawn(program, args, this.#folder, env).pid!
  }

  /** An API, and an agent that it knows, both in a time that passes `factor` times as fast; resolves when the agent's first report has its receipt. */
  async agent(factor: number): Promise<{ readonly pid: number; readonly folder: string }> {
    const fast = factor === 1 ? [] : ['--require', FAST_TIME]
    const env = { FAST_TIME: String(factor) }
    const [server, host] = [`api-${factor}`, `host-${factor}`].map((name) => join(this.#folder, name)) as [string, string] // As many as went in.
    for (const folder of [server, host]) mkdirSync(folder)
    const api = this.#spawn(process.execPath, [...fast, resolve('bin/rollcall.js'), 'serve'], server, {
      ...env,
      ROLLCALL_DATA: server,
      ROLLCALL_PORT: '0',
    })
    const [, url] = await said(api, /^rollcall is up: (\S+)$/m)
    if (factor !== 1) api.kill('SIGUSR2')
    const token = `file:${join(server, 'token')}`
    writeFileSync(
      join(host, 'rollcall.config.yaml'),
      `api:\n  url: ${url}\n  token: ${token}\n  timeoutSeconds: 3600\nagent:\n  every: 1h\n`,
    )
    const agent = this.#spawn(process.execPath, [...fast, this.#rollcall, 'agent', 'run'], host, { ...env, ROLLCALL_DATA: host })
    await said(agent, / receipt .*outcome=created/)
    return { pid: agent.pid!, folder: host }
  }

  async endAll(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }

  #spawn(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#children.push(child)
    return child
  }
}

async function said(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  const { promise, resolve: found, reject } = Promise.withResolvers<RegExpExecArray>()
  let text = ''
  child.once('exit', () => reject(new Error(`${child.spawnargs.join(' ')} ended: ${text}`)))
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-10_000)
    const match = pattern.exec(text)
    if (match !== null) found(match)
  })
  return await promise
}

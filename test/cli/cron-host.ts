import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import { connect } from '../../repository/connect.ts'
import { currentSections } from '../../cmdb-api/state.ts'
import { scratch } from '../collector/scratch.ts'
import { rollcall, serve, type Ran } from './rollcall.ts'

/** Whether a program is on PATH. */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

const NOBODY_ID = 65534

/** An API, and a host whose cron runs the script that posts to it. */
export interface CronHost {
  readonly url: string
  readonly script: string
  readonly tokenFile: string
  /** The data folder of the host, with its cert. */
  readonly home: string
  /** Where the script may make folders for the time of its run. */
  readonly temporary: string
  /** Runs the script in a shell. */
  run(shell: readonly string[], args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  start(shell: readonly string[], args?: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess
  token(role: string): Promise<string>
  /** Status and digest of each section that the register has of the only asset, and the asset's id. */
  register(): Promise<{ readonly assetId: string; readonly sections: Readonly<Record<string, string>> }>
}

interface Setting {
  /** A command in front of everything, such as one that enters a namespace. */
  readonly enter?: readonly string[]
  /** A command in front of what runs on the host, such as one that becomes somebody else. */
  readonly as?: readonly string[]
  /** More arguments of `rollcall script --post`. */
  readonly args?: readonly string[]
  /** Files of the folder in which the API and `rollcall script` find their settings. */
  readonly settings?: Readonly<Record<string, string>>
}

export async function cronHost(t: TestContext, { enter = [], as = [], args = [], settings = {} }: Setting = {}): Promise<CronHost> {
  const root = scratch(t)
  chmodSync(root, 0o755)
  const [data, home, temporary] = ['api', 'home', 'tmp'].map((name) => join(root, name)) as [string, string, string]
  for (const folder of [data, home, temporary]) mkdirSync(folder, { mode: 0o755 })
  for (const [name, text] of Object.entries(settings)) writeFileSync(join(data, name), text)
  const there = { data, under: enter }
  const url = await serve(t, there)
  const tokenFile = join(root, 'token')
  const token = async (role: string) => (await rollcall(['token', 'create', '--role', role, '--name', role], there)).stdout.trim()
  writeFileSync(tokenFile, `${await token('capture')}\n`, { mode: 0o600 })
  const made = await rollcall(['script', '--post', '--url', url, '--token-file', tokenFile, '--jitter', '0', ...args], there)
  assert.equal(made.status, 0, made.stderr)
  const script = join(root, 'rollcall-post')
  writeFileSync(script, made.stdout)
  if (as.length > 0) for (const one of [home, temporary, tokenFile]) chownSync(one, NOBODY_ID, NOBODY_ID)

  const started = new Set<ChildProcess>()
  t.after(() => {
    for (const child of started) child.kill('SIGKILL')
  })
  const start: CronHost['start'] = (shell, more = [], env = {}) => {
    const [program, ...rest] = [...enter, ...as, ...shell, script, ...more]
    const clean = Object.entries(process.env).filter(([name]) => !/^(?:ROLLCALL_|NODE_TEST)/.test(name))
    const child = spawn(program!, rest, {
      cwd: '/',
      env: { ...Object.fromEntries(clean), ROLLCALL_DATA: home, TMPDIR: temporary, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    started.add(child)
    return child
  }
  const run: CronHost['run'] = async (...of) => {
    const child = start(...of)
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) child[name]!.setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
    await once(child, 'close')
    return { status: child.exitCode, ...texts }
  }
  const register = async () => {
    const database = await connect(`sqlite://${join(data, 'rollcall.db')}`)
    try {
      const [asset, ...others] = await database.reader.selectFrom('asset').select(['id', 'uuid']).execute()
      assert.equal(others.length, 0, 'one host is one asset')
      const rows = await currentSections(database.reader, asset!.id)
      return { assetId: asset!.uuid, sections: Object.fromEntries(rows.map(({ row }) => [row.name, `${row.status} ${row.digest}`])) }
    } finally {
      await database.close()
    }
  }
  return { url, script, tokenFile, home, temporary, run, start, token, register }
}

/** Waits until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!isSo()) {
    assert.ok(Date.now() < deadline, 'it did not come to that within a minute')
    await setTimeout(20)
  }
}

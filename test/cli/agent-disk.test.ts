import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { BIN, serve } from './rollcall.ts'

const skip = process.getuid?.() !== 0 && 'mounts a file system: needs root'

/** A shell in a mount namespace of its own, whose file systems nobody else sees. */
function namespace(t: TestContext): (line: string) => void {
  const shell = spawn('unshare', ['--mount', '--propagation', 'private', 'sh'], { stdio: ['pipe', 'inherit', 'inherit'], detached: true })
  t.after(() => {
    if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL')
  })
  return (line) => void shell.stdin.write(`${line}\n`)
}

async function until(holds: () => boolean | Promise<boolean>, what: () => unknown): Promise<void> {
  const late = Date.now() + 120_000
  while (!(await holds())) {
    assert.ok(Date.now() < late, `waited for two minutes: ${String(what())}`)
    await setTimeout(100)
  }
}

/** An agent that collects every second, with its data folder on a small file system, and an API that can be started on its port. */
async function agentOn(t: TestContext, kilobytes: number) {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-disk-'))
  const [data, api, file] = [join(folder, 'data'), join(folder, 'api'), join(folder, 'agent.log')]
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const one of [data, api]) mkdirSync(one)
  const url = await serve(t, { data: api })
  const { token } = JSON.parse(readFileSync(join(api, 'local-api.json'), 'utf8')) as { readonly token: string } // Written by the API.
  const settings = (to: string): void =>
    writeFileSync(
      join(folder, 'rollcall.config.json'),
      JSON.stringify({
        api: { url: to, token: `file:${join(folder, 'token')}` },
        agent: { every: '1s', jitter: '1s' },
        plugins: ['basic', 'user', 'software'],
      }),
    )
  writeFileSync(join(folder, 'token'), token, { mode: 0o600 })
  settings(url)
  const run = namespace(t)
  run(`cd '${folder}' && mount -t tmpfs -o size=${kilobytes}k none '${data}'`)
  run(`ROLLCALL_DATA='${data}' '${process.execPath}' '${BIN}' agent run > '${file}' 2>&1 &`)
  const log = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const lines = (pattern: RegExp): string[] =>
    log()
      .split('\n')
      .filter((line) => pattern.test(line))
  await until(() => lines(/receipt/).length > 0, log)
  return { run, log, lines, settings, url, data }
}

test('on a full file system the agent goes on, says so once, and the newest report gets through', { skip, timeout: 400_000 }, async (t) => {
  const { run, log, lines, settings, url, data } = await agentOn(t, 400)
  settings('http://127.0.0.1:9')
  await until(() => lines(/warning: API/).length > 0, log)
  run(`head -c 1000000 /dev/zero > '${data}/others'`)
  await until(() => lines(/warning: disk/).length > 0, log)
  await setTimeout(5_000)
  assert.equal(lines(/warning: disk/).length, 1, log())
  assert.equal(lines(/warning: spool/).length, 1, log())
  const before = lines(/receipt/).length
  settings(url)
  await until(() => lines(/receipt/).length > before + 1, log)
  run(`rm '${data}/others'`)
  await until(() => lines(/disk: well again/).length > 0 && lines(/spool: well again/).length > 0, log)
  assert.equal(lines(/outcome=(?:rejected|held)/).length, 0, log())
})

test(
  'on a file system that becomes read-only the agent goes on, says so once, and posts from memory',
  { skip, timeout: 400_000 },
  async (t) => {
    const { run, log, lines, data } = await agentOn(t, 4000)
    run(`mount -o remount,ro '${data}'`)
    await until(() => lines(/warning: disk .*read-only/).length > 0, log)
    const before = lines(/receipt/).length
    await until(() => lines(/receipt/).length > before + 2, log)
    assert.equal(lines(/warning: disk/).length, 1, log())
    run(`mount -o remount,rw '${data}'`)
    await until(() => lines(/disk: well again/).length > 0, log)
    assert.equal(lines(/outcome=(?:created|rejected|held)/).length, 1, log())
  },
)

test(
  'what waits on a file system that became read-only is posted in its order, before what is newer',
  { skip, timeout: 400_000 },
  async (t) => {
    const { run, log, lines, settings, url, data } = await agentOn(t, 4000)
    settings('http://127.0.0.1:9')
    await until(() => lines(/warning: API/).length > 0, log)
    await setTimeout(5_000)
    const known = lines(/receipt/).length
    run(`mount -o remount,ro '${data}'`)
    await setTimeout(500)
    settings(url)
    await until(() => lines(/receipt/).length > known + 2, log)
    const outcomes = lines(/receipt/).slice(known, known + 2)
    assert.equal(outcomes.filter((line) => /outcome=(?:stale|duplicate)/.test(line)).length, 0, log())
  },
)

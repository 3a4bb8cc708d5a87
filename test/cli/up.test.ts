import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '../collector/scratch.ts'
import { runAgent, until } from './agents.ts'
import { rollcall, serve, start as startCommand } from './rollcall.ts'

const ROOT = join(import.meta.dirname, '../..')

test('up tells its address, what it found here, and what to try next; SIGTERM ends it cleanly', async (t) => {
  const data = scratch(t)
  const { start } = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }).scripts
  assert.match(start, /\bnode bin\/rollcall\.js up$/)
  const up = spawn(process.execPath, [join(ROOT, 'bin/rollcall.js'), 'up'], {
    cwd: data,
    env: { ...process.env, ROLLCALL_DATA: data, ROLLCALL_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => up.kill('SIGKILL'))
  let said = ''
  for await (const text of up.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    said += text
    if (said.includes('Ctrl-C')) break
  }
  const [first] = said.split('\n')
  assert.match(first!, /^rollcall is up: http:\/\/127\.0\.0\.1:\d+$/)
  assert.match(said, /^This machine:\n\S+: created, \d+ changes$/m)
  for (const section of ['basic', 'cpu', 'nic', 'software']) assert.match(said, new RegExp(`^  ${section} +\\S`, 'm'))
  assert.match(said, /admin token is in \S+token\..*\/docs\./)
  assert.match(said, /^ {2}npx rollcall asset \S+$/m)

  const next = /^ {2}npx rollcall (asset \S+)$/m.exec(said)![1]!
  const shown = await rollcall(next.split(' '), { data })
  assert.equal(shown.status, 0, shown.stderr)
  assert.match(shown.stdout, /^software\n {2}packages \(\d+\)$/m)
  const healthy = await rollcall(['doctor'], { data })
  assert.equal(healthy.status, 0, healthy.stdout)
  assert.match(healthy.stdout, /^good {2}API: http:\/\/127\.0\.0\.1:\d+ answers$/m)

  const second = await rollcall(['serve'], { data: scratch(t), env: { ROLLCALL_PORT: /:(\d+)$/.exec(first!)![1]! } })
  assert.equal(second.status, 2)
  assert.match(second.stderr, /cannot listen on 127\.0\.0\.1:\d+: something else listens there.*ROLLCALL_PORT/)

  up.kill('SIGTERM')
  const [code] = (await once(up, 'exit')) as [number]
  assert.equal(code, 0)
  const after = await rollcall(['assets'], { data })
  assert.equal(after.status, 3, after.stderr)
})

test('a data folder that is none is told with what to do, and without a stack trace', async (t) => {
  const data = join(scratch(t), 'file')
  writeFileSync(data, '')
  const { status, stderr } = await rollcall(['serve'], { data, cwd: ROOT, env: { ROLLCALL_PORT: '0' } })
  assert.equal(status, 1, stderr)
  assert.match(stderr, /cannot use .*file: .*set ROLLCALL_DATA to a folder/)
  assert.doesNotMatch(stderr, /\n +at /)
})

test('beside an agent of the same folder, up is the API alone, and ends cleanly; a second API there is refused', async (t) => {
  const data = scratch(t)
  const agent = await runAgent(t, { data })
  const up = startCommand(['up'], { data, env: { ROLLCALL_PORT: '0' } })
  t.after(() => up.kill('SIGKILL'))
  up.stdout.resume()
  let said = ''
  up.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  await until(() => said.includes('It collects this machine on schedule') || null, 'up tells of the agent')
  const { url } = JSON.parse(readFileSync(join(data, 'local-api.json'), 'utf8')) as { readonly url: string }
  for (const command of ['serve', 'up']) {
    const second = await rollcall([command], { data, env: { ROLLCALL_PORT: '0' } })
    assert.equal(second.status, 2)
    assert.ok(second.stderr.includes(`an API works with ${data} already: ${url}`), second.stderr)
  }
  assert.equal((await rollcall(['assets'], { data })).status, 0)
  up.kill('SIGTERM')
  const [code] = (await once(up, 'exit')) as [number]
  assert.equal(code, 0, said)
  assert.equal(await agent.end('SIGTERM'), 0)
})

test('what lies in the folder from an API that has ended keeps none from starting', async (t) => {
  const [old, data] = [scratch(t), scratch(t)]
  const url = await serve(t, { data: old })
  writeFileSync(join(data, 'local-api.json'), JSON.stringify({ url, token: 'rc_other.secret' }))
  assert.notEqual(await serve(t, { data }), url)
})

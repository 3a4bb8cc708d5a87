import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '../collector/scratch.ts'
import { rollcall } from './rollcall.ts'

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

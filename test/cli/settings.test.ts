import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '../collector/scratch.ts'
import { rollcall, rollcallJson } from './rollcall.ts'

interface Row {
  readonly path: string
  readonly value: unknown
  readonly origin: string
}

test('config tells every value and the layer that set it, and no secret', async (t) => {
  const data = scratch(t)
  const file = join(data, 'rollcall.config.ts')
  writeFileSync(
    file,
    `import { defineConfig } from 'rollcall'
export default defineConfig({ api: { url: 'https://cmdb.example:8700', token: 'env:ACME', timeoutSeconds: 7 }, agent: { every: '2h' } })\n`,
  )
  const env = {
    ROLLCALL_AGENT__EVERY: '3h',
    ROLLCALL_SERVER__DATABASE: 'postgres://rollcall:hunter2@db.example/rollcall',
    ACME: 'rc_1.hunter2',
  }
  const rows = await rollcallJson<Row[]>(['config', '--json'], { data, env })
  const of = (path: string) => rows.find((row) => row.path === path)
  assert.deepEqual(of('api.timeoutSeconds'), { path: 'api.timeoutSeconds', value: 7, origin: file })
  assert.deepEqual(of('agent.every'), { path: 'agent.every', value: '3h', origin: 'environment variable ROLLCALL_AGENT__EVERY' })
  assert.equal(of('server.port')?.origin, 'default')
  const { stdout, stderr, status } = await rollcall(['config'], { data, env })
  assert.equal(status, 0)
  assert.match(stdout, /^api\.timeoutSeconds +7 +\S+rollcall\.config\.ts$/m)
  assert.doesNotMatch(stdout + stderr + JSON.stringify(rows), /hunter2/)
  assert.match(stderr, new RegExp(`data folder: ${data}`))
})

test('a wrong setting stops every command, with file, path, value and what was meant', async (t) => {
  const data = scratch(t)
  const file = join(data, 'rollcall.config.json')
  writeFileSync(file, '{ "serverr": { "port": 1 }, "api": { "timeoutSeconds": "soon" } }')
  for (const args of [['config'], ['collect'], ['serve']]) {
    const { status, stdout, stderr } = await rollcall(args, { data })
    assert.equal(status, 2, args.join(' '))
    assert.equal(stdout, '')
    for (const part of [file, 'serverr', 'server?', 'api.timeoutSeconds', "'soon'"]) assert.ok(stderr.includes(part), `${part}: ${stderr}`)
  }
})

test('a variable that is no setting is refused with the nearest one', async (t) => {
  const { status, stderr } = await rollcall(['collect'], { data: scratch(t), env: { ROLLCALL_API__TOKN: 'env:X' } })
  assert.equal(status, 2)
  assert.match(stderr, /ROLLCALL_API__TOKN.*ROLLCALL_API__TOKEN/s)
})

test('settings that others can write are refused, not run and not passed over', async (t) => {
  const data = scratch(t)
  const file = join(data, 'rollcall.config.ts')
  writeFileSync(file, 'export default {}\n')
  chmodSync(file, 0o666)
  const { status, stderr } = await rollcall(['collect'], { data })
  assert.equal(status, 2)
  assert.match(stderr, /writable by others.*chmod go-w/)
})

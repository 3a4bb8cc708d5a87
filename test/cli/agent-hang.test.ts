import assert from 'node:assert/strict'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '../collector/scratch.ts'
import { runAgent, until } from './agents.ts'

test('a middleware that leaves a timer behind and prints keeps no run from its end', async (t) => {
  const data = scratch(t)
  const settings = { agent: { every: '1s', jitter: '1s' }, plugins: ['basic'], middleware: ['./chatty.mjs'] }
  writeFileSync(join(data, 'rollcall.config.json'), JSON.stringify(settings))
  writeFileSync(
    join(data, 'chatty.mjs'),
    `setInterval(() => undefined, 3_600_000)
export default () => async (host, next) => { process.stdout.write('{"answer":'); return await next(host) }\n`,
  )
  const agent = await runAgent(t, { data })
  await until(async () => ((await agent.status()).services['*']!.runs > 2 ? true : null), 'three runs')
  const { services, complaints } = await agent.status()
  assert.deepEqual([services['*']?.failures, complaints['collection']], [0, undefined], agent.log())
})

test('what killed processes left half written is swept at the start', async (t) => {
  const data = scratch(t)
  const old = ['cert.1-abc.tmp', 'agent/central.json.1-abc.tmp', 'spool/receipted/x.json.1-abc.tmp', 'spool/rejected/x.json.1-abc.tmp']
  for (const name of [...old, 'cert.2-new.tmp']) {
    mkdirSync(dirname(join(data, name)), { recursive: true })
    writeFileSync(join(data, name), '')
    if (old.includes(name)) utimesSync(join(data, name), 1, 1)
  }
  const agent = await runAgent(t, { data })
  await until(() => agent.log().includes('agent is up') || null, 'it is up')
  assert.deepEqual(
    [...old, 'cert.2-new.tmp'].filter((name) => existsSync(join(data, name))),
    ['cert.2-new.tmp'],
  )
})

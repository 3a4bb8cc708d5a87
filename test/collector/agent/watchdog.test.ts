import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { keepAwake } from '../../../collector/agent/watchdog.ts'
import { scratch } from '../scratch.ts'

test('systemd hears that the agent is up, and of its life only where it asks for that', async (t) => {
  const folder = scratch(t)
  const calls = join(folder, 'calls')
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$*" >> '${calls}'\n`, { mode: 0o755 })
  const path = process.env['PATH']
  process.env['PATH'] = `${folder}:${path}`
  t.after(() => (process.env['PATH'] = path))
  const said = (): string[] => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [])
  const heard = async (lines: number): Promise<string[]> => {
    const deadline = performance.now() + 60_000
    while (said().length < lines) {
      assert.ok(performance.now() < deadline, said().join())
      await setTimeout(20)
    }
    return said()
  }
  const stopping = new AbortController()
  keepAwake({}, stopping.signal)
  keepAwake({ NOTIFY_SOCKET: '/run/x' }, stopping.signal)
  assert.deepEqual(await heard(1), ['READY=1'])
  await setTimeout(300)
  assert.deepEqual(await heard(1), ['READY=1'])
  keepAwake({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '300000' }, stopping.signal)
  assert.deepEqual((await heard(3)).slice(1, 3), ['READY=1 WATCHDOG=1', 'READY=1 WATCHDOG=1'])
  stopping.abort()
})

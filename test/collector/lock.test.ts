import assert from 'node:assert/strict'
import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { locked } from '../../collector/lock.ts'
import { scratch } from './scratch.ts'

test('one at a time, and the lock is gone when it is over, also by an error', async (t) => {
  const file = join(scratch(t), 'cert')
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, (inside += 1))
    await setTimeout(5)
    inside -= 1
  }
  await Promise.all(Array.from({ length: 8 }, async () => await locked(file, work)))
  assert.equal(most, 1)
  await assert.rejects(
    locked(file, async () => await Promise.reject(new Error('mine'))),
    /mine/,
  )
  assert.equal(existsSync(`${file}.lock`), false)
})

test("the lock of a process that was killed is nobody's; where there can be none, the work is done", async (t) => {
  const folder = scratch(t)
  const lock = join(folder, 'cert.lock')
  for (const seconds of [-60, 60]) {
    writeFileSync(lock, '')
    utimesSync(lock, Date.now() / 1000 + seconds, Date.now() / 1000 + seconds)
    assert.equal(await locked(join(folder, 'cert'), async () => await Promise.resolve(7)), 7)
  }
  assert.equal(await locked('/proc/none/cert', async () => await Promise.resolve(8)), 8)
})

import assert from 'node:assert/strict'
import { existsSync, linkSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { askAgent, openControl, type Question } from '../../../collector/agent/control.ts'
import { keepControl } from '../../../collector/agent/keep-control.ts'
import { AgentRunsError, StorageError } from '../../../collector/errors.ts'
import { scratch } from '../scratch.ts'
import { ManualTiming, settled } from './manual-timing.ts'

const answers = async (question: Question) => ({ question })

test('whoever holds the folder answers, and nobody does afterwards', async (t) => {
  const folder = join(scratch(t), 'made/on/demand')
  assert.equal(await askAgent(folder, 'status'), null)
  const control = await openControl(folder, answers)
  for (const question of ['status', 'reload', 'stop'] as const) assert.deepEqual(await askAgent(folder, question), { question })
  assert.equal(statSync(join(folder, 'agent.sock')).mode & 0o777, 0o600)
  await control.close()
  assert.equal(await askAgent(folder, 'status'), null)
  assert.deepEqual(readdirSync(folder), [])
})

test('a second one is refused, and the first one goes on', async (t) => {
  const folder = scratch(t)
  const control = await openControl(folder, answers)
  await assert.rejects(
    openControl(folder, answers),
    (error) => error instanceof AgentRunsError && /already; "rollcall agent status"/.test(error.message),
  )
  assert.deepEqual(await askAgent(folder, 'status'), { question: 'status' })
  await control.close()
})

test('a socket that a killed agent left behind is in nobody’s way', async (t) => {
  const folder = scratch(t)
  const dead = createServer().listen(join(folder, 'other'))
  await once(dead, 'listening')
  // Closing removes the socket's own name, not a second one: what is left is what kill -9 leaves.
  linkSync(join(folder, 'other'), join(folder, 'agent.sock'))
  await new Promise((resolve) => dead.close(resolve))
  assert.ok(existsSync(join(folder, 'agent.sock')))
  assert.equal(await askAgent(folder, 'status'), null)
  const control = await openControl(folder, answers)
  assert.deepEqual(await askAgent(folder, 'status'), { question: 'status' })
  await control.close()
})

test('nonsense, silence and an answer that breaks keep it neither from answering nor from closing', async (t) => {
  const folder = scratch(t)
  const control = await openControl(folder, async (question) => {
    if (question === 'reload') throw new Error('broken')
    return { question }
  })
  const silent = connect(join(folder, 'agent.sock'))
  const flood = connect(join(folder, 'agent.sock')).on('error', () => undefined)
  flood.write('x'.repeat(1000))
  await once(flood, 'close')
  assert.deepEqual(await askAgent(folder, 'reload'), {})
  assert.deepEqual(await askAgent(folder, 'status'), { question: 'status' })
  const ended = once(silent, 'close')
  await control.close()
  await ended
})

test('one that is asked to end still answers', async (t) => {
  const folder = scratch(t)
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<unknown>()
  const control = await openControl(folder, async () => {
    asked.resolve()
    return await answer.promise
  })
  const said = askAgent(folder, 'stop')
  await asked.promise
  const closed = control.close()
  answer.resolve({ pid: 1 })
  assert.deepEqual(await said, { pid: 1 })
  await closed
})

test('a folder whose path is too long for a socket is told as such', async (t) => {
  const folder = join(scratch(t), 'x'.repeat(100))
  for (const attempt of [openControl(folder, answers), askAgent(folder, 'status')])
    await assert.rejects(attempt, (error) => error instanceof StorageError && /too long for a socket/.test(error.message))
})

test('where the folder is removed under it, the socket comes back; another agent’s is left alone', async (t) => {
  const folder = join(scratch(t), 'data')
  const timing = new ManualTiming()
  const others: string[] = []
  const keeping = {
    folder,
    answer: answers,
    timing,
    onTrouble: () => undefined,
    onOther: ({ message }: Error) => void others.push(message),
  }
  const kept = await keepControl(keeping)
  rmSync(folder, { recursive: true })
  await timing.pass(61_000)
  while (!(await kept.isOurs())) await settled()
  assert.deepEqual(await askAgent(folder, 'status'), { question: 'status' })

  rmSync(folder, { recursive: true })
  const other = await openControl(folder, async () => await Promise.resolve({ other: true }))
  await timing.pass(61_000)
  while (others.length === 0) await settled()
  await kept.close()
  assert.equal(timing.pending, 0)
  assert.deepEqual(await askAgent(folder, 'status'), { other: true })
  await other.close()
})

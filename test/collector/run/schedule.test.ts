import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryWaits, schedule, type Task } from '../../../collector/run/schedule.ts'

interface Host extends Task {
  readonly id: number
}

const hosts = (count: number, group = (id: number) => `g${id % 3}`): Host[] =>
  Array.from({ length: count }, (_, id) => ({ id, group: group(id) }))
const soon = () => new Promise<void>((done) => setImmediate(done))
const never = new AbortController().signal
const retrying = { waits: [10, 20], worthwhile: (result: string) => result === 'again', wait: soon, random: () => 0.5 }
const wide = { concurrency: 8, ofGroup: () => 1000 }

test('every task gets exactly one final result', async () => {
  const results: number[] = []
  const left = await schedule({
    tasks: hosts(500),
    limits: wide,
    work: () => soon().then(() => 'ok'),
    retrying,
    onResult: ({ id }) => results.push(id),
    signal: never,
  })
  assert.deepEqual(left, [])
  assert.deepEqual(
    results.toSorted((a, b) => a - b),
    hosts(500).map(({ id }) => id),
  )
})

test('no more than so many are under way, altogether and in a group', async () => {
  const now = new Map<string, number>()
  let most = 0
  const mostOf = new Map<string, number>()
  const work = async ({ group }: Host) => {
    now.set(group, (now.get(group) ?? 0) + 1)
    most = Math.max(
      most,
      [...now.values()].reduce((sum, one) => sum + one, 0),
    )
    mostOf.set(group, Math.max(mostOf.get(group) ?? 0, now.get(group)!))
    for (let turn = 0; turn < 3; turn++) await soon()
    now.set(group, now.get(group)! - 1)
    return 'ok'
  }
  await schedule({
    tasks: hosts(120),
    limits: { concurrency: 8, ofGroup: (group) => (group === 'g0' ? 2 : 5) },
    work,
    retrying,
    onResult: () => undefined,
    signal: never,
  })
  assert.equal(most, 8)
  assert.equal(mostOf.get('g0'), 2)
  assert.ok(mostOf.get('g1')! <= 5)
})

test('so many retries, ever later', () => {
  assert.deepEqual([retryWaits(0), retryWaits(2), retryWaits(4)], [[], [2_000, 8_000], [2_000, 8_000, 32_000, 32_000]])
})

test('what is worth it is tried again, as often as there are waits; the rest is not', async () => {
  const tries = new Map<number, number>()
  const results = new Map<number, string>()
  const work = async ({ id }: Host) => {
    await soon()
    const count = (tries.get(id) ?? 0) + 1
    tries.set(id, count)
    return id === 0 ? 'again' : id === 1 ? 'failed' : count === 2 ? 'ok' : 'again'
  }
  await schedule({ tasks: hosts(3), limits: wide, work, retrying, onResult: ({ id }, result) => results.set(id, result), signal: never })
  assert.deepEqual([...tries.values()], [3, 1, 2])
  assert.deepEqual(
    results,
    new Map([
      [0, 'again'],
      [1, 'failed'],
      [2, 'ok'],
    ]),
  )
})

test('after the signal nothing new is begun, and what was not begun is told', async () => {
  const stop = new AbortController()
  const results: number[] = []
  const work = async ({ id }: Host) => {
    await soon()
    if (id === 20) stop.abort()
    return 'again'
  }
  const left = await schedule({
    tasks: hosts(100),
    limits: { concurrency: 4, ofGroup: () => 4 },
    work,
    retrying: { ...retrying, waits: [] },
    onResult: ({ id }) => results.push(id),
    signal: stop.signal,
  })
  assert.equal(left.length + results.length, 100)
  assert.ok(left.length > 60)
})

test('a group that is full lets the others pass', async () => {
  const order: string[] = []
  const tasks = hosts(20, (id) => (id < 15 ? 'slow' : 'quick'))
  const work = async ({ group }: Host) => {
    for (let turn = 0; turn < (group === 'slow' ? 10 : 1); turn++) await soon()
    order.push(group)
    return 'ok'
  }
  await schedule({ tasks, limits: { concurrency: 2, ofGroup: () => 1 }, work, retrying, onResult: () => undefined, signal: never })
  assert.ok(order.lastIndexOf('quick') < 8)
})

test('a task that waits for another try when the signal comes still gets its result', async () => {
  const stop = new AbortController()
  const results: number[] = []
  const left = await schedule({
    tasks: hosts(3),
    limits: wide,
    work: () => soon().then(() => 'again'),
    // As slow to notice as a timer may be.
    retrying: { ...retrying, wait: () => (stop.abort(), soon().then(soon)) },
    onResult: ({ id }) => results.push(id),
    signal: stop.signal,
  })
  assert.equal(left.length, 0)
  assert.deepEqual(
    results.toSorted((a, b) => a - b),
    [0, 1, 2],
  )
})

import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { join } from 'node:path'
import { pack } from '../../../collector/packed-report.ts'
import { Deliveries, type Answer } from '../../../collector/run/deliveries.ts'
import { Spool } from '../../../collector/spool.ts'
import { peer, register, type Behaviour } from '../peer.ts'
import { receiptOf, reportOf, sectionOf } from '../reports.ts'
import { scratch } from '../scratch.ts'

const host = (index: number) => reportOf(1000 + index, { cpu: sectionOf({ cores: index }) }, `web-${index}`)

async function deliveriesTo(
  t: TestContext,
  behaviour: Behaviour,
  { maxBytes = 1e9, signal }: { maxBytes?: number; signal?: AbortSignal } = {},
) {
  const folder = join(scratch(t), 'spool')
  const { api, asked } = await peer(t, behaviour)
  const spool = new Spool(folder, { maxBytes })
  const deliveries = new Deliveries({ spool, api: { ...api, ...(signal !== undefined && { signal }) } })
  const add = async (index: number): Promise<Answer> => {
    return await deliveries.add(pack(host(index)))
  }
  const waiting = async () => (await new Spool(folder, { maxBytes }).list()).length
  /** Until so many reports are on disk, and it is known. */
  const spooled = async (count: number): Promise<void> => {
    while ((await waiting()) < count) await new Promise((soon) => setTimeout(soon, 5))
    await new Promise((soon) => setTimeout(soon, 50))
  }
  return { deliveries, add, asked, folder, waiting, spooled }
}

test('many reports go in few requests, and each gets its own receipt', async (t) => {
  const { deliveries, add, asked } = await deliveriesTo(t, register())
  const answers = Array.from({ length: 250 }, (_, index) => add(index))
  const [all] = await Promise.all([Promise.all(answers), flushing(deliveries)])
  assert.ok(all.every((answer) => 'receipt' in answer && answer.receipt.outcome === 'updated'))
  assert.deepEqual(await deliveries.finish(), { left: 0, stopped: null, dropped: 0 })
  assert.ok(asked.length <= 10, `${asked.length} requests`)
})

/** As a run does, until nothing waits any more. */
async function flushing(deliveries: Deliveries): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    deliveries.flush()
    await new Promise((soon) => setTimeout(soon, 50))
  }
}

test('an API that cannot be reached: every report waits, and those that come later are not tried one by one', async (t) => {
  const { deliveries, add, asked, waiting, spooled } = await deliveriesTo(t, (_, response) => void response.writeHead(503).end())
  const first = add(1)
  await spooled(1)
  deliveries.flush()
  assert.ok('waits' in (await first))
  const before = asked.length
  assert.ok('waits' in (await add(2)))
  const { left, stopped } = await deliveries.finish()
  assert.deepEqual([left, stopped?.name, await waiting(), asked.length], [2, 'ApiUnreachable', 2, before])
})

test('a report that another process has sent meanwhile is not waited for', async (t) => {
  const { deliveries, add, folder, spooled } = await deliveriesTo(t, register())
  const answer = add(1)
  await spooled(1)
  for (const file of readdirSync(folder)) rmSync(join(folder, file))
  deliveries.flush()
  assert.deepEqual(await answer, { left: 'sent' })
})

test('a report that gave way in a full spool is told as such', async (t) => {
  const { deliveries, add, folder, spooled } = await deliveriesTo(t, register(), { maxBytes: 100 })
  const first = add(1)
  await spooled(1)
  const [older] = readdirSync(folder)
  const second = add(2)
  while (readdirSync(folder).includes(older!)) await new Promise((soon) => setTimeout(soon, 5))
  await new Promise((soon) => setTimeout(soon, 50))
  deliveries.flush()
  assert.deepEqual(await first, { left: 'dropped' })
  assert.ok('receipt' in (await second))
  assert.equal((await deliveries.finish()).dropped, 1)
})

test('a spool that cannot be read any more ends in an answer for each, not in an error that nobody hears', async (t) => {
  const { deliveries, add, folder, spooled } = await deliveriesTo(t, register())
  const answer = add(1)
  await spooled(1)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'a file')
  deliveries.flush()
  const told = await answer
  assert.ok('waits' in told && told.waits.name === 'StorageError')
  const { left, stopped } = await deliveries.finish()
  assert.deepEqual([left, stopped?.name], [null, 'StorageError'])
})

test('an API that takes a request and never answers is given up when all is stopped', async (t) => {
  const stop = new AbortController()
  const { deliveries, add, spooled } = await deliveriesTo(t, () => undefined, { signal: stop.signal })
  const answer = add(1)
  await spooled(1)
  deliveries.flush()
  await new Promise((soon) => setTimeout(soon, 100))
  const begun = performance.now()
  stop.abort()
  assert.ok('waits' in (await answer))
  assert.equal((await deliveries.finish()).left, 1)
  assert.ok(performance.now() - begun < 1000)
})

test('a rejected report has its receipt, and does not wait', async (t) => {
  const { deliveries, add, spooled } = await deliveriesTo(t, ({ reports }) => reports.map((report) => receiptOf(report, 'rejected')))
  const answer = add(1)
  await spooled(1)
  deliveries.flush()
  const told = await answer
  assert.ok('receipt' in told && told.receipt.outcome === 'rejected')
  assert.equal((await deliveries.finish()).left, 0)
})

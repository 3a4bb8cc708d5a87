import assert from 'node:assert/strict'
import { chmodSync, chownSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Report } from '../../cmdb-api/contract.ts'
import type { Api } from '../../collector/api-client.ts'
import { ApiRefused, ApiUnauthorised, ApiUnreachable, StorageError } from '../../collector/errors.ts'
import type { Clock } from '../../collector/post.ts'
import { drain } from '../../collector/reporter.ts'
import { Spool } from '../../collector/spool.ts'
import { peer, register, type Behaviour } from './peer.ts'
import { receiptOf, reportOf, sectionOf } from './reports.ts'
import { scratch } from './scratch.ts'

/** A clock that only notes how long it was asked to wait. */
function noted(): Clock & { readonly waits: number[] } {
  const waits: number[] = []
  return { waits, now: () => Date.now(), random: () => 0.5, wait: async (milliseconds) => void waits.push(milliseconds) }
}

const SAME = { software: sectionOf({ packages: 'x'.repeat(100_000) }) }
const same = (seq: number, name?: string): Report => reportOf(seq, { ...SAME, disk: sectionOf({ size: 1 }) }, name)

async function spoolOf(t: TestContext, ...reports: readonly Report[]): Promise<Spool> {
  const spool = new Spool(join(scratch(t), 'spool'), { maxBytes: 1e9 })
  for (const report of reports) await spool.put(report)
  return spool
}

/** Drains, and checks that nothing had to wait. */
async function drainAll(spool: Spool, api: Api, clock: Clock = noted()): Promise<string[]> {
  const answered: string[] = []
  const { left, stopped, troubles } = await drain({
    spool,
    api,
    clock,
    onReceipt: async ({ identity, seq }, { outcome }) => void answered.push(`${identity.name} ${seq} ${outcome}`),
  })
  assert.deepEqual({ left, stopped, troubles }, { left: 0, stopped: null, troubles: [] })
  return answered
}

test('an unchanged host sends its data once, then digests of under 2 KB', async (t) => {
  const { api, asked } = await peer(t, register())
  const spool = await spoolOf(t, same(1))
  assert.deepEqual(await drainAll(spool, api), ['web-01 1 updated'])
  await spool.put(same(2))
  assert.deepEqual(await drainAll(spool, api), ['web-01 2 unchanged'])
  assert.deepEqual(
    Object.values(asked[1]!.reports[0]!.sections).map(({ data }) => data),
    [undefined, undefined],
  )
  assert.deepEqual(asked[1]!.reports[0]!.sections['disk']?.volatile, { freeBytes: 1 })
  assert.ok(asked[1]!.bytes < 2048)
  assert.equal(asked.length, 2)
})

test('a changed section carries its data at once, the others do not', async (t) => {
  const { api, asked } = await peer(t, register())
  const spool = await spoolOf(t, same(1))
  await drainAll(spool, api)
  await spool.put(reportOf(2, { ...SAME, disk: sectionOf({ size: 2 }) }))
  assert.deepEqual(await drainAll(spool, api), ['web-01 2 updated'])
  const { software, disk } = asked[1]!.reports[0]!.sections
  assert.equal(software?.data, undefined)
  assert.deepEqual(disk?.data, { size: 2 })
})

test('an API that has lost its data asks for it and gets the same report again', async (t) => {
  const { api } = await peer(t, register())
  const spool = await spoolOf(t, same(1))
  await drainAll(spool, api)
  const restored = await peer(t, register())
  // The same address, as after a restore from a backup.
  const { asked } = restored
  const file = join(spool.folder, 'receipted', readdirSync(join(spool.folder, 'receipted'))[0]!)
  const { disk, software } = same(1).sections
  writeFileSync(file, JSON.stringify({ api: restored.api.url, digests: { disk: disk?.digest, software: software?.digest } }))
  await spool.put(same(2))
  assert.deepEqual(await drainAll(spool, restored.api), ['web-01 2 updated'])
  assert.deepEqual(
    asked.map(({ reports }) => reports[0]!.id),
    [same(2).id, same(2).id],
  )
})

test('another API is told everything', async (t) => {
  const [first, second] = [await peer(t, register()), await peer(t, register())]
  const spool = await spoolOf(t, same(1))
  await drainAll(spool, first.api)
  await spool.put(same(2))
  assert.deepEqual(await drainAll(spool, second.api), ['web-01 2 updated'])
  assert.equal(second.asked.length, 1)
})

test('a backlog goes out in order, one report of a host at a time, many hosts at once', async (t) => {
  const { api, asked } = await peer(t, register())
  const hosts = Array.from({ length: 120 }, (_, index) => reportOf(index + 10, { disk: sectionOf({ index }) }, `host-${index}`))
  const spool = await spoolOf(t, same(1), same(2), same(3), ...hosts)
  const answered = await drainAll(spool, api)
  assert.equal(answered.length, 123)
  assert.deepEqual(
    answered.filter((one) => one.startsWith('web')),
    ['web-01 1 updated', 'web-01 2 unchanged', 'web-01 3 unchanged'],
  )
  assert.deepEqual(
    asked.map(({ reports }) => reports.length),
    [100, 22, 1],
  )
})

test('an API that is down keeps everything in the spool, after waits that grow', async (t) => {
  const spool = await spoolOf(t, same(1))
  const clock = noted()
  const api = { url: 'http://127.0.0.1:1', token: 'x', ca: null, timeoutSeconds: 5 }
  const { left, stopped } = await drain({ spool, api, clock, patience: { attempts: 4, maxWaitMs: 30_000 } })
  assert.equal(left, 1)
  assert.ok(stopped instanceof ApiUnreachable)
  assert.match(stopped.message, /nothing listens there/)
  assert.deepEqual(clock.waits, [500, 1000, 2000])
})

/** Fails as often as told, then does as a register does. */
function failing(times: number, status: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  const after = register()
  let failed = 0
  return (one, response) => {
    failed += 1
    if (failed > times) return after(one, response)
    response.writeHead(status, headers).end(JSON.stringify({ title: 'Not now', detail: 'try later' }))
    return undefined
  }
}

test('a busy API is given the time that it asks for', async (t) => {
  const { api } = await peer(t, failing(1, 503, { 'retry-after': '7' }))
  const clock = noted()
  assert.deepEqual(await drainAll(await spoolOf(t, same(1)), api, clock), ['web-01 1 updated'])
  assert.deepEqual(clock.waits, [7500])
})

test('an API that asks for an hour is left alone until the next run', async (t) => {
  const { api, asked } = await peer(t, failing(9, 429, { 'retry-after': '3600' }))
  const { stopped, left } = await drain({ spool: await spoolOf(t, same(1)), api, clock: noted() })
  assert.ok(stopped instanceof ApiUnreachable)
  assert.deepEqual([left, asked.length, stopped.retryAfterMs], [1, 1, 3_600_000])
})

test('a wrong token is told at once, without the token', async (t) => {
  const { api, asked } = await peer(t, failing(9, 401))
  const { stopped, left } = await drain({ spool: await spoolOf(t, same(1)), api, clock: noted() })
  assert.ok(stopped instanceof ApiUnauthorised)
  assert.match(stopped.message, /rollcall token create/)
  assert.doesNotMatch(stopped.message, /secret/)
  assert.deepEqual([left, asked.length], [1, 1])
})

test('a web server that is no rollcall API keeps everything in the spool', async (t) => {
  const { api } = await peer(t, (_, response) => void response.end('<html>It works!</html>'))
  const { stopped, left } = await drain({ spool: await spoolOf(t, same(1)), api, clock: noted() })
  assert.ok(stopped instanceof ApiRefused)
  assert.equal(left, 1)
  const other = await peer(t, () => [])
  assert.ok((await drain({ spool: await spoolOf(t, same(1)), api: other.api, clock: noted() })).stopped instanceof ApiRefused)
})

test('a rejected report is set aside, and what comes after it still goes', async (t) => {
  const { api } = await peer(t, ({ reports }) => reports.map((one) => receiptOf(one, one.seq === 1 ? 'rejected' : 'created')))
  const spool = await spoolOf(t, same(1), same(2))
  assert.deepEqual(await drainAll(spool, api), ['web-01 1 rejected', 'web-01 2 created'])
  assert.equal(readdirSync(join(spool.folder, 'rejected')).length, 1)
})

test('an API that is never content gets everything, then the report is set aside', async (t) => {
  const { api, asked } = await peer(t, ({ reports }) => reports.map((one) => receiptOf(one, 'incomplete', ['disk'])))
  const spool = await spoolOf(t, same(1))
  writeFileSync(join(spool.folder, 'x'), '')
  assert.deepEqual(await drainAll(spool, api), ['web-01 1 incomplete'])
  assert.equal(asked.length, 1)
  assert.equal(readdirSync(join(spool.folder, 'rejected')).length, 1)
})

test('a request that is too big is halved until it fits; a single report that is too big is set aside', async (t) => {
  const { api, asked } = await peer(t, ({ reports }, response) => {
    const isTooBig = reports.length > 2 || reports.some(({ seq }) => seq === 3)
    if (!isTooBig) return reports.map((one) => receiptOf(one, 'created'))
    response.writeHead(413).end()
    return undefined
  })
  const spool = await spoolOf(t, ...[1, 2, 3, 4, 5].map((seq) => same(seq, `host-${seq}`)))
  const answered = await drainAll(spool, api)
  assert.deepEqual(answered.toSorted(), [
    'host-1 1 created',
    'host-2 2 created',
    'host-3 3 rejected',
    'host-4 4 created',
    'host-5 5 created',
  ])
  assert.ok(asked.length < 10)
})

test('receipts reach who asked for them before the report leaves the spool; a full disk there is told', async (t) => {
  const { api } = await peer(t, register())
  const spool = await spoolOf(t, same(1))
  const seen: number[] = []
  const { troubles, left } = await drain({
    spool,
    api,
    clock: noted(),
    onReceipt: async () => {
      seen.push((await spool.list()).length)
      throw new StorageError('/var/lib/rollcall', 'ENOSPC', null)
    },
  })
  assert.deepEqual([seen, left, troubles.map(({ code }) => code)], [[1], 0, ['ENOSPC']])
})

test('a long backlog of one host is listed once, and what comes meanwhile still goes', async (t) => {
  class Counted extends Spool {
    lists = 0
    override async list() {
      this.lists += 1
      return await super.list()
    }
  }
  const spool = new Counted(join(scratch(t), 'spool'), { maxBytes: 1e9 })
  for (let seq = 1; seq <= 40; seq += 1) await spool.put(same(seq))
  const { api, asked } = await peer(t, register())
  spool.lists = 0
  const { left } = await drain({
    spool,
    api,
    clock: noted(),
    onReceipt: async ({ seq }) => void (seq === 7 && (await spool.put(same(41)))),
  })
  assert.deepEqual([left, asked.length], [0, 41])
  assert.ok(spool.lists <= 4, `listed ${spool.lists} times`)
})

test("a report that cannot be read now waits, with its host's later ones; those of other hosts go", async (t) => {
  const spool = await spoolOf(t, same(1, 'a'), same(2, 'b'), same(3, 'a'), same(4, 'b'))
  const { api, asked } = await peer(t, register())
  const [first] = readdirSync(spool.folder).toSorted()
  await asNobody(spool.folder, async () => {
    chmodSync(join(spool.folder, first!), 0)
    await assert.rejects(drain({ spool, api, clock: noted() }), (error) => error instanceof StorageError && error.code === 'EACCES')
  })
  assert.deepEqual(
    asked.flatMap(({ reports }) => reports.map(({ seq }) => seq)),
    [2, 4],
  )
  assert.deepEqual([(await spool.list()).map(({ file }) => file.slice(14, 16)), spool.unreadable], [['01', '03'], 0])
  chmodSync(join(spool.folder, first!), 0o600)
  assert.deepEqual(await drainAll(spool, api), ['a 1 updated', 'a 3 unchanged'])
})

test('what was no report is set aside, and counted', async (t) => {
  const spool = await spoolOf(t, same(1), same(2))
  const [first] = readdirSync(spool.folder).toSorted()
  writeFileSync(join(spool.folder, first!), '{')
  const { api } = await peer(t, register())
  const { left, unreadable } = await drain({ spool, api, clock: noted() })
  assert.deepEqual([left, unreadable, readdirSync(join(spool.folder, 'unreadable'))], [0, 1, [first]])
})

/** Does something as a user whom file modes stop; the folder is theirs. */
async function asNobody(folder: string, work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return await work()
  chmodSync(dirname(folder), 0o755)
  for (const one of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) chownSync(one, 65_534, 65_534)
  process.seteuid!(65_534)
  try {
    return await work()
  } finally {
    process.seteuid!(0)
  }
}

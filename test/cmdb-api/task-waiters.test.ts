import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { TaskWaiters } from '../../cmdb-api/task-waiters.ts'
import { onEveryDatabase } from '../databases.ts'
import { apiOn } from './api.ts'
import { ask, create, DONE, enter, idsOf, look, oneOf, tasksIn, tell, until, waiting } from './tasks.ts'

test('however many wait, there is one look a second, one that fails is no end, and none when nobody waits', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const found = [() => [], () => [2], () => Promise.reject(new Error('no database')), () => [1]]
  const failures: unknown[] = []
  let looks = 0
  const waiters = new TaskWaiters({ look: async () => await found[looks++]!(), failed: (error) => void failures.push(error) })
  const second = async () => {
    t.mock.timers.tick(1000)
    await new Promise((done) => void setImmediate(done))
  }
  const [one, two, three] = [waiters.enter(1), waiters.enter(2), waiters.enter(null)]
  await second()
  await second()
  assert.equal(await two.woken, true)
  await second()
  assert.equal(failures.length, 1)
  three.leave()
  assert.equal(await three.woken, false)
  await second()
  assert.equal(await one.woken, true)
  for (let at = 0; at < 5; at++) await second()
  assert.equal(looks, 4)
})

test('who is woken needs no look, and after the end nobody waits', async () => {
  const waiters = new TaskWaiters({ look: () => Promise.reject(new Error('unasked')), failed: () => assert.fail() })
  const [one, two] = [waiters.enter(1), waiters.enter(2)]
  waiters.wake([1, 3])
  assert.equal(await one.woken, true)
  assert.deepEqual([waiters.has(1), waiters.has(2)], [false, true])
  waiters.close()
  assert.equal(await two.woken, false)
  assert.equal(await waiters.enter(1).woken, false)
})

onEveryDatabase('agents that wait for tasks', (database) => {
  const shared = oneOf(database)
  const api = apiOn(shared)
  const other = apiOn(shared)
  before(async () => await enter(api(), 'web-01', 'web-02', 'web-03', 'idle'))

  test('whoever waits is told of a task as soon as it is created, and only of its own', async () => {
    const mine = await waiting(api(), 'web-01')
    const again = await waiting(api(), 'web-01')
    const others = await waiting(api(), 'web-02')
    const [task] = await create(api(), { assets: ['web-01'] })
    for (const { answer } of [mine, again]) assert.deepEqual(idsOf(await answer), [task!.id])
    assert.equal(others.isOver(), false)
    const [next] = await create(api(), { assets: ['web-02', 'web-01'] })
    assert.deepEqual(idsOf(await others.answer), [next!.id])
    for (const { id } of await ask(api(), 'web-01')) await tell(api(), id, DONE)
    await tell(api(), next!.id, DONE)
  })

  test('an agent that works on one task is told of the next one alone', async () => {
    const [first] = await create(api(), { assets: ['web-03'] })
    const { answer, isOver } = await waiting(api(), 'web-03', `&running=${first!.id}`)
    assert.equal(isOver(), false)
    const [second] = await create(api(), { assets: ['web-03'] })
    assert.deepEqual(idsOf(await answer), [second!.id])
  })

  test('who waits in vain is answered when the time is over, a host that is not in the register too', async () => {
    assert.deepEqual(await ask(api(), 'idle', '&wait=1'), [])
    assert.deepEqual(await ask(api(), 'nobody', '&wait=1'), [])
    for (const wait of ['61', '-1', 'x'])
      assert.equal((await api().ask('collector', `/api/v1/agent/tasks?name=idle&wait=${wait}`)).status, 400)
    assert.equal((await api().ask('collector', '/api/v1/agent/tasks')).status, 400)
  })

  test('a task that another process of the API created is found', async () => {
    const { answer } = await waiting(other(), 'web-02')
    const [task] = await create(api(), { assets: ['web-02'] })
    assert.deepEqual(idsOf(await answer), [task!.id])
    assert.equal((await tell(other(), task!.id, DONE)).status, 204)
    assert.equal((await look(api(), task!.id)).state, 'done')
  })
})

onEveryDatabase('an API with agents that wait', (database) => {
  const shared = oneOf(database)
  const [first, second] = [apiOn(shared), apiOn(shared)]
  const names = Array.from({ length: 200 }, (_, at) => `host-${at}`)
  before(async () => await enter(first(), ...names))

  test('answers others while they wait, forgets those that went away, and closes at once', async (t) => {
    const { app, url, tokens, ask: get } = first()
    let begun = 0
    app.server.on('request', () => void begun++)
    const agent = new Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    const headers = { authorization: `Bearer ${tokens.get('collector')}` }
    const sent = names.map((name) => request(`${url}/api/v1/agent/tasks?name=${name}&wait=60`, { agent, headers }))
    for (const one of sent) one.on('error', () => undefined).end()
    const gone = sent.splice(0, 100)
    const answers = sent.map(async (one) => {
      const [response] = (await once(one, 'response')) as [IncomingMessage]
      return [response.statusCode, await text(response)]
    })
    await until(() => begun === names.length)
    // A pool has ten connections to the database: whoever waits holds none.
    assert.equal((await get('reader', '/api/v1/assets?limit=1')).status, 200)
    for (const one of gone) one.destroy()
    await until(async () => (await connections(app.server)) <= 110)
    let isClosed = false
    void app.close().then(() => (isClosed = true))
    for (const answer of answers) assert.deepEqual(await answer, [200, '{"tasks":[]}'])
    await until(() => isClosed, 30_000)
  })

  test('one task for each of many reaches them all', async () => {
    const all = Promise.all(names.map(async (name) => await ask(second(), name, '&wait=60')))
    const made = await create(second(), { assets: names })
    const offered = (await all).map((tasks) => idsOf(tasks).join())
    assert.deepEqual(new Set(offered), new Set(idsOf(made)))
    await until(async () => tasksIn(await second().ask('reader', '/api/v1/tasks?state=waiting')).length === 0)
  })
})

async function connections(server: Server): Promise<number> {
  return await new Promise((done) => void server.getConnections((_error, count) => done(count)))
}

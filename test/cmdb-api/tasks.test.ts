import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onEveryDatabase } from '../databases.ts'
import { apiOn } from './api.ts'
import { DATA } from './estate.ts'
import { okSection, reportOf } from './reports.ts'
import { ask, create, DONE, enter, idsOf, look, oneOf, tasksIn, tell, until, waiting } from './tasks.ts'

onEveryDatabase('tasks', (database) => {
  const api = apiOn(database)
  before(async () => await enter(api(), 'web-01', 'web-02', 'web-03', 'idle'))

  test('a task waits for its agent, is offered until its result came, and tells who asked for what and what came of it', async () => {
    const [task, ...others] = await create(api(), { assets: ['web-01'], plugins: ['gadget'] })
    assert.equal(others.length, 0)
    const { id, createdAt, expiresAt, batchId, assetId, ...rest } = task!
    assert.equal(Date.parse(String(expiresAt)) - Date.parse(String(createdAt)), 3_600_000)
    assert.equal(typeof batchId, 'string')
    assert.deepEqual(rest, {
      kind: 'collect',
      assetName: 'web-01',
      plugins: ['gadget'],
      state: 'waiting',
      createdBy: 'operator',
      offeredAt: null,
      endedAt: null,
      reason: null,
      reportId: null,
      outcome: null,
      changes: null,
      agentAskedAt: null,
    })
    const offer = [{ id, kind: 'collect', plugins: ['gadget'], createdAt }]
    assert.deepEqual(await ask(api(), 'web-01'), offer)
    assert.deepEqual(await ask(api(), 'elsewhere', `&asset=${String(assetId)}&wait=60`), offer, 'again, and at once')
    assert.deepEqual(await ask(api(), 'web-01', `&running=x,${id}`), [], 'the agent knows it')
    assert.deepEqual(await ask(api(), 'web-02'), [])
    await until(async () => (await look(api(), id)).state === 'offered')

    assert.equal((await tell(api(), id, DONE)).status, 204)
    assert.deepEqual(await ask(api(), 'web-01'), [])
    const { state, reportId, outcome, changes, endedAt } = await look(api(), id)
    assert.deepEqual([state, reportId, outcome, changes], ['done', 'r1', 'updated', 3])
    assert.ok(String(endedAt) >= String(createdAt))
    const twice = await tell(api(), id, DONE)
    assert.deepEqual([twice.status, /the task is done since/.test(String(twice.body['detail']))], [409, true])
    assert.equal((await tell(api(), 'nothing', DONE)).status, 404)
    assert.equal((await api().ask('reader', '/api/v1/tasks/nothing')).status, 404)
  })

  test('what an agent says went wrong is kept, as far as a database can', async () => {
    const [task] = await create(api(), { assets: ['web-01'] })
    assert.deepEqual((await ask(api(), 'web-01'))[0]!['plugins'], null)
    assert.equal((await tell(api(), task!.id, { state: 'failed', reason: `no \0 shell ${'x'.repeat(5000)}` })).status, 204)
    const { state, reason, outcome } = await look(api(), task!.id)
    assert.deepEqual([state, String(reason).slice(0, 12), String(reason).length, outcome], ['failed', 'no \u{fffd} shell x', 1000, null])
    for (const body of [{ state: 'expired' }, {}, { state: 'done', changes: -1 }, { state: 'done', reportId: 'x'.repeat(65) }])
      assert.equal((await tell(api(), task!.id, body)).status, 400)
  })

  test('a host is found by its cert too', async () => {
    const evidence = { cert: 'cert-7', hostname: 'db-07', vendor: 'Dell Inc.', product: 'R650', serial: 'SN-7' }
    await api().post(reportOf({ seq: 1, sections: { gadget: okSection(DATA) }, identity: { name: 'db-07', evidence } }))
    const [task] = await create(api(), { assets: ['db-07'] })
    assert.deepEqual(idsOf(await ask(api(), 'another', '&cert=CERT-7&address=10.0.0.7&version=1')), [task!.id])
  })

  test('a task that nobody took expires: it is offered no more, and takes no result', async () => {
    await enter(api(), 'away')
    const [brief] = await create(api(), { assets: ['away'], expiresInSeconds: 60 })
    const [patient] = await create(api(), { assets: ['away'], expiresInSeconds: 7200 })
    api().wait(61_000)
    assert.deepEqual(idsOf(await ask(api(), 'away')), [patient!.id])
    const { state, endedAt, expiresAt } = await look(api(), brief!.id)
    assert.deepEqual([state, endedAt], ['expired', expiresAt])
    const late = await tell(api(), brief!.id, DONE)
    assert.deepEqual([late.status, /the task is expired since/.test(String(late.body['detail']))], [409, true])
    const listed = async (filter: string) => idsOf(tasksIn(await api().ask('reader', `/api/v1/tasks?asset=away&${filter}`)))
    await until(async () => (await listed('state=offered')).length === 1)
    assert.deepEqual(await listed('state=expired'), [brief!.id])
    assert.deepEqual(await listed('state__in=offered,expired'), [patient!.id, brief!.id])
    for (const expires of [0, 604_801, 1.5])
      assert.equal((await api().send('operator', '/api/v1/tasks', { assets: ['away'], expiresInSeconds: expires })).status, 400)
  })

  test('a group is all its assets, nested ones too, each once', async () => {
    for (const body of [{ name: 'dc' }, { name: 'rack', parent: 'dc' }, { name: 'empty' }])
      assert.equal((await api().send('operator', '/api/v1/groups', body)).status, 201)
    for (const path of ['dc/assets/web-01', 'rack/assets/web-02', 'rack/assets/web-01'])
      assert.ok((await api().ask('operator', `/api/v1/groups/${path}`, { method: 'PUT' })).status < 300, path)
    const made = await create(api(), { group: 'dc', assets: ['web-02', 'web-03'] })
    assert.deepEqual(made.map(({ assetName }) => assetName).toSorted(), ['web-01', 'web-02', 'web-03'])
    const [batch, ...more] = new Set(made.map(({ batchId }) => String(batchId)))
    assert.equal(more.length, 0)
    const page = await api().ask('reader', `/api/v1/tasks?batchId=${batch}&limit=2`)
    const rest = await api().ask('reader', `/api/v1/tasks?batchId=${batch}&limit=2&cursor=${String(page.body['next'])}`)
    assert.deepEqual(idsOf([...tasksIn(page), ...tasksIn(rest)]), idsOf(made).toReversed())
    assert.equal(rest.body['next'], null)
    for (const query of ['state=nothing', 'colour=red', 'cursor=x', 'createdAt__lt=x', 'asset=nobody'])
      assert.ok((await api().ask('reader', `/api/v1/tasks?${query}`)).status >= 400, query)
  })

  const refused: readonly (readonly [what: string, body: object, detail: RegExp, pointer: string])[] = [
    ['assets that there are not', { assets: ['web-01', 'web-1', 'web-2'] }, /"web-1"; .*"web-2"/, '/assets/1'],
    ['a group that there is not', { group: 'dc9' }, /no group "dc9"/, '/group'],
    ['a group of nothing', { group: 'empty' }, /empty has no assets/, '/group'],
    ['nothing', {}, /name assets, or a group/, '/assets'],
  ]
  for (const [what, body, detail, pointer] of refused)
    test(`${what}: no task is created`, async () => {
      const count = async () => tasksIn(await api().ask('reader', '/api/v1/tasks?limit=1000')).length
      const already = await count()
      const answer = await api().send('operator', '/api/v1/tasks', body)
      assert.equal(answer.status, 422)
      assert.match(String(answer.body['detail']), detail)
      assert.equal((answer.body['errors'] as { pointer: string }[])[0]!.pointer, pointer)
      assert.equal(await count(), already)
    })

  test('who asks for a host without an agent, or a plugin that the API does not know, is warned', async () => {
    const wish = async (body: object) => {
      const answer = await api().send('operator', '/api/v1/tasks', body)
      return { warnings: answer.body['warnings'] as string[], ids: idsOf(tasksIn(answer, 201)) }
    }
    await enter(api(), 'bare', 'manned')
    const [unknown, bare, ...none] = (await wish({ assets: ['bare'], plugins: ['gadget', 'gadgte'] })).warnings
    assert.match(unknown!, /does not know the plugin gadgte/)
    assert.match(bare!, /^bare: no agent has ever asked/)
    assert.equal(none.length, 0)
    await until(async () => {
      const { answer } = await waiting(api(), 'manned')
      const { warnings, ids } = await wish({ assets: ['manned'] })
      await answer
      for (const id of ids) await tell(api(), id, DONE)
      return warnings.length === 0
    })
  })

  test('people create and read tasks, agents take and end them', async () => {
    const rights = [
      ['POST', '/tasks', ['operator', 'admin']],
      ['GET', '/tasks', ['reader', 'operator', 'admin']],
      ['GET', '/tasks/x', ['reader', 'operator', 'admin']],
      ['GET', '/agent/tasks?name=x', ['collector', 'admin']],
      ['POST', '/agent/tasks/x/result', ['collector', 'admin']],
    ] as const
    for (const [method, path, allowed] of rights)
      for (const role of ['reader', 'collector', 'operator', 'admin'] as const) {
        const { status } = await api().ask(role, `/api/v1${path}`, { method })
        assert.equal(
          status === 403,
          allowed.every((one) => one !== role),
          `${role}: ${method} ${path}: ${status}`,
        )
      }
    assert.equal((await api().ask(null, '/api/v1/agent/tasks?name=x')).status, 401)
  })

  test('tasks are no changes of an asset', async () => {
    const feed = async () => (await api().ask('reader', '/api/v1/changes?asset=idle')).body
    const already = await feed()
    const [task] = await create(api(), { assets: ['idle'] })
    await tell(api(), task!.id, DONE)
    assert.deepEqual(await feed(), already)
  })

  test('tasks are kept for 30 days after they expired', async () => {
    const [task] = await create(api(), { assets: ['idle'] })
    api().wait(30 * 86_400_000)
    const [later] = await create(api(), { assets: ['idle'] })
    assert.equal((await look(api(), task!.id)).id, task!.id)
    api().wait(3_601_000)
    const [last] = await create(api(), { assets: ['idle'] })
    assert.equal((await api().ask('reader', `/api/v1/tasks/${task!.id}`)).status, 404)
    for (const { id } of [later!, last!]) assert.equal((await look(api(), id)).id, id)
  })
})

onEveryDatabase('tasks while their hosts report', (database) => {
  const same = oneOf(database)
  const [api, other] = [apiOn(same), apiOn(same)]

  test('none waits for the other in a ring', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `host-${String(at).padStart(2, '0')}`)
    const report = async (seq: number) =>
      await api().post(
        ...names.map((name) =>
          reportOf({ seq, sections: { gadget: okSection({ ...DATA, model: `M${seq}` }) }, identity: { name, evidence: { cert: name } } }),
        ),
      )
    await report(1)
    for (let seq = 2; seq < 8; seq++) {
      const [receipts] = await Promise.all([
        report(seq),
        ...Array.from({ length: 6 }, async (_, at) => {
          await sleep(8 * at)
          await create(other(), { assets: names.toReversed() })
        }),
      ])
      assert.ok(receipts.every(({ outcome }) => outcome === 'updated'))
    }
  })
})

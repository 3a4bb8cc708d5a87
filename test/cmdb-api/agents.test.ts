import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentConfigs } from '../../cmdb-api/agent-configs.ts'
import { AgentsSeen } from '../../cmdb-api/agents-seen.ts'
import { listAgents, type AgentRow } from '../../repository/agents.ts'
import { onEveryDatabase } from '../databases.ts'
import { apiOn } from './api.ts'
import { resultsOf } from './estate.ts'
import { reportOf } from './reports.ts'

onEveryDatabase('what agents are told', (database) => {
  const api = apiOn(database)
  const write = async (method: string, path: string, body?: unknown) => {
    const answer =
      body === undefined
        ? await api().ask('operator', `/api/v1${path}`, { method })
        : await api().send('operator', `/api/v1${path}`, body, method)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  const ask = async (query: Record<string, string>, etag?: string) =>
    await api().ask(
      'collector',
      `/api/v1/agent/config?${new URLSearchParams(query).toString()}`,
      etag === undefined ? {} : { headers: { 'if-none-match': etag } },
    )
  /** A host that has reported once. */
  const host = async (name: string, cert = `Cert-${name}`) => {
    const [receipt] = await api().post(
      reportOf({ seq: 1, sections: {}, identity: { name, evidence: { cert, machineId: `m-${cert}`, hostname: cert } } }),
    )
    return receipt!.identity!.assetId
  }
  const NOTHING = { services: {}, origins: {}, configUpdateInterval: 300 }

  test('a host that nobody knows, or linked, has no services; a linked one has them with where they come from', async () => {
    assert.deepEqual((await ask({ name: 'web-01' })).body, NOTHING)
    const asset = await host('web-01')
    assert.deepEqual((await ask({ name: 'web-01', asset })).body, NOTHING)
    await write('POST', '/templates', { name: 'web', services: { disks: ['disk', 60] } })
    await write('POST', '/templates', { name: 'all', services: { disks: ['disk', 600], users: ['user', 600] } })
    await write('POST', '/groups', { name: 'dc1' })
    await write('POST', '/groups', { name: 'rack2', parent: 'dc1' })
    await write('PUT', '/templates/all/groups/dc1')
    await write('PUT', '/groups/rack2/assets/web-01')
    await write('PUT', '/templates/web/assets/web-01')
    const answer = await ask({ name: 'web-01', asset })
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/json; charset=utf-8'])
    assert.deepEqual(answer.body, {
      services: { disks: ['disk', 60], users: ['user', 600] },
      origins: { disks: 'template web', users: 'template all via group dc1' },
      configUpdateInterval: 300,
    })
  })

  test('the host is found by asset id, else by cert, else by a name that only one asset has', async () => {
    const [one, two] = [await host('same', 'cert-1'), await host('same', 'cert-2')]
    assert.notEqual(one, two)
    await host('alone')
    await write('POST', '/templates', { name: 'first', services: { a: ['disk', 60] } })
    await write('POST', '/templates', { name: 'second', services: { b: ['disk', 60] } })
    await write('PUT', `/templates/first/assets/${one}`)
    await write('PUT', `/templates/second/assets/${two}`)
    await write('PUT', '/templates/second/assets/alone')
    const services = async (query: Record<string, string>) => Object.keys((await ask(query)).body['services'] as object).join()
    assert.equal(await services({ name: 'x', asset: one }), 'a')
    assert.equal(await services({ name: 'x', asset: one, cert: 'cert-2' }), 'a')
    assert.equal(await services({ name: 'x', asset: 'gone', cert: 'CERT-2' }), 'b')
    assert.equal(await services({ name: 'alone', cert: 'unknown' }), 'b')
    assert.equal(await services({ name: 'same' }), '')
    assert.equal((await ask({ asset: one })).status, 400)
  })

  test('an answer that is known is a 304 without a body, until an edit that is about this host', async () => {
    const asset = await host('cached')
    const other = await host('uncached')
    await write('POST', '/templates', { name: 'cache', services: { disks: ['disk', 60] } })
    await write('PUT', '/templates/cache/assets/cached')
    const etag = (await ask({ name: 'x', asset })).headers.get('etag')!
    assert.match(etag, /^"[\w-]{22}"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask({ name: 'x', asset }, known)
      assert.deepEqual([answer.status, answer.body['text'], answer.headers.get('etag')], [304, '', etag])
    }
    const others = (await ask({ name: 'x', asset: other })).headers.get('etag')!
    await write('PUT', '/templates/cache', { services: { disks: ['disk', 70] } })
    const changed = await ask({ name: 'x', asset }, etag)
    assert.deepEqual([changed.status, changed.body['services']], [200, { disks: ['disk', 70] }])
    assert.equal((await ask({ name: 'x', asset: other }, others)).status, 304)
    await write('PUT', '/templates/cache', { services: { disks: ['disk', 60] } })
    assert.equal((await ask({ name: 'x', asset })).headers.get('etag'), etag)
  })

  test('an answer in memory costs one read, and an edit through another process is seen at once', async () => {
    const asset = await host('counted')
    await write('POST', '/templates', { name: 'counted', services: { disks: ['disk', 60] } })
    let reads = 0
    const reader = api().register.reader.withPlugin({
      transformQuery: ({ node }) => {
        reads += 1
        return node
      },
      transformResult: ({ result }) => Promise.resolve(result),
    })
    const elsewhere = new AgentConfigs(reader, 300)
    const agent = { asset, cert: null, name: 'counted' }
    const before = await elsewhere.of(agent)
    reads = 0
    assert.equal(await elsewhere.of(agent), before)
    assert.equal(reads, 1)
    await write('PUT', '/templates/counted/assets/counted')
    assert.match((await elsewhere.of(agent)).body, /"disks":\["disk",60\]/)
  })

  test('agents are listed with what they said last, one row each', async () => {
    const asset = await host('listed')
    await ask({ name: 'listed' })
    await ask({ name: 'listed', cert: 'Cert-listed', asset, address: '192.0.2.7', version: '1.2.3' })
    const rows = async () => resultsOf(await api().ask('reader', '/api/v1/agents?name=listed'))
    // What is pending is written after five seconds; here we wait for it, however long that takes.
    for (let tries = 0; (await rows()).length === 0 && tries < 600; tries++) await new Promise((turn) => setTimeout(turn, 100))
    const [row, ...others] = await rows()
    assert.deepEqual(
      { ...row, askedAt: typeof row?.['askedAt'] },
      {
        name: 'listed',
        assetId: asset,
        assetName: 'listed',
        certId: 'Cert-listed',
        address: '192.0.2.7',
        version: '1.2.3',
        askedAt: 'string',
      },
    )
    assert.equal(others.length, 0)
    assert.equal(resultsOf(await api().ask('reader', '/api/v1/agents?askedAt__lt=2020-01-01')).length, 0)
    assert.equal((await api().ask('reader', '/api/v1/agents?colour=red')).status, 400)
  })

  test('who has asked since then is not among those who have not', async () => {
    await ask({ name: 'busy', cert: 'busy' })
    const busy = async (time: number) =>
      resultsOf(await api().ask('reader', `/api/v1/agents?name=busy&askedAt__lt=${new Date(time).toISOString()}`)).length
    for (let tries = 0; (await busy(api().now() + 1000)) === 0 && tries < 600; tries++) await new Promise((turn) => setTimeout(turn, 100))
    api().wait(60_000)
    await ask({ name: 'busy', cert: 'busy' })
    assert.deepEqual([await busy(api().now() - 30_000), await busy(api().now() + 1000)], [0, 1])
  })

  test('agents that ask no more are forgotten here with their last time written, and after 90 days in the database', async () => {
    const register = await database.open()
    const seen = new AgentsSeen(register, (error) => assert.fail(String(error)))
    const agent: AgentRow = { key: 'cert/q', name: 'q', cert: 'q', asset_id: null, address: '192.0.2.1', version: '1', asked_at: 1_000 }
    const other = { ...agent, key: 'cert/r', name: 'r', cert: 'r' }
    const stored = async () => {
      await seen.flush()
      const rows = await listAgents(register.reader, { name: null, version: null, askedBefore: null, after: null, limit: 10 })
      return rows.map(({ name, asked_at }) => `${name} ${asked_at}`)
    }
    seen.add(agent)
    await stored()
    seen.add({ ...agent, asked_at: 61_000 })
    assert.deepEqual([await stored(), seen.askedAt('cert/q')], [['q 1000'], 61_000])
    seen.add({ ...other, asked_at: 2_000_000 })
    assert.deepEqual([await stored(), seen.askedAt('cert/q')], [['q 61000', 'r 2000000'], undefined])
    seen.add({ ...agent, asked_at: 2_061_000 })
    assert.deepEqual(await stored(), ['q 2061000', 'r 2000000'])
    seen.add({ ...other, asked_at: 2_030_000 + 90 * 86_400_000 })
    assert.deepEqual(await stored(), [`q 2061000`, `r ${2_030_000 + 90 * 86_400_000}`])
    seen.add({ ...other, asked_at: 2_030_000 + 92 * 86_400_000 })
    assert.deepEqual(await stored(), [`r ${2_030_000 + 92 * 86_400_000}`])
  })

  test('an agent is written when something about it changed, else once in a quarter of an hour', async () => {
    const register = await database.open()
    const failures: unknown[] = []
    const seen = new AgentsSeen(register, (error) => failures.push(error))
    const agent: AgentRow = { key: 'cert/c', name: 'n', cert: 'c', asset_id: null, address: '192.0.2.1', version: '1', asked_at: 1_000 }
    const stored = async () => {
      await seen.flush()
      const rows = await listAgents(register.reader, { name: null, version: null, askedBefore: null, after: null, limit: 10 })
      return rows.map(({ name, address, asked_at }) => `${name} ${address} ${asked_at}`)
    }
    seen.add({ ...agent, key: 'name/n', cert: null })
    assert.deepEqual(await stored(), ['n 192.0.2.1 1000'])
    seen.add(agent)
    assert.deepEqual(await stored(), ['n 192.0.2.1 1000'])
    seen.add({ ...agent, asked_at: 301_000 })
    assert.deepEqual([await stored(), seen.askedAt('cert/c')], [['n 192.0.2.1 1000'], 301_000])
    seen.add({ ...agent, asked_at: 901_000 })
    assert.deepEqual(await stored(), ['n 192.0.2.1 901000'])
    seen.add({ ...agent, asked_at: 902_000, address: '192.0.2.2' })
    assert.deepEqual(await stored(), ['n 192.0.2.2 902000'])
    assert.deepEqual(failures, [])
  })
})

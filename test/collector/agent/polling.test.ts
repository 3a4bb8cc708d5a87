import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Agent } from '../../../collector/agent/agent.ts'
import { readDecided, type Central } from '../../../collector/agent/central.ts'
import { failedErrand } from '../../../collector/agent/errand.ts'
import { pollCentral, TaskPolling, type PollingOptions } from '../../../collector/agent/polling.ts'
import type { Api } from '../../../collector/api-client.ts'
import { writeCert } from '../../../collector/cert.ts'
import { DEFAULTS } from '../../../conf/defaults.ts'
import { scratch } from '../scratch.ts'

const CENTRAL: Central = { services: { disks: ['disk', 600] }, origins: { disks: 'template web' }, configUpdateInterval: 300 }

type Answering = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** An agent, and the other end of its questions, where a test says what is answered. Time passes a thousand times as fast. */
async function polled(t: TestContext, answering: Answering) {
  const folder = scratch(t)
  const certFile = join(folder, 'cert')
  await writeCert(certFile, { name: 'web-01', id: 'c1', assetId: 'a1', seq: 1 })
  const asked: string[] = []
  const server = createServer((request, response) => {
    void (async () => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      asked.push(`${request.method} ${request.url} ${request.headers['if-none-match'] ?? ''}`.trim())
      answering(request, response, body)
    })()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stopping = new AbortController()
  const api: Api = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't', ca: null, timeoutSeconds: 5 }
  const timing = {
    now: Date.now,
    uptime: () => performance.now() * 1000,
    after: (ms: number, call: () => void) => {
      const timer = globalThis.setTimeout(call, ms / 1000)
      return () => clearTimeout(timer)
    },
  }
  const options: PollingOptions = {
    findApi: () => Promise.resolve(api),
    certFile: () => certFile,
    version: '1.2.3',
    timing,
    random: () => 0.5,
    signal: stopping.signal,
  }
  const tasks = new TaskPolling(options)
  const logged: string[] = []
  const agent = await Agent.plan({
    settings: DEFAULTS,
    central: null,
    spread: 0,
    runErrand: ({ collect }) =>
      Promise.resolve({ ...failedErrand(''), waiting: 0, failed: null, reportId: collect?.plugins.join() ?? null }),
    onTaskResult: (task, result) => void tasks.tell(task, result),
    timing,
    random: () => 0.5,
    log: (_, message, fields) => void logged.push(`${message} ${fields?.['reason'] ?? ''}`.trim()),
  })
  t.after(async () => {
    stopping.abort()
    await agent.stop()
    server.closeAllConnections()
    server.close()
  })
  return { agent, tasks, options, asked, logged, file: join(folder, 'central.json') }
}

async function until(holds: () => boolean): Promise<void> {
  const late = Date.now() + 60_000
  while (!holds()) {
    assert.ok(Date.now() < late, 'waited for a minute')
    await setTimeout(5)
  }
}

suite('polling', () => {
  test('what the API decides holds, is kept on disk, and is asked for by its ETag from then on', async (t) => {
    const { agent, options, asked, file } = await polled(t, (request, response) => {
      if (request.headers['if-none-match'] === '"7"') response.writeHead(304).end()
      else response.writeHead(200, { etag: '"7"' }).end(JSON.stringify(CENTRAL))
    })
    const polling = pollCentral(agent, options, file, null)
    await until(() => asked.length >= 8)
    assert.ok(getEventListeners(options.signal, 'abort').length <= 2, 'an agent that polls for years keeps nothing of it')
    assert.match(asked[0]!, /^GET \/api\/v1\/agent\/config\?cert=c1&asset=a1&name=web-01&(?:address=[^&]+&)?version=1\.2\.3$/)
    assert.match(asked[2]!, /"7"$/)
    assert.deepEqual([...agent.plan.keys()], ['disks'])
    assert.deepEqual((await readDecided(file))?.central, CENTRAL)
    void polling
  })

  test('nonsense, and an API that is down, leave the last good answer in force, and are complained about once', async (t) => {
    let count = 0
    const { agent, options, asked, file, logged } = await polled(t, (_, response) => {
      count += 1
      if (count === 1) response.end(JSON.stringify(CENTRAL))
      else if (count === 2) response.end('{"services":{"disks":["disk","often"]}}')
      else response.writeHead(503).end()
    })
    void pollCentral(agent, options, file, null)
    await until(() => asked.length >= 6)
    assert.deepEqual([...agent.plan.keys()], ['disks'])
    assert.equal(logged.filter((line) => line.includes('no configuration')).length, 1)
    assert.equal(logged.filter((line) => line.includes('503')).length, 1)
  })

  test('whatever goes wrong is complained about, and asked again; the agent goes on', async (t) => {
    const { agent, tasks, options, asked, file, logged } = await polled(t, (request, response) => {
      response.end(JSON.stringify(request.url!.includes('tasks') ? { tasks: [] } : CENTRAL))
    })
    let failures = 0
    const findApi = options.findApi
    const broken = {
      ...options,
      findApi: async () => ((failures += 1) <= 3 ? await Promise.reject(new TypeError('nobody foresaw it')) : await findApi()),
    }
    void pollCentral(agent, broken, file, null)
    void tasks.poll(agent)
    await until(() => failures > 3 && asked.some((line) => line.includes('config')) && logged.some((line) => line.includes('well again')))
    assert.equal(logged.filter((line) => line.includes('nobody foresaw it')).length, 1, logged.join())
  })

  test('a damaged file of decisions is none', async (t) => {
    const file = join(scratch(t), 'central.json')
    for (const text of ['', '{', '{"api":"x","etag":null,"central":{"services":{}}}', '[]', 'null']) {
      writeFileSync(file, text)
      assert.equal(await readDecided(file), null, text)
    }
    assert.ok(existsSync(file) && readFileSync(file, 'utf8') === 'null')
  })

  test('a task is done once, however often it is offered, and told until it is heard', async (t) => {
    const told: string[] = []
    let refusals = 3
    const { agent, tasks, asked } = await polled(t, (request, response, body) => {
      if (request.method === 'GET')
        return void response.end(JSON.stringify({ tasks: told.length > 0 ? [] : [{ id: 't1', kind: 'collect', plugins: ['disk'] }] }))
      refusals -= 1
      if (refusals >= 0) return void response.writeHead(503).end()
      told.push(`${request.url} ${body}`)
      return void response.end()
    })
    void tasks.poll(agent)
    await until(() => told.length > 0 && asked.length > 8)
    assert.deepEqual(told, ['/api/v1/agent/tasks/t1/result {"state":"done","reason":null,"reportId":"disk","outcome":null,"changes":null}'])
    assert.ok(asked.some((line) => line.includes('wait=50&running=t1')))
  })

  test('a task that the API knows no more is let go', async (t) => {
    const { agent, tasks, asked } = await polled(t, (request, response) => {
      if (request.method === 'POST') response.writeHead(404).end()
      else response.end(JSON.stringify({ tasks: asked.length === 1 ? [{ id: 't1', kind: 'collect', plugins: null }] : [] }))
    })
    void tasks.poll(agent)
    await until(() => asked.length > 4 && !asked.at(-1)!.includes('running'))
    assert.equal(asked.filter((line) => line.startsWith('POST')).length, 1)
  })
})

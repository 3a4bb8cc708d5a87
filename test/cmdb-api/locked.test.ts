import Database from 'better-sqlite3'
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import { startServer } from '../../cmdb-api/server.ts'
import { gadget, reportOf } from './reports.ts'

/** An API on a SQLite file that another program can lock. */
async function world(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-locked-'))
  const file = join(folder, 'rollcall.db')
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    database: `sqlite://${file}`,
    tls: null,
    staleAfterMs: 86_400_000,
    configUpdateSeconds: 300,
    folder,
    plugins: [gadget(2)],
    version: '0.0.0',
    logger: pino({ level: 'silent' }),
  })
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const token = readFileSync(server.tokenFile!, 'utf8').trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const get = async (path: string) => await fetch(`${server.url}${path}`, { headers })
  const post = async (seq: number) => {
    const body = JSON.stringify({ reports: [reportOf({ seq, sections: {} })] })
    return await fetch(`${server.url}/api/v1/reports`, { method: 'POST', headers, body })
  }
  const lock = () => {
    const other = new Database(file)
    other.exec('begin immediate')
    return () => void other.close()
  }
  return { server, token, get, post, lock }
}

test('while another program has the database locked, reports wait, and the API answers whatever only reads', async (t) => {
  const { get, post, lock } = await world(t)
  const unlock = lock()
  const posted = post(1)
  for (let time = 0; time < 5; time++) {
    await setTimeout(50)
    const start = performance.now()
    for (const path of ['/healthz', '/api/v1/assets']) assert.equal((await get(path)).status, 200)
    const tookMs = performance.now() - start
    assert.ok(tookMs < 1000, `${tookMs} ms`)
  }
  unlock()
  const answer = await posted
  assert.deepEqual([answer.status, ((await answer.json()) as { receipts: { outcome: string }[] }).receipts[0]?.outcome], [200, 'created'])
})

test(
  'a database that stays locked is a 503 that says when to come again, and nothing of a report is kept',
  { timeout: 60_000 },
  async (t) => {
    const { get, post, lock } = await world(t)
    const unlock = lock()
    for (const answer of await Promise.all([post(1), post(2)])) {
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [503, 'application/problem+json; charset=utf-8'])
      assert.ok(Number(answer.headers.get('retry-after')) > 0)
      assert.match(((await answer.json()) as { detail: string }).detail, /another program keeps the database locked/)
    }
    unlock()
    assert.equal((await post(3)).status, 200)
    assert.equal(((await (await get('/api/v1/assets')).json()) as { results: unknown[] }).results.length, 1)
  },
)

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import type { Receipt, Report } from '../../cmdb-api/contract.ts'
import { driftOf } from '../../cli/assets.ts'
import { scratch } from '../collector/scratch.ts'
import { FIXTURES } from '../plugins/recorded.ts'
import { rollcall, rollcallJson, serve, type Surroundings } from './rollcall.ts'

interface Asset {
  readonly id: string
  readonly name: string
  readonly hostname: string | null
  readonly drift: boolean
  readonly labels: Readonly<Record<string, string>>
}

/** An API with its data folder, and a request to it as the admin. */
async function api(t: TestContext, extra: Partial<Surroundings> = {}) {
  const here: Surroundings = { data: scratch(t), ...extra }
  const url = await serve(t, here)
  const request = async (path: string, init: { readonly method?: string; readonly body?: object } = {}) => {
    const headers = { authorization: `Bearer ${readFileSync(join(here.data, 'token'), 'utf8').trim()}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/api/v1${path}`, {
      method: init.method ?? 'GET',
      headers,
      ...(init.body && { body: JSON.stringify(init.body) }),
    })
    return { status: answer.status, body: await answer.json() }
  }
  return { here, url, request }
}

const post = async (here: Surroundings, ...args: readonly string[]) =>
  (await rollcallJson<{ receipts: Receipt[] }>([...args, '--json'], here)).receipts

test('a host that cannot reach the API keeps its report, ends with 3, and sends it later', async (t) => {
  const data = scratch(t)
  const down = { data, env: { ROLLCALL_API__URL: 'http://127.0.0.1:9', ROLLCALL_API__TOKEN: 'env:NONE', NONE: 'rc_a.b' } }
  const { status, stderr } = await rollcall(['collect', '--post'], down)
  assert.equal(status, 3, stderr)
  assert.match(stderr, /1 report waits in .*spool: the next "rollcall collect --post" sends them/)
  assert.match(stderr, /nothing listens there/)
  const waiting = () => readdirSync(join(data, 'spool')).filter((file) => file.endsWith('.json'))
  assert.equal(waiting().length, 1)
  await serve(t, { data })
  const receipts = await post({ data }, 'collect', '--post')
  assert.deepEqual([receipts.length, receipts[0]!.outcome], [2, 'created'])
  assert.match(receipts[1]!.outcome, /^(updated|unchanged)$/)
  assert.equal(waiting().length, 0)
})

test('tokens are created, listed and revoked; none of their texts is kept, and the first is for its owner alone', async (t) => {
  const { here, url } = await api(t)
  assert.equal(statSync(join(here.data, 'token')).mode & 0o777, 0o600)
  const made = await rollcall(['token', 'create', '--role', 'reader', '--name', 'auditor', '--expires', '30d'], here)
  assert.equal(made.status, 0, made.stderr)
  const text = made.stdout.trim()
  assert.match(text, /^rc_\w+\.\S{20,}$/)
  const as = async (token: string, path: string, method = 'GET') =>
    (await fetch(`${url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } })).status
  assert.deepEqual([await as(text, '/assets'), await as(text, '/tokens'), await as('rc_x.y', '/assets')], [200, 403, 401])
  const listed = await rollcall(['token', 'list'], here)
  assert.match(listed.stdout, /^ID +NAME +ROLE/)
  assert.match(listed.stdout, /auditor +reader +all/)
  assert.doesNotMatch(listed.stdout, new RegExp(text.split('.')[1]!.slice(0, 12)))
  const id = /(\S+) +auditor/.exec(listed.stdout)![1]!
  assert.equal((await rollcall(['token', 'revoke', id], here)).stdout, `token ${id} is revoked\n`)
  assert.equal(await as(text, '/assets'), 401)
  assert.match((await rollcall(['token', 'list'], here)).stdout, /auditor +reader +all .*revoked/)
  const nameless = await rollcall(['token', 'create'], here)
  assert.deepEqual([nameless.status, nameless.stdout], [2, ''])
})

test('the database is backed up while the API runs, and the copy is whole', async (t) => {
  const { here } = await api(t)
  await post(here, 'collect', '--post')
  const file = join(here.data, 'copy.db')
  const { status, stdout } = await rollcall(['db', 'backup', file], here)
  assert.deepEqual([status, stdout], [0, `the register is backed up in ${file}\n`])
  const copy = new Database(file, { readonly: true })
  assert.equal(copy.pragma('integrity_check', { simple: true }), 'ok')
  assert.deepEqual(copy.prepare('select count(*) as assets from asset').get(), { assets: 1 })
  copy.close()
  assert.equal((await rollcall(['db', 'backup', file], here)).status, 2, 'a backup never overwrites one')
  assert.match((await rollcall(['db', 'migrate'], here)).stdout, /of this version/)
})

test('a cert is shown, pinned and reset', async (t) => {
  const here = { data: scratch(t) }
  const cert = async (...args: readonly string[]) => (await rollcall(['cert', ...args], here)).stdout
  assert.match(await cert(), /no name is pinned yet/)
  assert.match(await cert('pin', 'web-01'), /pinned web-01 in/)
  assert.equal(readFileSync(join(here.data, 'cert'), 'utf8'), 'web-01\n')
  assert.match(await cert('show'), /^web-01\n +file .*\n +cert +pre-assigned: a name alone\n +asset +not registered yet\n$/)
  assert.equal((await rollcallJson<{ cert: { name: string } }>(['cert', '--json'], here)).cert.name, 'web-01')
  assert.match(await cert('reset'), /is gone/)
  assert.equal(existsSync(join(here.data, 'cert')), false)
  writeFileSync(join(here.data, 'cert'), 'web-01\nnonsense\n')
  const broken = await rollcall(['collect', '--post'], here)
  assert.equal(broken.status, 2)
  assert.match(broken.stderr, /line 2: expected .* Mend it, or start anew with: rollcall cert reset/)
})

test('a pre-assigned name is the asset’s, and claims the asset that was entered by hand', async (t) => {
  const { here, request } = await api(t)
  const entered = await request('/assets', { method: 'POST', body: { name: 'db-07' } })
  assert.equal(entered.status, 201)
  writeFileSync(join(here.data, 'cert'), 'db-07\n')
  // Ports and interfaces are those of other tests, too.
  const collect = async () => (await post(here, 'collect', '--post', '--plugin', 'basic,board,cpu'))[0]!
  const receipt = await collect()
  assert.equal(receipt.matchedBy, 'preassigned-name')
  assert.deepEqual(receipt.identity, { name: 'db-07', assetId: (entered.body as Asset).id })
  const [asset, ...others] = await rollcallJson<Asset[]>(['assets', '--json'], here)
  assert.deepEqual([asset!.name, asset!.hostname, asset!.drift, others.length], ['db-07', hostname(), hostname() !== 'db-07', 0])
  assert.match((await rollcall(['assets'], here)).stdout, new RegExp(`db-07 .*drift: calls itself ${hostname()}`))
  assert.equal((await collect()).outcome, 'unchanged')
})

test('a recorded capture is imported under its name, again and again, and is shown as of then', async (t) => {
  const { here } = await api(t)
  const folder = join(FIXTURES, 'noise/server')
  const first = await rollcall(['import', folder, '--name', 'web2'], here)
  assert.equal(first.status, 0, first.stderr)
  assert.match(first.stdout, /^web2: created, \d+ changes/)
  const between = new Date().toISOString()
  assert.match((await rollcall(['import', folder, '--name', 'web2'], here)).stdout, /^web2: unchanged/)
  assert.match(
    (await rollcall(['import', join(FIXTURES, 'noise/disk-swapped'), '--name', 'web2'], here)).stdout,
    /^web2: updated, 2 changes/,
  )
  const disks = async (...args: readonly string[]) => {
    const { sections } = await rollcallJson<Report>(['asset', 'web2', '--section', 'disk', '--json', ...args], here)
    return (sections['disk']!.data as { disks: { serial: string }[] }).disks.map(({ serial }) => serial)
  }
  assert.ok((await disks()).includes('W462FF01') && !(await disks()).includes('W461A2B3'))
  assert.ok((await disks('--at', between)).includes('W461A2B3'))
  assert.match(
    (await rollcall(['changes', 'web2', '--section', 'disk'], here)).stdout,
    /disk disks wwn=0x5000c500a1b2c3d4 +removed \(.*W461A2B3/,
  )
})

test('what a host says reaches no terminal as it is', async (t) => {
  const { here } = await api(t)
  const folder = join(here.data, 'evil')
  await rollcall(['record', '--out', folder, '--plugin', 'user,basic'], here)
  const passwd = readFileSync(join(folder, 'etc-passwd.txt'), 'utf8')
  writeFileSync(join(folder, 'etc-passwd.txt'), `${passwd}mallory:x:6666:6666:\u{1b}]0;owned\u{7}\u{1b}[31m\u{202e}:/home:/bin/sh\n`)
  assert.equal((await rollcall(['import', folder, '--name', 'mallory'], here)).status, 0)
  writeFileSync(join(folder, 'etc-passwd.txt'), `${passwd}mallory:x:6666:6666:\u{1b}[32m:/home:/bin/sh\n`)
  assert.equal((await rollcall(['import', folder, '--name', 'mallory'], here)).status, 0)
  for (const args of [
    ['asset', 'mallory', '--section', 'user'],
    ['changes', 'mallory'],
  ]) {
    const { stdout } = await rollcall(args, here)
    assert.ok(stdout.includes('\\u{1b}[32m'), stdout)
    // eslint-disable-next-line no-control-regex -- these very characters
    assert.doesNotMatch(stdout, /[\u{0}-\u{9}\u{b}-\u{1f}\u{7f}-\u{9f}\u{202e}]/u)
  }
})

test('drift is told as what it is: the host has another name, or what is pinned for it', () => {
  const told = [null, 'VM.fra1', 'web-02'].map((observed) => driftOf({ name: 'vm', hostname: observed }))
  const pinned = 'a host list or its cert has another name'
  assert.deepEqual(told, [pinned, pinned, 'calls itself web-02'])
})

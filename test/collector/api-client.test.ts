import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { postJson } from '../../collector/api-client.ts'
import { ApiUnreachable, ApiUntrusted, ApiUnauthorised } from '../../collector/errors.ts'
import { findApi } from '../../collector/local-api.ts'
import { peer } from './peer.ts'
import { receiptOf } from './reports.ts'
import { scratch } from './scratch.ts'

const BODY = JSON.stringify({ reports: [] })
const HAS_OPENSSL = spawnSync('openssl', ['version']).error === undefined

test('a small body goes as it is, a big one compressed', async (t) => {
  const { api, asked } = await peer(t, ({ reports }) => reports.map((one) => receiptOf(one, 'created')))
  await postJson(api, '/api/v1/reports', BODY)
  await postJson({ ...api, url: `${api.url}/` }, '/api/v1/reports', JSON.stringify({ reports: [], padding: 'x'.repeat(5000) }))
  assert.deepEqual(
    asked.map(({ headers }) => headers['content-encoding']),
    [undefined, 'zstd'],
  )
  assert.deepEqual(
    asked.map(({ headers }) => headers.authorization),
    ['Bearer rc_1.secret', 'Bearer rc_1.secret'],
  )
  assert.ok(asked[1]!.bytes < 200)
})

test('an API that never answers is unreachable after its time', async (t) => {
  const { api } = await peer(t, () => undefined)
  await assert.rejects(
    postJson({ ...api, timeoutSeconds: 0.2 }, '/', BODY),
    (error) => error instanceof ApiUnreachable && /within 0.2 s/.test(error.message),
  )
})

test('a signal ends what is under way and lets nothing begin; one that lives long keeps nothing of what is over', async (t) => {
  const stopping = new AbortController()
  const { signal } = stopping
  const { api, asked } = await peer(t, ({ reports }) => reports.map((one) => receiptOf(one, 'created')))
  const silent = await peer(t, () => undefined)
  for (let count = 0; count < 20; count += 1) await postJson({ ...api, signal }, '/api/v1/reports', BODY)
  await assert.rejects(postJson({ ...silent.api, signal, timeoutSeconds: 0.2 }, '/', BODY), /within 0.2 s/)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  const underWay = assert.rejects(postJson({ ...silent.api, signal }, '/', BODY), /when all was stopped/)
  stopping.abort()
  await underWay
  await assert.rejects(postJson({ ...api, signal }, '/', BODY), /when all was stopped/)
  assert.equal(asked.length, 20)
})

test('a connection that is cut, and a name that nobody knows, are unreachable', async (t) => {
  const { api } = await peer(t, (_, response) => void response.destroy())
  await assert.rejects(postJson(api, '/', BODY), ApiUnreachable)
  await assert.rejects(postJson({ ...api, url: 'http://nowhere.invalid' }, '/', BODY), ApiUnreachable)
})

test(
  'a certificate of our own is refused without its authority, and trusted with it',
  { skip: !HAS_OPENSSL && 'openssl is not installed' },
  async (t) => {
    const folder = scratch(t)
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      cert,
    ]
    execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' })
    const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    const { api } = await peer(t, () => [], tls)
    await assert.rejects(postJson(api, '/', BODY), (error) => error instanceof ApiUntrusted && /api\.ca/.test(error.message))
    assert.deepEqual(await postJson({ ...api, ca: tls.cert }, '/', BODY), { receipts: [] })
    const wrongName = { ...api, ca: tls.cert, url: api.url.replace('127.0.0.1', 'localhost') }
    await assert.rejects(postJson(wrongName, '/', BODY), (error) => error instanceof ApiUntrusted || error instanceof ApiUnreachable)
  },
)

test('an address that is none is unreachable, and a token that is none opens nothing', async (t) => {
  const { api, asked } = await peer(t, () => [])
  for (const url of ['http://127.0.0.1:87930', 'http://[::1', 'http://a%b', 'ftp://127.0.0.1'])
    await assert.rejects(
      postJson({ ...api, url }, '/', BODY),
      (error) => error instanceof ApiUnreachable && error.message.includes('cannot be reached'),
      url,
    )
  for (const token of ['rc_1.secret\n# rotated', 'rc_1.sécret', 'two words', ''])
    await assert.rejects(
      postJson({ ...api, token }, '/', BODY),
      (error) => error instanceof ApiUnauthorised && (token === '' || !error.message.includes(token)),
      token,
    )
  assert.equal(asked.length, 0)
})

test('TLS spoken to a plain port is unreachable, with the reason', async (t) => {
  const { api } = await peer(t, () => [])
  await assert.rejects(postJson({ ...api, url: api.url.replace('http:', 'https:') }, '/', BODY), ApiUnreachable)
})

const SETTINGS = { url: null, token: null, ca: null, timeoutSeconds: 30 }

test('the API on this machine is found in the data folder', async (t) => {
  const data = scratch(t)
  assert.equal(await findApi(SETTINGS, data), null)
  writeFileSync(join(data, 'local-api.json'), '{"url":"http://127.')
  assert.equal(await findApi(SETTINGS, data), null)
  const local = { url: 'http://127.0.0.1:8700', token: 'rc_2.local' }
  writeFileSync(join(data, 'local-api.json'), JSON.stringify(local))
  assert.deepEqual(await findApi(SETTINGS, data), { ...local, ca: null, timeoutSeconds: 30 })
  assert.equal((await findApi({ ...SETTINGS, token: 'rc_3.mine' }, data))?.token, 'rc_3.mine')
})

test("what another user's API has left is told, and is no matter where another API is named", async (t) => {
  const data = scratch(t)
  // Root may read everything, but no folder as a file.
  mkdirSync(join(data, 'local-api.json'))
  await assert.rejects(findApi(SETTINGS, data), { name: 'ConfError', message: /local-api\.json, which cannot be read/ })
  assert.equal((await findApi({ ...SETTINGS, url: 'https://x', token: 'y' }, data))?.url, 'https://x')
})

test("this machine's token goes to no other API", async (t) => {
  const data = scratch(t)
  writeFileSync(join(data, 'local-api.json'), JSON.stringify({ url: 'http://127.0.0.1:8700', token: 'rc_2.local' }))
  await assert.rejects(findApi({ ...SETTINGS, url: 'https://cmdb.example:8700' }, data), {
    name: 'ConfError',
    message: /no token for https/,
  })
  await assert.rejects(findApi({ ...SETTINGS, url: 'https://x', token: 'y', ca: join(data, 'none.pem') }, data), ApiUntrusted)
})

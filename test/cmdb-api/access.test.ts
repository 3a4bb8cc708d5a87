import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToken, ROLES, type Role } from '../../cmdb-api/auth.ts'
import { onEveryDatabase } from '../databases.ts'
import { estateOn, resultsOf } from './estate.ts'
import { until } from './tasks.ts'

const NOBODY = '00000000-0000-4000-8000-000000000000'

/** Who may do what. The body is not looked at before the role is. */
const RIGHTS: readonly (readonly [method: string, path: string, allowed: readonly Role[]])[] = [
  ['GET', '/assets', ['reader', 'operator', 'admin']],
  ['GET', `/assets/${NOBODY}`, ['reader', 'operator', 'admin']],
  ['GET', `/assets/${NOBODY}/changes`, ['reader', 'operator', 'admin']],
  ['GET', '/changes', ['reader', 'operator', 'admin']],
  ['GET', '/change-sets/1', ['reader', 'operator', 'admin']],
  ['GET', '/conflicts', ['reader', 'operator', 'admin']],
  ['GET', '/templates', ['reader', 'operator', 'admin']],
  ['GET', '/templates/x', ['reader', 'operator', 'admin']],
  ['GET', '/templates/x/assets', ['reader', 'operator', 'admin']],
  ['GET', '/groups', ['reader', 'operator', 'admin']],
  ['GET', '/groups/x', ['reader', 'operator', 'admin']],
  ['GET', '/groups/x/assets', ['reader', 'operator', 'admin']],
  ['GET', '/agents', ['reader', 'operator', 'admin']],
  ['GET', '/agent/config?name=x', ['collector', 'admin']],
  ['POST', '/templates', ['operator', 'admin']],
  ['PUT', '/templates/x', ['operator', 'admin']],
  ['DELETE', '/templates/x', ['operator', 'admin']],
  ['PUT', '/templates/x/assets/y', ['operator', 'admin']],
  ['DELETE', '/templates/x/assets/y', ['operator', 'admin']],
  ['PUT', '/templates/x/groups/y', ['operator', 'admin']],
  ['DELETE', '/templates/x/groups/y', ['operator', 'admin']],
  ['POST', '/groups', ['operator', 'admin']],
  ['PUT', '/groups/x', ['operator', 'admin']],
  ['DELETE', '/groups/x', ['operator', 'admin']],
  ['PUT', '/groups/x/assets/y', ['operator', 'admin']],
  ['DELETE', '/groups/x/assets/y', ['operator', 'admin']],
  ['POST', '/assets', ['operator', 'admin']],
  ['POST', '/reports', ['collector', 'admin']],
  ['POST', '/captures', ['capture', 'collector', 'admin']],
  ['GET', '/tokens', ['admin']],
  ['POST', '/tokens', ['admin']],
  ['DELETE', '/tokens/000000000000', ['admin']],
]

onEveryDatabase('who may do what', (database) => {
  const { api, get } = estateOn(database)

  for (const [method, path, allowed] of RIGHTS) {
    test(`${method} ${path} is for ${allowed.join(', ')}`, async () => {
      assert.equal((await api().ask(null, `/api/v1${path}`, { method })).status, 401)
      for (const role of ROLES) {
        const { status } = await api().ask(role, `/api/v1${path}`, { method })
        assert.equal(status === 403, !allowed.includes(role), `${role}: ${status}`)
      }
    })
  }

  test('a capture token may send captures, and can do nothing else', async () => {
    const described = await api().ask(null, '/api/v1/openapi.json')
    const paths = described.body['paths'] as Record<string, Record<string, { readonly security?: readonly unknown[] }>>
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ path, method: method.toUpperCase(), isOpen: security?.length === 0 })),
    )
    assert.ok(routes.length > RIGHTS.length / 2)
    for (const { path, method } of routes.filter((one) => !one.isOpen)) {
      const { status } = await api().ask('capture', path.replaceAll(/\{\w+\}/g, NOBODY), { method })
      assert.equal(status === 403, path !== '/api/v1/captures', `${method} ${path}: ${status}`)
    }
    assert.deepEqual(
      routes.filter(({ isOpen }) => isOpen).map(({ path }) => path),
      ['/healthz'],
    )
  })

  test('a token is refused that is wrong, revoked, expired or used from elsewhere, and none is said to be which', async () => {
    const { register, send, now } = api()
    const right = api().tokens.get('reader')!
    const [id = '', secret = ''] = right.slice('rc_'.length).split('.')
    const made = async (of: object) => (await createToken(register.db, { name: 'x', role: 'reader', ...of }, now())).text
    const revoked = await made({})
    assert.equal((await api().ask('admin', `/api/v1/tokens/${revoked.slice(3, 15)}`, { method: 'DELETE' })).status, 204)
    assert.equal((await api().ask('admin', `/api/v1/tokens/${revoked.slice(3, 15)}`, { method: 'DELETE' })).status, 404)
    const wrong = {
      'another secret': `rc_${id}.${secret.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
      'an unknown id': `rc_000000000000.${secret}`,
      'no token': 'hello',
      nothing: '',
      NUL: `rc_${id}.${secret.slice(1)}%00`,
      revoked,
      expired: await made({ expiresAt: now() - 1 }),
      elsewhere: await made({ networks: ['10.0.0.0/8', '2001:db8::/32'] }),
    }
    const details = new Set<unknown>()
    for (const [what, token] of Object.entries(wrong)) {
      const answer = await api().ask(null, '/api/v1/assets', { headers: { authorization: `Bearer ${token}` } })
      assert.equal(answer.status, 401, what)
      if (token !== '') details.add(answer.body['detail'])
    }
    assert.equal(details.size, 1)
    for (const token of [
      await made({ expiresAt: now() + 60_000 }),
      await made({ networks: ['10.0.0.0/8', '127.0.0.0/8'] }),
      await made({ networks: ['127.0.0.1'] }),
    ])
      assert.equal((await api().ask(null, '/api/v1/assets', { headers: { authorization: `bearer ${token}` } })).status, 200)
    for (const network of ['10.0.0.0/', '10.0.0.0/33', '10.0.0.0/8/8', 'all', '::/129', ''])
      assert.equal((await send('admin', '/api/v1/tokens', { name: 'x', role: 'reader', networks: [network] })).status, 400, network)
  })

  test('a token made over HTTP works, is listed without its secret, and tells when it was used', async () => {
    const made = await api().send('admin', '/api/v1/tokens', { name: 'for a test', role: 'collector', expiresAt: '2099-01-01T00:00:00Z' })
    assert.equal(made.status, 201)
    const { id, token } = made.body as { id: string; token: string }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    assert.equal((await api().ask(null, '/api/v1/reports', { method: 'POST', headers, body: '{}' })).status, 400)
    const mineOf = async () => resultsOf(await get('/tokens', 'admin')).find((one) => one['id'] === id)
    // No request waits for it to be written.
    await until(async () => typeof (await mineOf())?.['usedAt'] === 'string')
    const listed = await get('/tokens', 'admin')
    const mine = await mineOf()
    assert.deepEqual(
      [mine?.['name'], mine?.['role'], mine?.['expiresAt'], typeof mine?.['usedAt']],
      ['for a test', 'collector', '2099-01-01T00:00:00.000Z', 'string'],
    )
    assert.doesNotMatch(JSON.stringify(listed.body), new RegExp(token.split('.')[1]!))
    assert.equal((await api().send('admin', '/api/v1/tokens', { name: 'a\0b', role: 'reader' })).status, 400)
  })
})

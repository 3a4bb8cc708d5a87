import { Ajv2020 } from 'ajv/dist/2020.js'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { createToken, type Role } from '../../cmdb-api/auth.ts'
import { onEveryDatabase } from '../databases.ts'
import { apiOn, type Answer } from './api.ts'
import { okSection, reportOf } from './reports.ts'

const DATA = { model: 'M1', owners: ['ann'], parts: [{ wwn: 'w1', slot: '0', label: 'a', sizeBytes: 1, tags: [] }] }
const NOBODY = '00000000-0000-4000-8000-000000000000'

/** Who may do what. The body is not looked at before the role is. */
const RIGHTS: readonly (readonly [method: string, path: string, allowed: readonly Role[]])[] = [
  ['GET', '/assets', ['reader', 'operator', 'admin']],
  ['GET', `/assets/${NOBODY}`, ['reader', 'operator', 'admin']],
  ['GET', `/assets/${NOBODY}/changes`, ['reader', 'operator', 'admin']],
  ['GET', '/changes', ['reader', 'operator', 'admin']],
  ['GET', '/change-sets/1', ['reader', 'operator', 'admin']],
  ['GET', '/conflicts', ['reader', 'operator', 'admin']],
  ['POST', '/assets', ['operator', 'admin']],
  ['POST', '/reports', ['collector', 'admin']],
  ['GET', '/tokens', ['admin']],
  ['POST', '/tokens', ['admin']],
  ['DELETE', '/tokens/000000000000', ['admin']],
]

onEveryDatabase('HTTP', (database) => {
  const api = apiOn(database)
  const kindOf = (at: number) => (at % 2 === 0 ? 'physical' : 'vm')
  const get = async (path: string, role: Role = 'reader') => await api().ask(role, `/api/v1${path}`)
  const results = ({ body, status }: Answer) => {
    assert.equal(status, 200, JSON.stringify(body))
    return body['results'] as Record<string, unknown>[]
  }
  /** All pages of a list, by the cursors that it gives. */
  const all = async (path: string) => {
    const rows: Record<string, unknown>[] = []
    for (let cursor = '', pages = 0; ; pages++) {
      const answer = await get(`${path}${path.includes('?') ? '&' : '?'}limit=7${cursor}`)
      rows.push(...results(answer))
      if (answer.body['next'] === null) return { rows, pages }
      cursor = `&cursor=${String(answer.body['next'])}`
    }
  }

  before(async () => {
    const hosts = Array.from({ length: 30 }, (_, at) => ({
      at,
      name: `host-${String(at % 10).padStart(2, '0')}${at < 10 ? '' : `-${at}`}`,
    }))
    const reports = hosts.map(({ at, name }) =>
      reportOf({
        seq: 1,
        labels: { site: 'fra1' },
        sections: {
          gadget: okSection({ ...DATA, model: `M${at % 3}` }, { volatile: { usedBytes: 7, parts: { 'wwn=w1': { state: 'fine' } } } }),
        },
        identity: {
          name,
          kind: kindOf(at),
          evidence: { cert: name, hostname: at === 3 ? 'elsewhere' : name, vendor: 'Dell Inc.', product: 'R650', serial: `SN-${at}` },
        },
      }),
    )
    // Ten at a time, so that many share their times.
    for (let at = 0; at < 30; at += 10) await api().post(...reports.slice(at, at + 10))
    const changed = hosts
      .slice(0, 20)
      .map(({ at, name }) =>
        reportOf({
          seq: 2,
          labels: { site: 'fra1' },
          sections: { gadget: okSection({ ...DATA, model: 'changed', parts: [] }) },
          identity: { name, kind: kindOf(at), evidence: { cert: name, hostname: name } },
        }),
      )
    await api().post(...changed)
  })

  for (const [method, path, allowed] of RIGHTS) {
    test(`${method} ${path} is for ${allowed.join(', ')}`, async () => {
      assert.equal((await api().ask(null, `/api/v1${path}`, { method })).status, 401)
      for (const role of ['reader', 'collector', 'operator', 'admin'] as const) {
        const { status } = await api().ask(role, `/api/v1${path}`, { method })
        assert.equal(status === 403, !allowed.includes(role), `${role}: ${status}`)
      }
    })
  }

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
    const listed = await get('/tokens', 'admin')
    const mine = results(listed).find((one) => one['id'] === id)
    assert.deepEqual(
      [mine?.['name'], mine?.['role'], mine?.['expiresAt'], typeof mine?.['usedAt']],
      ['for a test', 'collector', '2099-01-01T00:00:00.000Z', 'string'],
    )
    assert.doesNotMatch(JSON.stringify(listed.body), new RegExp(token.split('.')[1]!))
    assert.equal((await api().send('admin', '/api/v1/tokens', { name: 'a\0b', role: 'reader' })).status, 400)
  })

  for (const ordering of ['', 'name', '-name', 'firstSeen', '-firstSeen', 'lastSeen', '-lastSeen']) {
    test(`pages of assets by ${ordering || 'default'} hold each one once, in order`, async () => {
      const { rows, pages } = await all(`/assets${ordering && `?ordering=${ordering}`}`)
      assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length)
      assert.ok(rows.length >= 30 && pages >= 4)
      const field = ordering.replace('-', '') || 'name'
      const values = rows.map((row) => String(row[field]))
      const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      assert.deepEqual(values, ordering.startsWith('-') ? sorted.toReversed() : sorted)
    })
  }

  test('pages of changes hold each one once, newest first', async () => {
    for (const path of [
      '/changes',
      '/changes?section=gadget',
      '/changes?section__in=gadget,asset,none',
      '/changes?op=added',
      '/assets/host-00/changes',
    ]) {
      const { rows } = await all(path)
      const ids = rows.map(({ id }) => Number(id))
      assert.ok(ids.length > 1, path)
      assert.deepEqual(
        ids,
        [...new Set(ids)].toSorted((a, b) => b - a),
        path,
      )
    }
  })

  const counted: readonly (readonly [filter: string, count: number])[] = [
    ['name=host-03', 1],
    ['name__n=host-03', 29],
    ['name__ic=HOST-03', 3],
    ['name__in=host-03,host-04,none', 2],
    ['name__ic=%25', 0],
    ['name__ic=_', 0],
    ['kind=vm', 15],
    ['kind=vm&name__ic=-03', 3],
    ['hostname=elsewhere', 0],
    ['firstSeen__gt=2020-01-01T00:00:00Z', 30],
    ['lastSeen__lt=2020-01-01', 0],
    ['stale=false', 30],
    ['stale=true', 0],
    ['q=host-03', 3],
    ['q=dell%20inc.|r650|sn-3', 1],
    ['q=SN', 0],
  ]
  for (const [filter, count] of counted) {
    test(`assets?${filter} finds ${count}, and counts them`, async () => {
      const answer = await get(`/assets?status=in-use&count=true&limit=1000&${filter}`)
      assert.equal(results(answer).filter(({ name }) => /^host/.test(String(name))).length, count)
      assert.equal(answer.body['count'], count)
    })
  }

  const wrong = [
    '/assets?colour=red',
    '/assets?name__gt=a',
    '/assets?name__ic__x=a',
    '/assets?toString=1',
    '/assets?__proto__=1',
    '/assets?constructor__in=1',
    '/assets?limit=0',
    '/assets?limit=1001',
    '/assets?limit=x',
    '/assets?ordering=kind',
    '/assets?stale=maybe',
    '/assets?lastSeen__lt=yesterday',
    '/assets?name=a&name=b',
    '/assets?cursor=x',
    '/assets/host-00?at=yesterday',
    '/assets/host-00?colour=red',
    '/changes?colour=red',
    '/changes?op=moved',
    '/changes?at__gt=x',
    '/changes?cursor=MS41',
    '/assets/host-00/changes?asset=host-01',
    '/conflicts?colour=red',
  ]
  for (const path of wrong) {
    test(`${path} is refused, and what is wrong is pointed at`, async () => {
      const { status, body, headers } = await get(path)
      assert.equal(status, 400, JSON.stringify(body))
      assert.equal(headers.get('content-type'), 'application/problem+json; charset=utf-8')
      assert.deepEqual(
        [body['type'], body['title'], body['status'], body['requestId']],
        ['about:blank', 'Bad Request', 400, headers.get('x-request-id')],
      )
      assert.match((body['errors'] as { pointer: string }[])[0]!.pointer, /^\?/)
    })
  }

  test('a cursor of one list is refused by another', async () => {
    const byName = (await get('/assets?limit=1')).body['next']
    const byTime = (await get('/assets?limit=1&ordering=lastSeen')).body['next']
    for (const path of [
      `/assets?ordering=-name&cursor=${String(byName)}`,
      `/assets?cursor=${String(byTime)}`,
      `/changes?cursor=${String(byName)}`,
    ])
      assert.equal((await get(path)).status, 400, path)
  })

  test('one asset shows its sections with their latest values, by id and by name', async () => {
    const answer = await get('/assets/host-02-22')
    assert.equal(answer.headers.get('etag'), '"1"')
    const { id, sections, labels, drift } = answer.body as {
      id: string
      sections: Record<string, Record<string, unknown>>
      labels: object
      drift: boolean
    }
    assert.deepEqual([labels, drift], [{ site: 'fra1' }, false])
    const { data, collectedAt, ...gadget } = sections['gadget']!
    assert.deepEqual(data, { ...DATA, model: 'M1', usedBytes: 7, parts: [{ ...DATA.parts[0], state: 'fine' }] })
    assert.deepEqual(gadget, { status: 'ok', reason: null, version: 1, stale: false, lastKnown: [], source: 'agent' })
    assert.ok(Date.parse(collectedAt as string) > 0)
    assert.deepEqual((await get(`/assets/${id}`)).body, answer.body)
    assert.equal((await get('/assets/nobody')).status, 404)
    assert.equal((await get(`/assets/${'x'.repeat(255)}`)).status, 404)
  })

  test('an unchanged report makes a section as fresh as it is', async () => {
    const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
    const identity = { name: 'fresh', evidence: { cert: 'fresh' } }
    const send = async (seq: number, time: string, assetId: string | null, sections = { gadget: okSection(DATA) }) =>
      (await api().post(reportOf({ seq, collectedAt: time, identity: { ...identity, assetId }, sections })))[0]!
    const { assetId } = (await send(1, at(-30), null)).identity!
    await send(2, at(-20), assetId)
    const latest = at(-10)
    await send(3, latest, assetId)
    const { body } = await get('/assets/fresh')
    assert.equal((body['sections'] as Record<string, { collectedAt: string }>)['gadget']!.collectedAt, latest)
  })

  test('an asset as of a past time is what it was then', async () => {
    const [first] = results(await get('/assets/host-00/changes?op=added&section=gadget'))
    const then = (await get(`/assets/host-00?at=${String(first!['at'])}`)).body as {
      at: string
      sections: Record<string, { data: object }>
    }
    assert.deepEqual([then.at, then.sections['gadget']!.data], [first!['at'], { ...DATA, model: 'M0' }])
    const now = (await get('/assets/host-00')).body as typeof then
    assert.deepEqual(now.sections['gadget']!.data, { ...DATA, model: 'changed', parts: [], usedBytes: 7 })
    assert.equal((await get('/assets/host-00?at=2020-01-01T00:00:00Z')).status, 404)
  })

  test('a change set holds all that one report changed', async () => {
    const [change] = results(await get('/assets/host-00/changes'))
    const { body } = await get(`/change-sets/${String(change!['changeSetId'])}`)
    assert.deepEqual(
      (body['changes'] as { field: string; op: string }[]).map(({ field, op }) => `${field} ${op}`),
      ['model changed', 'null removed'],
    )
    assert.equal((await get('/change-sets/999999999')).status, 404)
    assert.equal((await get('/change-sets/x')).status, 404)
  })

  test('an asset entered by hand is claimed by the first report that bears its name', async () => {
    const made = await api().send('operator', '/api/v1/assets', { name: 'planned-01' })
    assert.deepEqual([made.status, made.body['firstSeen'], made.body['status']], [201, null, 'planned'])
    assert.equal((await api().send('operator', '/api/v1/assets', { name: 'planned-01' })).status, 409)
    for (const body of [{ name: 'a\0b' }, { name: '' }, { name: 'x', colour: 'red' }, { name: 7 }])
      assert.equal((await api().send('operator', '/api/v1/assets', body)).status, 400)
    const [claimed] = await api().post(reportOf({ seq: 1, sections: {}, identity: { name: 'planned-01', evidence: { cert: 'planned' } } }))
    assert.deepEqual([claimed!.outcome, claimed!.matchedBy, claimed!.identity!.assetId], ['created', 'preassigned-name', made.body['id']])
  })

  test('two assets of one name are asked for by id', async () => {
    const identity = (n: number) => ({ name: 'localhost', evidence: { cert: `localhost-${n}` } })
    await api().post(...[1, 2].map((n) => reportOf({ seq: 1, sections: {}, identity: identity(n) })))
    const { status, body } = await get('/assets/localhost')
    assert.equal(status, 409)
    assert.match(String(body['detail']), /ask by id/)
    const [conflict] = results(await get('/conflicts'))
    assert.deepEqual([conflict?.['cause'], (conflict?.['assetIds'] as string[]).length], ['name-taken', 2])
  })

  test('every answer fits the description, which is OpenAPI 3.1, and /docs shows it', async () => {
    const { body } = await api().ask(null, '/api/v1/openapi.json')
    assert.equal(body['openapi'], '3.1.0')
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ ...body, $id: 'api' })
    type Operation = {
      responses: Record<string, { content?: Record<string, unknown> }>
      parameters?: { name: string; in: string }[]
      security?: unknown[]
    }
    const paths = body['paths'] as Record<string, Record<string, Operation>>
    const pointer = (...parts: string[]) =>
      `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
    for (const [path, operations] of Object.entries(paths))
      for (const [method, { responses, parameters = [] }] of Object.entries(operations)) {
        assert.deepEqual(
          parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`),
          path.match(/\{\w+\}/g) ?? [],
        )
        for (const [status, { content = {} }] of Object.entries(responses))
          for (const type of Object.keys(content))
            ajv.compile({ $ref: pointer('paths', path, method, 'responses', status, 'content', type, 'schema') })
      }
    const fits = (path: string, method: string, status: string, type: string, answer: unknown) => {
      const check = ajv.compile({ $ref: pointer('paths', path, method, 'responses', status, 'content', type, 'schema') })
      assert.ok(check(answer), `${method} ${path}: ${ajv.errorsText(check.errors)}`)
    }
    const examples: readonly (readonly [path: string, asked: string, role?: Role])[] = [
      ['/api/v1/assets', '/assets?count=true'],
      ['/api/v1/assets/{ref}', '/assets/host-00'],
      ['/api/v1/assets/{ref}', `/assets/host-00?at=${new Date().toISOString()}`],
      ['/api/v1/changes', '/changes'],
      ['/api/v1/assets/{ref}/changes', '/assets/host-00/changes'],
      ['/api/v1/change-sets/{id}', '/change-sets/1'],
      ['/api/v1/conflicts', '/conflicts'],
      ['/api/v1/tokens', '/tokens', 'admin'],
    ]
    for (const [path, asked, role] of examples) fits(path, 'get', '200', 'application/json', (await get(asked, role)).body)
    fits('/api/v1/assets', 'get', 'default', 'application/problem+json', (await get('/assets?colour=red')).body)
    const sent = { reports: [reportOf({ seq: 9, sections: {}, identity: { name: 'host-00', evidence: { cert: 'host-00' } } })] }
    const request = ajv.compile({
      $ref: pointer('paths', '/api/v1/reports', 'post', 'requestBody', 'content', 'application/json', 'schema'),
    })
    assert.ok(request(sent), ajv.errorsText(request.errors))
    fits('/api/v1/reports', 'post', '200', 'application/json', (await api().send('collector', '/api/v1/reports', sent)).body)
    for (const [path, operations] of Object.entries(paths))
      for (const { security } of Object.values(operations)) assert.deepEqual(security, path === '/healthz' ? [] : undefined)

    assert.equal((await api().ask(null, '/')).headers.get('location'), '/docs')
    const docs = await fetch(`${api().url}/docs`)
    assert.equal(docs.status, 200)
    assert.match(await docs.text(), /swagger/i)
    const lost = await api().ask(null, '/nowhere')
    assert.deepEqual([lost.status, lost.headers.get('content-type')], [404, 'application/problem+json; charset=utf-8'])
  })
})

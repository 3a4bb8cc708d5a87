import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEveryDatabase } from '../databases.ts'
import { estateOn, nextOf, resultsOf } from './estate.ts'
import { reportOf } from './reports.ts'

onEveryDatabase('lists', (database) => {
  const { api, get } = estateOn(database)

  /** All pages of a list, by the cursors that it gives. */
  const all = async (path: string) => {
    const rows: Readonly<Record<string, unknown>>[] = []
    for (let cursor = '', pages = 0; ; pages++) {
      const answer = await get(`${path}${path.includes('?') ? '&' : '?'}limit=7${cursor}`)
      rows.push(...resultsOf(answer))
      const next = nextOf(answer)
      if (next === null) return { rows, pages }
      cursor = `&cursor=${next}`
    }
  }

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
    ['hostname=elsewhere', 1],
    ['firstSeen__gt=2020-01-01T00:00:00Z', 30],
    ['lastSeen__lt=2020-01-01', 0],
    ['stale=false', 30],
    ['stale=true', 0],
    ['q=host-03', 3],
    ['q=dell%20inc.|r650|sn-3', 1],
    ['q=sn-3', 1],
    ['q=SN-3', 1],
    ['q=f00d3', 1],
    ['q=SN', 0],
  ]

  for (const [filter, count] of counted) {
    test(`assets?${filter} finds ${count}, and counts them`, async () => {
      const answer = await get(`/assets?status=in-use&count=true&limit=1000&${filter}`)
      assert.equal(resultsOf(answer).filter(({ name }) => String(name).startsWith('host')).length, count)
      assert.equal(answer.body['count'], count)
    })
  }

  test('a host that was never collected is neither stale nor before or after any time', async () => {
    await api().send('operator', '/api/v1/assets', { name: 'planned' })
    for (const [filter, count] of [
      ['stale=true', 0],
      ['stale=false', 1],
      ['lastSeen__lt=2099-01-01', 0],
      ['lastSeen__gte=1970-01-01', 0],
      ['firstSeen__lt=2099-01-01', 0],
    ])
      assert.equal(resultsOf(await get(`/assets?name=planned&${filter}`)).length, count, String(filter))
  })

  test('a text is found whatever the case of its letters, those beyond ASCII too', async () => {
    await api().send('operator', '/api/v1/assets', { name: 'ÄRZTE-01' })
    await api().post(reportOf({ seq: 1, sections: {}, identity: { name: 'x', evidence: { cert: 'x', hostname: 'Kühlraum' } } }))
    for (const filter of ['name__ic=ärzte', 'name__ic=ÄRZTE', 'q=Ärzte-01', 'hostname__ic=KÜHL', 'q=kühlRAUM'])
      assert.equal(resultsOf(await get(`/assets?${encodeURI(filter)}`)).length, 1, filter)
  })

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
    '/changes?at__gte=2026-01-01&at__gt=2026-01-02',
    '/changes?at__lte=2026-01-01&at__lt=2026-01-02',
    '/changes?section=disk&section__in=cpu',
    '/changes?source=agent&source__in=ssh',
    '/tasks?state=done&state__in=failed',
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
    const byName = nextOf(await get('/assets?limit=1'))
    const byTime = nextOf(await get('/assets?limit=1&ordering=lastSeen'))
    for (const path of [`/assets?ordering=-name&cursor=${byName}`, `/assets?cursor=${byTime}`, `/changes?cursor=${byName}`])
      assert.equal((await get(path)).status, 400, path)
  })
})

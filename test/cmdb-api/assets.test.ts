import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { onEveryDatabase } from '../databases.ts'
import { DATA, estateOn, resultsOf } from './estate.ts'
import { okSection, reportOf } from './reports.ts'

const secondsFromNow = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
const localhost = (n: number) => ({ name: 'localhost', evidence: { cert: `localhost-${n}` } })

onEveryDatabase('assets', (database) => {
  const { api, get } = estateOn(database)

  /** Whether an asset, its gadget and its widget are. */
  const staleOf = async (name: string) => {
    const { body } = await get(`/assets/${name}`)
    const { gadget, widget } = body['sections'] as Record<string, { stale: boolean }>
    return [body['stale'], gadget!.stale, widget!.stale]
  }

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
    const identity = { name: 'fresh', evidence: { cert: 'fresh' } }
    const send = async (seq: number, time: string, assetId: string | null, sections = { gadget: okSection(DATA) }) =>
      (await api().post(reportOf({ seq, collectedAt: time, identity: { ...identity, assetId }, sections })))[0]!
    const { assetId } = (await send(1, secondsFromNow(-30), null)).identity!
    await send(2, secondsFromNow(-20), assetId)
    const latest = secondsFromNow(-10)
    await send(3, latest, assetId)
    const { body } = await get('/assets/fresh')
    assert.equal((body['sections'] as Record<string, { collectedAt: string }>)['gadget']!.collectedAt, latest)
  })

  test('latest values find their item also when the host does not tell its strongest key any more', async () => {
    const part = { slot: '0', label: 'a', sizeBytes: 1, tags: [] }
    const send = async (seq: number, wwn: string | null, parts: object) =>
      await api().post(
        reportOf({
          seq,
          sections: { gadget: okSection({ model: null, owners: null, parts: [{ ...part, wwn }] }, { volatile: { parts } }) },
          identity: { name: 'latest', evidence: { cert: 'latest' } },
        }),
      )
    await send(1, 'w1', { 'wwn=w1': { state: 'fine' } })
    await send(2, null, { 'slot=0': { state: 'worn' } })
    const { body } = await get('/assets/latest')
    const { data, lastKnown } = (body['sections'] as Record<string, { data: { parts: object[] }; lastKnown: string[] }>)['gadget']!
    assert.deepEqual([data.parts, lastKnown], [[{ ...part, wwn: 'w1', state: 'worn' }], ['parts.wwn=w1.wwn']])
  })

  test('a cert that says the same name shorter or longer is no drift, one that says another is', async () => {
    const identity = { evidence: { cert: 'drifting', hostname: 'drifting' } }
    const drifts: unknown[] = []
    for (const [at, name] of ['drifting', 'drifting.fra.example', 'DRIFTING', 'elsewhere', 'drifting'].entries()) {
      const [receipt] = await api().post(reportOf({ seq: at + 1, sections: {}, identity: { ...identity, name } }))
      drifts.push((await get(`/assets/${receipt!.identity!.assetId}`)).body['drift'])
    }
    assert.deepEqual(drifts, [false, false, false, true, false])
  })

  test('an asset as of a past time is what it was then', async () => {
    const [first] = resultsOf(await get('/assets/host-00/changes?op=added&section=gadget'))
    const then = (await get(`/assets/host-00?at=${String(first!['at'])}`)).body as {
      at: string
      sections: Record<string, { data: object }>
    }
    assert.deepEqual([then.at, then.sections['gadget']!.data], [first!['at'], { ...DATA, model: 'M0' }])
    const now = (await get('/assets/host-00')).body as typeof then
    assert.deepEqual(now.sections['gadget']!.data, { ...DATA, model: 'changed', parts: [], usedBytes: 7 })
    assert.equal((await get('/assets/host-00?at=2020-01-01T00:00:00Z')).status, 404)
  })

  test('a hostname as of a past time is what the host called itself then, also where no section tells it', async () => {
    const made = await api().send('operator', '/api/v1/assets', { name: 'renamed' })
    assert.equal(made.status, 201)
    const times: [time: string, hostname: string | null][] = [[new Date(api().now()).toISOString(), null]]
    for (const [at, hostname] of ['one', 'two'].entries()) {
      await setTimeout(2)
      await api().post(reportOf({ seq: at + 1, sections: {}, identity: { name: 'renamed', evidence: { cert: 'renamed', hostname } } }))
      times.push([new Date(api().now()).toISOString(), hostname])
    }
    for (const [time, hostname] of times) assert.equal((await get(`/assets/renamed?at=${time}`)).body['hostname'], hostname)
    const { firstSeen } = (await get('/assets/renamed')).body
    const seen = await Promise.all(times.map(async ([time]) => (await get(`/assets/renamed?at=${time}`)).body['firstSeen']))
    assert.deepEqual(seen, [null, firstSeen, firstSeen], 'entered by hand, it was not seen yet')
    const changes = resultsOf(await get('/assets/renamed/changes?section=asset&field=hostname'))
    assert.deepEqual(
      changes.map(({ old, new: now }) => [old, now]),
      [
        ['one', 'two'],
        [null, 'one'],
      ],
    )
  })

  test('a change set holds all that one report changed', async () => {
    const [change] = resultsOf(await get('/assets/host-00/changes'))
    const { body } = await get(`/change-sets/${String(change!['changeSetId'])}`)
    assert.deepEqual(
      (body['changes'] as { field: string; op: string }[]).map(({ field, op }) => `${field} ${op}`),
      ['model changed', 'null removed'],
    )
    assert.equal(body['next'], null)
    const first = await get(`/change-sets/${String(change!['changeSetId'])}?limit=1`)
    const second = await get(`/change-sets/${String(change!['changeSetId'])}?limit=1&cursor=${String(first.body['next'])}`)
    assert.deepEqual([...(first.body['changes'] as []), ...(second.body['changes'] as [])], body['changes'])
    assert.deepEqual([typeof first.body['next'], second.body['next']], ['string', null])
    assert.equal((await get(`/change-sets/${String(change!['changeSetId'])}?colour=red`)).status, 400)
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

  test('a name that is entered twice at once is entered once', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async () => await api().send('operator', '/api/v1/assets', { name: 'planned-02' })),
    )
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    assert.equal(answers.filter(({ status }) => status === 409).length, 5)
    const taken = answers.find(({ status }) => status === 409)!
    assert.deepEqual(taken.body['errors'], [{ pointer: '/name', message: 'is taken' }])
    const [claimed] = await api().post(
      reportOf({ seq: 1, sections: {}, identity: { name: 'planned-02', evidence: { cert: 'planned-02' } } }),
    )
    assert.equal(claimed!.matchedBy, 'preassigned-name')
    assert.equal((await api().send('operator', '/api/v1/assets', { name: 'planned-02' })).status, 409)
  })

  test('two assets of one name are asked for by id', async () => {
    await api().post(...[1, 2].map((n) => reportOf({ seq: 1, sections: {}, identity: localhost(n) })))
    const { status, body } = await get('/assets/localhost')
    assert.equal(status, 409)
    assert.match(String(body['detail']), /ask by id/)
    const [conflict] = resultsOf(await get('/conflicts'))
    assert.deepEqual([conflict?.['cause'], (conflict?.['assetIds'] as string[] | undefined)?.length], ['name-taken', 2])
  })

  test('a name that very many hosts have is one conflict, which counts them and names a few', async () => {
    const hosts = Array.from({ length: 30 }, (_, at) => ({ name: 'raspberrypi', evidence: { cert: `raspberrypi-${at}` } }))
    const receipts = await api().post(...hosts.map((identity) => reportOf({ seq: 1, sections: {}, identity })))
    const found = resultsOf(await get('/conflicts')).find(({ summary }) => /raspberrypi/.test(String(summary)))
    const ids = found?.['assetIds'] as string[]
    assert.deepEqual([found?.['summary'], found?.['repeats'], ids.length], ['30 assets are called raspberrypi', 29, 11])
    assert.equal(ids.at(-1), receipts.at(-1)!.identity!.assetId)
  })

  // The last test: it moves the clock.
  test('a section that was not brought for long is stale, though its asset is not', async () => {
    const identity = { name: 'partly', evidence: { cert: 'partly' } }
    await api().post(reportOf({ seq: 1, sections: { gadget: okSection(DATA), widget: okSection(DATA) }, identity }))
    assert.deepEqual(await staleOf('partly'), [false, false, false])
    api().wait(2 * 86_400_000)
    assert.deepEqual(await staleOf('partly'), [true, true, true])
    await api().post(reportOf({ seq: 2, sections: { gadget: okSection(DATA) }, identity }))
    assert.deepEqual(await staleOf('partly'), [false, false, true])
  })
})

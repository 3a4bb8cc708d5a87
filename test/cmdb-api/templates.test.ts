import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEveryDatabase } from '../databases.ts'
import { estateOn, nextOf, resultsOf } from './estate.ts'

interface Change {
  readonly assetId: string | null
  readonly assetName: string
  readonly changeSetId: string
  readonly actor: string
  readonly source: string
  readonly section: string
  readonly list: string | null
  readonly item: string | null
  readonly field: string | null
  readonly op: string
  readonly old: unknown
  readonly new: unknown
}

/** What a person sees of a change: `what who section list item field op old new`. */
function shown({ assetName, actor, section, list, item, field, op, old, new: now }: Change): string {
  return [assetName, actor, section, list ?? '-', item ?? '-', field ?? '-', op, JSON.stringify(old), JSON.stringify(now)].join(' ')
}

onEveryDatabase('templates and groups', (database) => {
  const { api, get } = estateOn(database)
  const write = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    return await api().ask('operator', `/api/v1${path}`, { method, headers: { ...type, ...headers }, ...init })
  }
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await write(method, path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer
  }
  const historyOf = async (subject: string) => {
    const rows = resultsOf(await get(`/changes?section__in=template,group&limit=1000`)) as unknown as readonly Change[]
    return rows.filter(({ assetName }) => assetName === subject).toReversed()
  }

  test('a template is made, shown, changed by version, and deleted; each edit is in the history', async () => {
    const made = await done('POST', '/templates', { name: 'life', services: { disks: ['disk', 900], nics: ['nic', 3600] } })
    assert.deepEqual([made.status, made.headers.get('etag'), made.body['version'], made.body['assets']], [201, '"1"', 1, 0])
    assert.equal((await write('POST', '/templates', { name: 'life', services: {} })).status, 409)
    assert.deepEqual((await get('/templates/life')).body, made.body)

    const services = { nics: ['nic', 60], users: ['user', 86_400] }
    const changed = await write('PUT', '/templates/life', { services }, { 'if-match': '"1"' })
    assert.deepEqual([changed.status, changed.headers.get('etag'), changed.body['services']], [200, '"2"', services])
    const late = await write('PUT', '/templates/life', { services: {} }, { 'if-match': '"1"' })
    assert.equal(late.status, 412)
    assert.match(String(late.body['detail']), /somebody else changed the template life, it is at version 2 now/)
    const same = await write(
      'PUT',
      '/templates/life',
      { services: { users: ['user', 86_400], nics: ['nic', 60] } },
      { 'if-match': 'W/"2"' },
    )
    assert.deepEqual([same.status, same.body['version']], [200, 2])
    await done('DELETE', '/templates/life')
    assert.equal((await get('/templates/life')).status, 404)

    const history = await historyOf('template life')
    assert.deepEqual(history.map(shown), [
      'template life operator template - - - added null {"services":{"disks":["disk",900],"nics":["nic",3600]}}',
      'template life operator template services name=disks - removed {"name":"disks","plugin":"disk","intervalSeconds":900} null',
      'template life operator template services name=nics intervalSeconds changed 3600 60',
      'template life operator template services name=users - added null {"name":"users","plugin":"user","intervalSeconds":86400}',
      'template life operator template - - - removed {"services":{"nics":["nic",60],"users":["user",86400]},"groups":[],"assets":[]} null',
    ])
    assert.deepEqual([...new Set(history.map(({ assetId, source }) => `${assetId} ${source}`))], ['null person'])
    const set = await get(`/change-sets/${history[1]!.changeSetId}`)
    assert.deepEqual([set.body['actor'], (set.body['changes'] as unknown[]).length], ['operator', 3])
  })

  test('links and members come and go, once each, and are changes of the template or group', async () => {
    await done('POST', '/templates', { name: 'linked', services: {} })
    await done('POST', '/groups', { name: 'Köln 1', parent: null })
    const group = encodeURIComponent('Köln 1')
    const { id } = (await get('/assets/host-05')).body
    for (let time = 0; time < 2; time++) {
      for (const path of [`/templates/linked/assets/host-05`, `/templates/linked/groups/${group}`, `/groups/${group}/assets/${String(id)}`])
        assert.equal((await done('PUT', path)).status, 204)
    }
    assert.deepEqual((await get('/templates/linked')).body['groups'], ['Köln 1'])
    assert.equal((await get('/templates/linked')).body['assets'], 1)
    assert.deepEqual(resultsOf(await get('/templates/linked/assets')), [{ id, name: 'host-05' }])
    const { templates, assets } = (await get(`/groups/${group}`)).body
    assert.deepEqual([templates, assets], [['linked'], 1])

    const template = await write('DELETE', '/templates/linked')
    assert.equal(template.status, 409)
    assert.match(String(template.body['detail']), /still linked to 1 assets, group Köln 1: unlink it there first, or delete it with force/)
    const full = await write('DELETE', `/groups/${group}`)
    assert.deepEqual([full.status, /still has 1 assets, template linked/.test(String(full.body['detail']))], [409, true])

    for (const path of [`/templates/linked/assets/host-05`, `/templates/linked/groups/${group}`, `/groups/${group}/assets/host-05`]) {
      assert.equal((await done('DELETE', path)).status, 204)
      assert.equal((await write('DELETE', path)).status, 404)
    }
    const asset = JSON.stringify({ name: 'host-05', id })
    assert.deepEqual((await historyOf('template linked')).slice(1).map(shown), [
      `template linked operator template assets name=host-05 - added null ${asset}`,
      'template linked operator template groups name=Köln 1 - added null {"name":"Köln 1"}',
      `template linked operator template assets name=host-05 - removed ${asset} null`,
      'template linked operator template groups name=Köln 1 - removed {"name":"Köln 1"} null',
    ])
    assert.deepEqual((await historyOf('group Köln 1')).map(shown), [
      'group Köln 1 operator group - - - added null {"parent":null}',
      `group Köln 1 operator group assets name=host-05 - added null ${asset}`,
      `group Köln 1 operator group assets name=host-05 - removed ${asset} null`,
    ])
    assert.ok(resultsOf(await get('/assets/host-05/changes')).every(({ section }) => section !== 'template' && section !== 'group'))
  })

  test('deleting with force takes the links along, and the history keeps what they were', async () => {
    await done('POST', '/templates', { name: 'doomed', services: { disks: ['disk', 60] } })
    await done('POST', '/groups', { name: 'outer' })
    await done('POST', '/groups', { name: 'inner', parent: 'outer' })
    await done('PUT', '/templates/doomed/groups/inner')
    await done('PUT', '/templates/doomed/assets/host-01')
    await done('PUT', '/groups/inner/assets/host-02')
    const nested = await write('DELETE', '/groups/outer?force=true')
    assert.deepEqual([nested.status, nested.body['detail']], [409, 'inner is nested in group outer: move or delete that first'])
    await done('DELETE', '/groups/inner?force=true')
    await done('DELETE', '/templates/doomed?force=true')
    await done('DELETE', '/groups/outer')
    assert.deepEqual((await historyOf('group inner')).at(-1)?.old, { parent: 'outer', templates: ['doomed'], assets: ['host-02'] })
    assert.deepEqual((await historyOf('template doomed')).at(-1)?.old, {
      services: { disks: ['disk', 60] },
      groups: [],
      assets: ['host-01'],
    })
    assert.equal((await get('/assets/host-01')).status, 200)
  })

  test('groups nest, never in a circle, also when two people move at once', async () => {
    await done('POST', '/groups', { name: 'dc1' })
    await done('POST', '/groups', { name: 'rack2', parent: 'dc1' })
    await done('POST', '/groups', { name: 'shelf3', parent: 'rack2' })
    assert.deepEqual((await get('/groups/dc1')).body['groups'], ['rack2'])
    for (const [parent, told] of [
      ['dc1', /dc1 cannot be nested in itself/],
      ['shelf3', /dc1 cannot be nested in shelf3: that lies in dc1/],
    ] as const) {
      const { status, body } = await write('PUT', '/groups/dc1', { parent })
      assert.equal(status, 409)
      assert.match(String(body['detail']), told)
    }
    assert.equal((await write('PUT', '/groups/dc1', { parent: 'nowhere' })).status, 422)
    assert.equal((await write('POST', '/groups', { name: 'lost', parent: 'nowhere' })).status, 422)
    assert.equal((await write('PUT', '/groups/shelf3', { parent: 'dc1' }, { 'if-match': '"7"' })).status, 412)
    const moved = await write('PUT', '/groups/shelf3', { parent: 'dc1' }, { 'if-match': '"1"' })
    assert.deepEqual([moved.body['parent'], moved.headers.get('etag')], ['dc1', '"2"'])
    assert.equal((await historyOf('group shelf3')).map(shown).at(-1), 'group shelf3 operator group - - parent changed "rack2" "dc1"')

    for (const [name, host] of [
      ['dc1', 'host-00'],
      ['rack2', 'host-01'],
      ['rack2', 'host-00'],
      ['shelf3', 'host-02'],
    ] as const)
      await done('PUT', `/groups/${name}/assets/${host}`)
    const names = async (path: string) => resultsOf(await get(path)).map(({ name }) => name)
    assert.deepEqual(await names('/groups/dc1/assets'), ['host-00'])
    assert.deepEqual(await names('/groups/dc1/assets?nested=true'), ['host-00', 'host-01', 'host-02'])
    const first = await get('/groups/dc1/assets?nested=true&limit=2')
    assert.equal(resultsOf(first).length, 2)
    assert.deepEqual(await names(`/groups/dc1/assets?nested=true&limit=2&cursor=${nextOf(first)!}`), ['host-02'])

    for (const name of ['one', 'two', 'three']) await done('POST', '/groups', { name })
    const circle = [
      ['one', 'two'],
      ['two', 'three'],
      ['three', 'one'],
    ] as const
    const answers = await Promise.all(circle.map(([name, parent]) => write('PUT', `/groups/${name}`, { parent })))
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 200, 409],
    )
  })

  test('lists come in pages by name, and are filtered', async () => {
    for (const name of ['p-b', 'p-a', 'P-C']) {
      await done('POST', '/templates', { name, services: {} })
      await done('POST', '/groups', { name })
    }
    for (const path of ['/templates', '/groups']) {
      const names: unknown[] = []
      for (let next: string | null = ''; next !== null;) {
        const page = await get(`${path}?name__ic=p-&limit=2&count=true${next && `&cursor=${next}`}`)
        assert.equal(page.body['count'], 3)
        names.push(...resultsOf(page).map(({ name }) => name))
        next = nextOf(page)
      }
      assert.deepEqual(names, ['P-C', 'p-a', 'p-b'])
      assert.deepEqual(resultsOf(await get(`${path}?name__in=p-a,none`)).length, 1)
      for (const wrong of ['?colour=red', '?cursor=x', '?limit=0']) assert.equal((await get(`${path}${wrong}`)).status, 400)
    }
  })

  const wrong: readonly (readonly [what: string, path: string, body: unknown])[] = [
    ['no name', '/templates', { services: {} }],
    ['an empty name', '/templates', { name: '', services: {} }],
    ['a name with a slash', '/templates', { name: 'a/b', services: {} }],
    ['a name that ends with a space', '/templates', { name: 'a ', services: {} }],
    ['a name of 101 characters', '/templates', { name: 'a'.repeat(101), services: {} }],
    ['services in a list', '/templates', { name: 'a', services: [] }],
    ['an interval below 10 s', '/templates', { name: 'a', services: { disks: ['disk', 9] } }],
    ['an interval above 30 days', '/templates', { name: 'a', services: { disks: ['disk', 2_592_001] } }],
    ['half a second', '/templates', { name: 'a', services: { disks: ['disk', 10.5] } }],
    ['no interval', '/templates', { name: 'a', services: { disks: ['disk'] } }],
    ['more than an interval', '/templates', { name: 'a', services: { disks: ['disk', 10, 10] } }],
    ['a plugin that cannot be one', '/templates', { name: 'a', services: { disks: ['../disk', 10] } }],
    ['a service that is called __proto__', '/templates', JSON.parse('{"name":"a","services":{"__proto__":["disk",10]}}')],
    ['a field that nobody knows', '/templates', { name: 'a', services: {}, colour: 'red' }],
    ['a group without a name', '/groups', { parent: null }],
    ['a parent that is no text', '/groups', { name: 'a', parent: 7 }],
  ]
  for (const [what, path, body] of wrong)
    test(`${what} is refused`, async () => {
      assert.equal((await write('POST', path, body)).status, 400)
      assert.equal((await get(`${path}/a`)).status, 404)
    })

  test('what is not there is named', async () => {
    await done('POST', '/templates', { name: 'there', services: {} })
    for (const [method, path, told] of [
      ['PUT', '/templates/there/assets/nobody', /no asset has the id or name "nobody"/],
      ['PUT', '/templates/there/groups/nowhere', /there is no group "nowhere"/],
      ['PUT', '/templates/gone/assets/host-01', /there is no template "gone"/],
      ['PUT', '/groups/nowhere/assets/host-01', /there is no group "nowhere"/],
      ['DELETE', '/templates/gone', /there is no template "gone"/],
      ['DELETE', '/templates/there/assets/host-01', /template there is not linked to host-01 itself/],
    ] as const) {
      const { status, body } = await write(method, path)
      assert.equal(status, 404, path)
      assert.match(String(body['detail']), told)
    }
  })
})

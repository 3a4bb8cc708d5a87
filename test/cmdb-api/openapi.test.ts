import { Ajv2020 } from 'ajv/dist/2020.js'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Role } from '../../cmdb-api/auth.ts'
import { onEveryDatabase } from '../databases.ts'
import { estateOn } from './estate.ts'
import { reportOf } from './reports.ts'

/** A JSON Pointer into the description, which ajv knows as `api`. */
function pointer(...parts: readonly string[]): string {
  return `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
}

onEveryDatabase('the description of the API', (database) => {
  const { api, get } = estateOn(database)

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
      ['/api/v1/templates', '/templates?count=true'],
      ['/api/v1/templates/{name}', '/templates/web'],
      ['/api/v1/templates/{name}/assets', '/templates/web/assets'],
      ['/api/v1/groups', '/groups'],
      ['/api/v1/groups/{name}', '/groups/dc1'],
      ['/api/v1/groups/{name}/assets', '/groups/dc1/assets?nested=true'],
      ['/api/v1/changes', '/changes?section=template'],
      ['/api/v1/agents', '/agents'],
      ['/api/v1/agent/config', '/agent/config?name=host-00', 'collector'],
      ['/api/v1/tokens', '/tokens', 'admin'],
    ]
    const made = [
      ['POST', '/templates', { name: 'web', services: { disks: ['disk', 900] } }],
      ['POST', '/groups', { name: 'dc1' }],
      ['PUT', '/templates/web/groups/dc1', {}],
      ['PUT', '/groups/dc1/assets/host-00', {}],
    ] as const
    for (const [verb, path, sent] of made) assert.ok((await api().send('operator', `/api/v1${path}`, sent, verb)).status < 300)
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

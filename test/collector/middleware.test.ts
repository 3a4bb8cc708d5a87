import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectHost } from '../../collector/collect.ts'
import { MiddlewareError } from '../../collector/errors.ts'
import { loadMiddleware, type Middleware, type MiddlewareSetting } from '../../collector/middleware.ts'
import { fits } from '../../collector/middleware/mask-path.ts'
import { digestOf } from '../../plugins/digest.ts'
import type { Capture } from '../../plugins/frames.ts'
import { packages } from './plugins.ts'

const CAPTURE: Capture = {
  complete: true,
  probes: {
    packages: { exit: 0, stdout: 'acme-core 1.0 running\nzlib 1.3 idle\nbash 5.2 idle\n', stderr: '' },
    'machine-id': { exit: 0, stdout: '3d1219c7c4c5404aaa1f6d2a48adfda4\n', stderr: '' },
  },
}

const load = async () => ({})

async function collect(settings: readonly MiddlewareSetting[], more: readonly Middleware[] = []) {
  const middleware = [...(await loadMiddleware(settings, { plugins: [packages], load })), ...more]
  const { report } = await collectHost({
    plugins: [packages],
    middleware,
    run: async () => CAPTURE,
    cert: null,
    pin: false,
    address: 'web-01',
    collector: { version: '0.1.0', mode: 'agent', name: 'web-01' },
    now: () => 1000,
  })
  return report
}

const mask = (...fields: string[]): MiddlewareSetting => ['mask', { fields }]

test('a masked item is gone from data and volatile values, and the digest is that of what is left', async () => {
  const { sections } = await collect([mask('packages.packages.name=acme-*')])
  const { data, volatile, digest } = sections['packages']!
  assert.deepEqual(data, {
    owner: 'root',
    origins: ['acme-main', 'debian'],
    packages: [
      { name: 'bash', version: '5.2' },
      { name: 'zlib', version: '1.3' },
    ],
  })
  assert.deepEqual(volatile, { packages: { 'name=bash': { state: 'idle' }, 'name=zlib': { state: 'idle' } } })
  assert.equal(digest, digestOf(data))
})

test('a masked field is null: of the section, of every item, and of volatile values', async () => {
  const { sections } = await collect([mask('packages.owner', 'packages.packages.version', 'packages.packages.state')])
  const { data, volatile } = sections['packages']!
  const rows = ['acme-core', 'bash', 'zlib'].map((name) => ({ name, version: null }))
  assert.deepEqual(data, { owner: null, origins: ['acme-main', 'debian'], packages: rows })
  assert.equal(volatile, undefined)
})

test('members of a set, a whole list, and evidence can be masked', async () => {
  const { sections, identity } = await collect([mask('packages.origins=acme*', 'packages.packages', 'evidence.machineId')])
  assert.deepEqual(sections['packages']?.data, { owner: 'root', origins: ['debian'], packages: null })
  assert.deepEqual(identity.evidence, {})
})

const REFUSED: readonly (readonly [what: string, setting: MiddlewareSetting, message: RegExp])[] = [
  ['no fields', ['mask', {}], /mask needs fields/],
  ['no options', 'mask', /mask needs fields/],
  ['a path without a field', mask('packages'), /is no field/],
  ['an unknown section', mask('pakcages.owner'), /no section pakcages/],
  ['an unknown field', mask('packages.ower'), /it has owner, origins, packages/],
  ['an unknown field of a list', mask('packages.packages.nmae=x'), /it has packages.name, packages.version/],
  ['a pattern for a list', mask('packages.packages=x'), /names a list/],
  ['the one name that an item has', mask('packages.packages.name'), /hide whole items/],
  ['a label with a space', ['tag', { 'my site': 'x' }], /no label/],
  ['a label that is an object', ['tag', { site: {} }], /must be a text/],
  ['no labels', ['tag', ['site']], /tag needs labels/],
  ['a file that exports nothing', './mine.ts', /no default export/],
]
for (const [what, setting, message] of REFUSED) {
  test(`${what} in the settings is refused before anything is collected`, async () => {
    await assert.rejects(
      loadMiddleware([setting], { plugins: [packages], load }),
      (error) => error instanceof MiddlewareError && message.test(error.message),
    )
  })
}

test('tags are labels of the report, as text', async () => {
  const { labels } = await collect([['tag', { site: 'fra1', row: 7 }]])
  assert.deepEqual(labels, { site: 'fra1', row: '7' })
})

test('middleware wraps in the order of the settings, the first outermost', async () => {
  const seen: string[] = []
  const spy =
    (own: string): Middleware =>
    async (host, next) => {
      seen.push(`${own} before ${host.name}`)
      const draft = await next(host)
      seen.push(`${own} after`)
      return draft
    }
  await collect([], [spy('outer'), spy('inner')])
  assert.deepEqual(seen, ['outer before web-01', 'inner before web-01', 'inner after', 'outer after'])
})

const enrich: Middleware = async (host, next) => {
  const draft = await next(host)
  return { ...draft, sections: { ...draft.sections, rack: { status: 'ok', data: { row: 4 } } } }
}
const drop: Middleware = async (host, next) => ({ ...(await next(host)), sections: {} })

test('a section that no plugin declares stops the collection', async () => {
  await assert.rejects(collect([], [enrich]), MiddlewareError)
})

test('a dropped section is not in the report', async () => {
  assert.deepEqual((await collect([], [drop])).sections, {})
})

const FITS: readonly (readonly [value: unknown, pattern: string, fits: boolean])[] = [
  ['acme-core', 'acme-*', true],
  ['my-acme-core', 'acme-*', false],
  ['acme', 'acme', true],
  ['acme2', 'acme', false],
  ['libacme-dev', '*acme*', true],
  ['aba', 'ab*ba', false],
  ['abba', 'ab*ba', true],
  ['a-b-c', 'a*b*c', true],
  ['a-c-b', 'a*b*c', false],
  ['anything', '*', true],
  [null, '*', false],
  [22, '2*', true],
]
for (const [value, pattern, expected] of FITS) {
  test(`${JSON.stringify(value)} ${expected ? 'fits' : 'does not fit'} ${pattern}`, () => assert.equal(fits(value, pattern), expected))
}

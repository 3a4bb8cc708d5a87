import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { nearest } from '../../conf/nearest.ts'
import { distrust } from '../../conf/trusted.ts'
import { Unusable } from '../../plugins/errors.ts'
import { DEFAULTS } from '../../plugins/index.ts'
import { loadPlugins } from '../../plugins/load.ts'
import { expandNames } from '../../plugins/names.ts'

const RACK = `import { definePlugin, need, section, text } from 'rollcall/plugin'
import { Type } from 'typebox'
if (Type.String().type !== 'string') throw new Error('typebox is another one')
const summary: string = 'Where the host stands.'
export default definePlugin({
  name: 'rack', version: 1, summary,
  probes: { 'rack-file': { file: '/etc/rack' } },
  schema: section({ rack: text('Name of the rack.', '/etc/rack') }),
  keys: {}, volatile: [],
  parse: (answers) => ({ rack: need(answers['rack-file']).trim() }),
})`

function load(t: TestContext, names: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true, mode: 0o755 })
    writeFileSync(join(folder, name), text, { mode: 0o644 })
  }
  return loadPlugins(names, { folder, distrust, nearest })
}

test("'...' is the default list, '-x' drops one wherever it stands, and each name counts once", () => {
  assert.deepEqual(expandNames(['...'], ['a', 'b']), ['a', 'b'])
  assert.deepEqual(expandNames(['c', '...', '-b', './d.ts'], ['a', 'b', 'c']), ['c', 'a', './d.ts'])
  assert.deepEqual(expandNames(['-a', '...', '...'], ['a', 'b']), ['b'])
  assert.deepEqual(expandNames([], ['a']), [])
})

test('the default list is the built-in one, in its order', async (t) => {
  assert.deepEqual(
    (await load(t, ['...'])).map((plugin) => plugin.name),
    DEFAULTS,
  )
  assert.deepEqual(
    (await load(t, ['...', '-basic'])).map((plugin) => plugin.name),
    DEFAULTS.filter((name) => name !== 'basic'),
  )
})

test('a file beside the settings is a plugin, and shares the classes of the running copy', async (t) => {
  const [basic, rack] = await load(t, ['basic', './rack.ts'], { 'rack.ts': RACK, 'package.json': '{"type":"module"}' })
  assert.deepEqual([basic?.name, rack?.name], ['basic', 'rack'])
  assert.deepEqual(rack?.parse({ 'rack-file': { status: 'ok', text: 'A7\n' } }), { rack: 'A7' })
  assert.throws(() => rack?.parse({ 'rack-file': { status: 'denied', reason: 'no' } }), Unusable)
})

test('an npm package beside the settings is a plugin, whatever conditions it exports by', async (t) => {
  const [rack] = await load(t, ['@acme/rollcall-rack'], {
    'node_modules/@acme/rollcall-rack/package.json': '{"name":"@acme/rollcall-rack","type":"module","exports":{"import":"./main.js"}}',
    'node_modules/@acme/rollcall-rack/main.js': RACK.replace(': string', ''),
  })
  assert.equal(rack?.name, 'rack')
})

const module = { 'package.json': '{"type":"module"}' }
const REFUSED: [name: string, names: string[], files: Record<string, string>, told: RegExp][] = [
  ['a misspelt built-in', ['basik'], {}, /there is no built-in plugin basik.*did you mean basic\?/],
  ['a name that is nothing', ['@acme/none'], {}, /no package of that name.*npm install @acme\/none/],
  ['a misspelt name to drop', ['...', '-basik'], {}, /'-basik' drops nothing: .*did you mean basic\?/],
  ['a missing file', ['./none.ts'], {}, /\.\/none\.ts: .*none\.ts cannot be read/],
  ['a file without a default export', ['./x.ts'], { 'x.ts': 'export const a = 1', ...module }, /\.\/x\.ts has no default export/],
  [
    'a file that does not load',
    ['./x.ts'],
    { 'x.ts': 'throw new RangeError("oops")', ...module },
    /\.\/x\.ts does not load: RangeError: oops/,
  ],
  ['a broken contract', ['./x.ts'], { 'x.ts': 'export default { name: "X" }', ...module }, /plugin \.\/x\.ts breaks the contract/],
  [
    'one section from two plugins',
    ['./a.ts', './b.ts'],
    { 'a.ts': RACK, 'b.ts': RACK, ...module },
    /both make the section rack: drop one with '-\.\/a\.ts'/,
  ],
  [
    'one probe name for two probes',
    ['basic', './rack.ts'],
    { 'rack.ts': RACK.replaceAll('rack-file', 'boot-id'), ...module },
    /probe boot-id means one thing in basic and another in \.\/rack\.ts/,
  ],
]

for (const [name, names, files, message] of REFUSED) {
  test(`${name} is refused`, (t) => assert.rejects(load(t, names, files), { name: 'PluginError', message }))
}

test('a file that others may write is refused', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'rack.ts'), RACK)
  chmodSync(join(folder, 'rack.ts'), 0o666)
  const refused = { name: 'PluginError', message: /\.\/rack\.ts is refused.*writable by others/ }
  await assert.rejects(loadPlugins(['./rack.ts'], { folder, distrust, nearest }), refused)
})

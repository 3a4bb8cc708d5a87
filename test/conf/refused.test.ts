import assert from 'node:assert/strict'
import { chmodSync, chownSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfError } from '../../conf/errors.ts'
import { loadSettings } from '../../conf/load.ts'
import { distrust } from '../../conf/trusted.ts'
import { folder } from './folder.ts'

// Text of a settings file, and what is said of it after the file's name.
const BAD: [name: string, file: string, text: string, told: RegExp][] = [
  [
    'an unknown setting',
    'rollcall.config.json',
    '{ "api": { "urll": "https://x" } }',
    /^api\.urll: there is no such setting; did you mean url\?$/,
  ],
  [
    'a setting in the wrong group',
    'rollcall.config.json',
    '{ "port": 1 }',
    /^port: there is no such setting; did you mean server\.port\?$/,
  ],
  [
    'a misspelt word',
    'rollcall.config.json',
    '{ "ssh": { "hostKeys": "strikt" } }',
    /^ssh\.hostKeys: 'strikt' is not one of .*; did you mean 'strict'\?$/,
  ],
  [
    'a bad duration',
    'rollcall.config.yaml',
    'agent: { plugins: { software: daily } }',
    /^agent\.plugins\.software: 'daily' is not a duration such as/,
  ],
  ...['http://127.0.0.1:87930', 'http://[::1', 'http://a%b'].map((url): (typeof BAD)[0] => [
    `the address ${url}`,
    'rollcall.config.json',
    JSON.stringify({ api: { url } }),
    /^api\.url: '.*' is not an address such as/,
  ]),
  ['a wrong type', 'rollcall.config.yaml', 'api: { timeoutSeconds: soon }', /^api\.timeoutSeconds: 'soon' must be integer$/],
  ['a number out of range', 'rollcall.config.yaml', 'server: { port: 70000 }', /^server\.port: 70000 must be <= 65535$/],
  ['a value where a group belongs', 'rollcall.config.yaml', 'api: https://x', /^api: 'https:\/\/x' must be object$/],
  ['half of a group', 'rollcall.config.yaml', 'server: { tls: { cert: x } }', /^server\.tls: .*must have required property 'key'$/],
  [
    'a middleware with too much',
    'rollcall.config.yaml',
    'middleware: [[tag, {}, {}]]',
    /^middleware\.0: \["tag",\{\},\{\}\] must NOT have more than 2 items$/,
  ],
  ['__proto__', 'rollcall.config.json', '{ "__proto__": { "become": "sudo" } }', /^__proto__: there is no such setting$/],
  [
    'a secret in plain',
    'rollcall.config.json',
    '{ "api": { "token": "rc_hunter2" } }',
    /^api\.token: a secret must not stand here in plain: .*'env:NAME'/,
  ],
  [
    'a password in a URL',
    'rollcall.config.json',
    '{ "server": { "database": "postgres://me:hunter2@db/x" } }',
    /^server\.database: a secret must not/,
  ],
  [
    'a secret of the wrong type',
    'rollcall.config.json',
    '{ "api": { "token": 12345678 } }',
    /^api\.token: the value is not a reference to a secret/,
  ],
  ['broken JSON', 'rollcall.config.json', '{ "api": ', /^JSON: /],
  ['broken YAML', 'rollcall.config.yaml', 'api: [', /^YAML: /],
  ['a list', 'rollcall.config.yaml', '- api', /^holds no settings/],
  ['no default export', 'rollcall.config.mjs', 'export const api = {}', /^has no default export/],
  [
    'a function',
    'rollcall.config.mjs',
    'export default { middleware: [() => 1] }',
    /settings\.middleware\[0\] is a function: settings are plain data/,
  ],
  ['a function as a whole', 'rollcall.config.mjs', 'export default () => ({})', /settings is a function/],
  ['a date', 'rollcall.config.mjs', 'export default { api: new Date() }', /settings\.api is an instance of Date/],
  ['a circle', 'rollcall.config.mjs', 'const a = {}; a.a = a; export default a', /settings\.a holds itself/],
  ['a file that throws', 'rollcall.config.mjs', 'throw new RangeError("no such site")', /^RangeError: no such site$/],
  ['a file that exits', 'rollcall.config.mjs', 'process.exit(0)', /^ended without settings/],
  ['a file that awaits for ever', 'rollcall.config.mjs', 'await new Promise(() => {}); export default {}', /^ended without settings/],
  ['a typo in code', 'rollcall.config.mjs', 'export default {', /^SyntaxError: /],
]

for (const [name, file, text, told] of BAD) {
  test(`${name} is refused`, async (t) => {
    const cwd = folder(t, { [file]: text })
    await assert.rejects(loadSettings({ cwd, env: {}, systemFolder: cwd }), (error) => {
      assert(error instanceof ConfError)
      const prefix = `${join(cwd, file)}: `
      assert.equal(error.message.slice(0, prefix.length), prefix)
      assert.match(error.message.slice(prefix.length), told)
      assert.doesNotMatch(error.message, /hunter2|12345678/)
      return true
    })
  })
}

test('TypeScript under a CommonJS package is told to be renamed', async (t) => {
  const cwd = folder(t, {
    'rollcall.config.ts': `import { defineConfig } from 'rollcall'\nexport default defineConfig({})`,
    'package.json': '{"type":"commonjs"}',
  })
  await assert.rejects(loadSettings({ cwd, env: {}, systemFolder: cwd }), { name: 'ConfError', message: /rename the file to \.mts/ })
})

test('all problems are told at once, each with its layer', async (t) => {
  const cwd = folder(t, { 'rollcall.config.json': '{ "agent": { "every": "often" }, "sever": {} }' })
  const env = { ROLLCALL_API__TOKN: 'x', ROLLCALL_SERVER__PORT: 'http' }
  await assert.rejects(loadSettings({ cwd, env, systemFolder: cwd, flags: { api: { timeoutSeconds: 0 } } }), (error) => {
    assert(error instanceof ConfError)
    const file = join(cwd, 'rollcall.config.json')
    const told = error.problems.map(({ origin, path, nearest }) => [origin, path, nearest])
    assert.deepEqual(
      new Set(told),
      new Set([
        ['environment variable ROLLCALL_API__TOKN', '', 'ROLLCALL_API__TOKEN'],
        ['environment variable ROLLCALL_SERVER__PORT', 'server.port', null],
        [file, 'sever', 'server'],
        [file, 'agent.every', null],
        ['command line', 'api.timeoutSeconds', null],
      ]),
    )
    return true
  })
})

test('a settings file that others may write is refused, and so is one in such a folder', async (t) => {
  const cwd = folder(t, { 'rollcall.config.json': '{}' })
  const file = join(cwd, 'rollcall.config.json')
  assert.equal(distrust(file), null)
  chmodSync(file, 0o664)
  await assert.rejects(loadSettings({ cwd, env: {}, systemFolder: cwd }), {
    name: 'ConfError',
    message: /refused, .* is writable by others \(mode 664\): chmod go-w/,
  })
  chmodSync(file, 0o644)
  chmodSync(cwd, 0o777)
  await assert.rejects(loadSettings({ cwd, env: {}, systemFolder: cwd }), {
    name: 'ConfError',
    message: /is writable by others \(mode 777\)/,
  })
})

test('the folder behind a link counts too', (t) => {
  const there = folder(t, { 'rollcall.config.json': '{}' })
  const here = folder(t)
  chmodSync(there, 0o777)
  symlinkSync(join(there, 'rollcall.config.json'), join(here, 'rollcall.config.json'))
  assert.match(distrust(join(here, 'rollcall.config.json')) ?? '', /is writable by others/)
})

test("another user's file is refused", { skip: process.getuid?.() !== 0 && 'only root gives files away' }, (t) => {
  const cwd = folder(t, { 'rollcall.config.json': '{}' })
  chownSync(join(cwd, 'rollcall.config.json'), 65534, 65534)
  assert.match(distrust(join(cwd, 'rollcall.config.json')) ?? '', /belongs to user 65534/)
  chownSync(cwd, 65534, 65534)
  assert.equal(distrust(join(cwd, 'rollcall.config.json'), 65534), null)
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { DEFAULTS } from '../../conf/defaults.ts'
import { layerOf, loadSettings, type Sources } from '../../conf/load.ts'
import { folder } from './folder.ts'

/** Sources that see nothing of this machine. */
function sources(t: TestContext, more: Partial<Sources> = {}): Sources {
  return { env: {}, cwd: folder(t), systemFolder: folder(t), ...more }
}

test('without any source, the defaults are in force', async (t) => {
  const { settings, files } = await loadSettings(sources(t))
  assert.equal(settings, DEFAULTS)
  assert.deepEqual(files, [])
})

test('where only the defaults speak, no schema and no validator is loaded', (t) => {
  const [cwd, systemFolder] = [folder(t), folder(t)]
  const program = `
    const { loadSettings } = await import(${JSON.stringify(new URL('../../conf/load.ts', import.meta.url).href)})
    const { registerHooks } = await import('node:module')
    const seen = []
    registerHooks({ resolve: (name, context, next) => { seen.push(name); return next(name, context) } })
    await loadSettings({ cwd: ${JSON.stringify(cwd)}, systemFolder: ${JSON.stringify(systemFolder)}, env: { ROLLCALL_DATA: '/x', ROLLCALL_TEST_MACHINE: '1' } })
    console.log(JSON.stringify([seen, Object.keys(process.moduleLoadList.filter((m) => m.includes('typebox')))]))`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(out), [[], []])
})

test('a stronger layer wins, key by key, and each value knows its layer', async (t) => {
  const systemFolder = folder(t, {
    'rollcall.config.json': JSON.stringify({ api: { url: 'https://system', timeoutSeconds: 1 }, ssh: { user: 'a', concurrency: 1 } }),
  })
  const cwd = folder(t, { '.rollcallrc.yaml': 'api:\n  timeoutSeconds: 2\nssh:\n  concurrency: 2\nplugins: [cpu]\n' })
  const loaded = await loadSettings({
    cwd,
    systemFolder,
    env: { ROLLCALL_SSH__CONCURRENCY: '3', ROLLCALL_SSH__HOST_SECONDS: '3' },
    flags: { ssh: { hostSeconds: 4 } },
  })
  const { api, ssh, plugins } = loaded.settings
  assert.deepEqual([api.url, api.timeoutSeconds], ['https://system', 2])
  assert.deepEqual([ssh.user, ssh.concurrency, ssh.hostSeconds, ssh.connectSeconds], ['a', 3, 4, 10])
  assert.deepEqual(plugins, ['cpu'])
  const files = [join(systemFolder, 'rollcall.config.json'), join(cwd, '.rollcallrc.yaml')]
  assert.deepEqual(loaded.files, files)
  const origin = (...path: string[]) => layerOf(loaded, path).origin
  assert.deepEqual(
    [origin('api', 'url'), origin('plugins'), origin('ssh', 'concurrency'), origin('ssh', 'hostSeconds'), origin('ssh', 'connectSeconds')],
    [...files, 'environment variable ROLLCALL_SSH__CONCURRENCY', 'command line', 'default'],
  )
  assert.equal(layerOf(loaded, ['plugins']).folder, cwd)
})

for (const [name, text] of [
  ['rollcall.config.ts', `const seconds: number = 7; export default { api: { timeoutSeconds: seconds } }`],
  ['rollcall.config.mts', `import { defineConfig } from 'rollcall'; export default defineConfig({ api: { timeoutSeconds: 7 } })`],
  ['rollcall.config.js', `module.exports = { api: { timeoutSeconds: 7 } }`],
  ['rollcall.config.mjs', `export default Promise.resolve({ api: { timeoutSeconds: 7 } })`],
  ['rollcall.config.json', `{ "api": { "timeoutSeconds": 7 } }`],
  ['rollcall.config.yaml', `api: { timeoutSeconds: 7 }`],
  ['rollcall.config.yml', `api: { timeoutSeconds: 7 }`],
  ['.rollcallrc', `api: { timeoutSeconds: 7 }`],
  ['.rollcallrc.json', `{ "api": { "timeoutSeconds": 7 } }`],
] as const) {
  test(`${name} is read`, async (t) => {
    const { settings } = await loadSettings(sources(t, { cwd: folder(t, { [name]: text }) }))
    assert.equal(settings.api.timeoutSeconds, 7)
  })
}

test('an empty file says nothing', async (t) => {
  const { settings } = await loadSettings(sources(t, { cwd: folder(t, { 'rollcall.config.yaml': '# nothing yet\n' }) }))
  assert.deepEqual(settings, DEFAULTS)
})

test('a file named on the command line stands in for the project file', async (t) => {
  const cwd = folder(t, { 'rollcall.config.yaml': 'become: sudo', 'other.yaml': 'spool: { maxMb: 9 }' })
  const { settings } = await loadSettings(sources(t, { cwd, file: 'other.yaml' }))
  assert.deepEqual([settings.become, settings.spool.maxMb], [null, 9])
  await assert.rejects(loadSettings(sources(t, { cwd, file: 'missing.yaml' })), {
    name: 'ConfError',
    message: /missing\.yaml: cannot be read/,
  })
})

test('two settings files in one folder are refused', async (t) => {
  const cwd = folder(t, { 'rollcall.config.yaml': '', '.rollcallrc': '' })
  await assert.rejects(loadSettings(sources(t, { cwd })), {
    name: 'ConfError',
    message: /\.rollcallrc: .*rollcall\.config\.yaml is there too/,
  })
})

test('a second load sees the edit', async (t) => {
  const cwd = folder(t, {
    'rollcall.config.ts': `import { seconds } from './seconds.ts'; export default { api: { timeoutSeconds: seconds } }`,
  })
  for (const seconds of [5, 6]) {
    writeFileSync(join(cwd, 'seconds.ts'), `export const seconds = ${seconds}`, { mode: 0o644 })
    const { settings } = await loadSettings(sources(t, { cwd }))
    assert.equal(settings.api.timeoutSeconds, seconds)
  }
})

test('paths are relative to the file that names them, and ~ is the home', async (t) => {
  const cwd = folder(t, {
    'rollcall.config.json': JSON.stringify({
      api: { ca: 'ca.pem', token: 'file:secrets/token' },
      ssh: { key: '~/.ssh/id' },
      server: { tls: { cert: '/etc/c.pem', key: '../k.pem' } },
    }),
  })
  const { settings } = await loadSettings(sources(t, { cwd, env: { HOME: '/home/ada', ROLLCALL_IDENTITY__CERT: 'cert' } }))
  assert.deepEqual([settings.api.ca, settings.api.token], [join(cwd, 'ca.pem'), `file:${join(cwd, 'secrets/token')}`])
  assert.deepEqual(settings.server.tls, { cert: '/etc/c.pem', key: join(cwd, '../k.pem') })
  assert.deepEqual([settings.ssh.key, settings.identity.cert], ['/home/ada/.ssh/id', join(cwd, 'cert')])
})

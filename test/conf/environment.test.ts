import assert from 'node:assert/strict'
import { test } from 'node:test'
import { combine } from '../../conf/combine.ts'
import type { Env } from '../../conf/data.ts'
import { dataFolder } from '../../conf/data.ts'
import { DEFAULTS } from '../../conf/defaults.ts'
import type { SettingsInput } from '../../conf/define.ts'
import { explain } from '../../conf/explain.ts'

function settingsOf(env: Env, settings: SettingsInput = {}) {
  const layers = [
    { origin: 'default', folder: '/', settings: DEFAULTS },
    { origin: '/f.json', folder: '/', settings },
  ]
  return combine(layers, { env, cwd: '/work', flags: {}, home: '/home/ada' })
}

test('a variable is read as the type of its setting', () => {
  const { settings } = settingsOf({
    ROLLCALL_API__TIMEOUT_SECONDS: '5',
    ROLLCALL_PLUGINS: '..., raid',
    ROLLCALL_MIDDLEWARE: '[["tag", { "site": "fra1" }]]',
    ROLLCALL_AGENT__PLUGINS__SOFTWARE: '1d',
    ROLLCALL_SERVER__TLS: '{ "cert": "/c", "key": "/k" }',
    ROLLCALL_BECOME: 'null',
    ROLLCALL_SSH__USER: '007',
  })
  assert.equal(settings.api.timeoutSeconds, 5)
  assert.deepEqual(settings.plugins, ['...', 'raid'])
  assert.deepEqual(settings.middleware, [['tag', { site: 'fra1' }]])
  assert.deepEqual(settings.agent.plugins, { software: '1d' })
  assert.deepEqual(settings.server.tls, { cert: '/c', key: '/k' })
  assert.equal(settings.become, null)
  assert.equal(settings.ssh.user, '007')
})

test('ROLLCALL_PORT is weaker than the full name, and empty variables say nothing', () => {
  assert.equal(settingsOf({ ROLLCALL_PORT: '1' }).settings.server.port, 1)
  assert.equal(settingsOf({ ROLLCALL_SERVER__PORT: '2', ROLLCALL_PORT: '1' }).settings.server.port, 2)
  assert.equal(settingsOf({ ROLLCALL_SERVER__PORT: '', ROLLCALL_PORT: '' }).settings.server.port, 8700)
})

test('a variable that a reference names is no unknown setting', () => {
  const env = { ROLLCALL_TOKEN: 'hunter2', ROLLCALL_DATA: '/x', ROLLCALL_TEST_MACHINE: '1' }
  assert.equal(settingsOf(env, { api: { token: 'env:ROLLCALL_TOKEN' } }).settings.api.token, 'env:ROLLCALL_TOKEN')
  assert.throws(() => settingsOf(env), { name: 'ConfError', message: /^environment variable ROLLCALL_TOKEN: there is no such setting/ })
})

test('a secret in its own variable is kept there', () => {
  const loaded = settingsOf({ ROLLCALL_API__TOKEN: 'hunter2', ROLLCALL_SERVER__DATABASE: 'postgres://me:hunter2@db/rollcall' })
  assert.equal(loaded.settings.api.token, 'env:ROLLCALL_API__TOKEN')
  assert.equal(loaded.settings.server.database, 'env:ROLLCALL_SERVER__DATABASE')
  assert.doesNotMatch(JSON.stringify(explain(loaded)), /hunter2/)
  assert.equal(settingsOf({ ROLLCALL_SERVER__DATABASE: 'postgres://db/x' }).settings.server.database, 'postgres://db/x')
})

test('every value is explained, with its layer and without secrets', () => {
  const rows = explain(settingsOf({ ROLLCALL_PORT: '1' }, { api: { token: 'env:X' }, agent: { plugins: { disk: '1m' } } }))
  const row = (path: string) => rows.find((one) => one.path === path)
  assert.deepEqual(row('api.token'), { path: 'api.token', value: '[redacted] from env:X', origin: '/f.json' })
  assert.deepEqual(row('agent.plugins.disk'), { path: 'agent.plugins.disk', value: '1m', origin: '/f.json' })
  assert.deepEqual(row('server.port'), { path: 'server.port', value: 1, origin: 'environment variable ROLLCALL_PORT' })
  assert.deepEqual(row('plugins'), { path: 'plugins', value: ['...'], origin: 'default' })
})

test('the data folder is the one that is set, else the system one for root, else the one of the user', () => {
  assert.equal(dataFolder({ ROLLCALL_DATA: '/srv/x' }, 0), '/srv/x')
  assert.equal(dataFolder({ HOME: '/root', XDG_STATE_HOME: '/state' }, 0), '/var/lib/rollcall')
  assert.equal(dataFolder({ HOME: '/home/ada', XDG_STATE_HOME: '/state' }, 1000), '/state/rollcall')
  assert.equal(dataFolder({ HOME: '/home/ada', XDG_STATE_HOME: 'state' }, 1000), '/home/ada/.local/state/rollcall')
})

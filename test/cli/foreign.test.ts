import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Receipt, Report } from '../../cmdb-api/contract.ts'
import { scratch } from '../collector/scratch.ts'
import { rollcall, rollcallJson, serve } from './rollcall.ts'

/** A user's own plugin: sensors that a file beside it lists as `slot state`. */
const plugin = (name: string, file: string) => `import { definePlugin, list, name, need, section, text } from 'rollcall/plugin'
export default definePlugin({
  name: '${name}',
  version: 1,
  summary: 'Sensors in the rack.',
  probes: { '${name}-sensors': { exec: ['cat', '${file}'] } },
  schema: section({
    sensors: list('Sensors.', { slot: name('Place.', 'label'), model: text('Model.', 'label'), state: text('Now.', 'sensor') }),
  }),
  keys: { sensors: ['slot'] },
  volatile: ['sensors.state'],
  parse(answers) {
    const rows = need(answers['${name}-sensors']).trim().split('\\n').map((line) => line.split(' '))
    return { sensors: rows.map(([slot, model, state]) => ({ slot, model, state })) }
  },
})
`

/** A middleware that a user wrote: who is on duty. */
const MIDDLEWARE = `export default ({ who }) => async (host, next) => {
  const draft = await next(host)
  return { ...draft, labels: { ...draft.labels, duty: who, seen: host.name } }
}
`

interface Posted {
  readonly receipts: readonly Receipt[]
}

test('a plugin beside the settings, one of an npm package, and middleware work in collector and API', async (t) => {
  const data = scratch(t)
  const sensors = join(data, 'sensors.txt')
  const read = (text: string) => writeFileSync(sensors, text)
  read('top TH-1 21.5\nbottom TH-1 19.0\n')
  writeFileSync(
    join(data, 'rack.ts'),
    plugin('rack', sensors).replace('rows.map(([slot, model, state])', 'rows.map(([slot, model, state]: string[])'),
  )
  const folder = join(data, 'node_modules/@acme/rollcall-gpu')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  writeFileSync(
    join(folder, 'package.json'),
    '{ "name": "@acme/rollcall-gpu", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  )
  writeFileSync(join(folder, 'index.js'), plugin('gpu', sensors))
  writeFileSync(join(data, 'duty.ts'), MIDDLEWARE)
  writeFileSync(
    join(data, 'rollcall.config.ts'),
    `import { defineConfig } from 'rollcall'
export default defineConfig({
  plugins: ['basic', 'user', './rack.ts', '@acme/rollcall-gpu'],
  middleware: [
    ['mask', { fields: ['user.users.name=root', 'user.users.home', 'evidence.sshHostKeys', 'rack.sensors.slot=bottom'] }],
    ['tag', { site: 'fra1', row: 7 }],
    ['./duty.ts', { who: 'ann' }],
  ],
})\n`,
  )
  const here = { data }
  const { sections, labels, identity } = await rollcallJson<Report>(['collect'], here)
  assert.deepEqual(Object.keys(sections), ['basic', 'user', 'rack', 'gpu'])
  for (const [name, { status, reason }] of Object.entries(sections)) assert.equal(status, 'ok', `${name}: ${reason}`)
  assert.deepEqual(labels, { duty: 'ann', seen: identity.name, site: 'fra1', row: '7' })
  assert.equal(identity.evidence.sshHostKeys, undefined)
  const users = (sections['user']!.data as { users: { name: string; home: string | null }[] }).users
  assert.ok(users.length > 1 && users.every(({ name, home }) => name !== 'root' && home === null))
  assert.deepEqual(sections['rack']!.data, { sensors: [{ slot: 'top', model: 'TH-1' }] })
  assert.deepEqual(sections['rack']!.volatile, { sensors: { 'slot=top': { state: '21.5' } } })
  assert.equal((sections['gpu']!.data as { sensors: unknown[] }).sensors.length, 2)

  await serve(t, here)
  const post = async () => (await rollcallJson<Posted>(['collect', '--post', '--json'], here)).receipts[0]!
  const first = await post()
  assert.deepEqual([first.outcome, first.warnings], ['created', []])
  read('top TH-1 22.5\nbottom TH-2 18.0\n')
  assert.equal((await post()).changes, 1, 'what is masked is no change, nor is what is volatile')
  read('top TH-3 22.5\nbottom TH-2 18.0\n')
  assert.equal((await post()).changes, 2)
  const { stdout } = await rollcall(['changes', '--section', 'rack,gpu'], here)
  assert.match(stdout, /rack sensors slot=top model +TH-1 -> TH-3/)
  assert.match(stdout, /gpu sensors slot=bottom model +TH-1 -> TH-2/)
  const shown = await rollcall(['asset', first.identity!.name], here)
  assert.match(shown.stdout, /labels +.*site=fra1/)
  assert.doesNotMatch(shown.stdout, /^ +root +0 /m)
})

test('a section whose plugin the API does not know is refused alone', async (t) => {
  const data = scratch(t)
  await serve(t, { data })
  const sensors = join(data, 'sensors.txt')
  writeFileSync(sensors, 'top TH-1 21.5\n')
  const own = join(data, 'host')
  mkdirSync(own, { mode: 0o700 })
  writeFileSync(join(own, 'rack.mjs'), plugin('rack', sensors))
  writeFileSync(join(own, 'rollcall.config.json'), '{ "plugins": ["basic", "./rack.mjs"] }')
  const { receipts } = await rollcallJson<Posted>(['collect', '--post', '--json'], { data, cwd: own })
  assert.equal(receipts[0]!.outcome, 'created')
  assert.match(receipts[0]!.warnings.join('\n'), /rack/)
  const asset = await rollcallJson<Report>(['asset', receipts[0]!.identity!.name, '--json'], { data, cwd: own })
  assert.deepEqual(Object.keys(asset.sections), ['basic'])
})

test('a plugin that breaks the contract, or that others could have written, stops the start with what to mend', async (t) => {
  const data = scratch(t)
  const start = async (text: string, mode = 0o600) => {
    const file = join(data, 'rack.mjs')
    writeFileSync(file, text)
    chmodSync(file, mode)
    writeFileSync(join(data, 'rollcall.config.json'), '{ "plugins": ["basic", "./rack.mjs"] }')
    const { status, stderr } = await rollcall(['collect'], { data })
    assert.equal(status, 2, stderr)
    assert.doesNotMatch(stderr, /\n +at /)
    return stderr
  }
  assert.match(
    await start(plugin('rack', '/x').replace("keys: { sensors: ['slot'] }", "keys: { sensors: ['place'] }")),
    /keys\.sensors: its items have no field place/,
  )
  assert.match(await start('export default 1\n'), /export a plugin as default/)
  assert.match(await start('syntax error\n'), /does not load/)
  assert.match(await start(plugin('rack', '/x'), 0o666), /writable by others/)
  assert.match(await start(plugin('basic', '/x')), /basic and \.\/rack\.mjs both make the section basic/)
})

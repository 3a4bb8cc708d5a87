import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readService, showInterval } from '../../cli/services.ts'
import { scratch } from '../collector/scratch.ts'
import { rollcall, rollcallJson, serve } from './rollcall.ts'

test('a service is read as people write it, and its interval shown the same way', () => {
  for (const [text, name, plugin, seconds, shown] of [
    ['disks=disk:15m', 'disks', 'disk', 900, '15m'],
    ['disk:90s', 'disk', 'disk', 90, '90s'],
    ['a b=nic:24h', 'a b', 'nic', 86_400, '1d'],
    ['a=b=c:60s', 'a=b', 'c', 60, '1m'],
  ] as const) {
    assert.deepEqual(readService(text), [name, [plugin, seconds]])
    assert.equal(showInterval(seconds), shown)
  }
  for (const text of ['disks', 'disks=disk', 'disks=disk:', 'disks=disk:15', '=disk:15m', 'disk:0m', ''])
    assert.throws(() => readService(text), /is no service: write NAME=PLUGIN:INTERVAL/, text)
})

test('templates and groups are made, linked, shown and taken apart from the command line', { timeout: 300_000 }, async (t) => {
  const here = { data: scratch(t) }
  const url = await serve(t, here)
  const admin = { authorization: `Bearer ${readFileSync(join(here.data, 'token'), 'utf8').trim()}` }
  const enter = async (name: string) =>
    await fetch(`${url}/api/v1/assets`, {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
  for (const name of ['web-01', 'web-02']) assert.equal((await enter(name)).status, 201)
  const run = async (...args: readonly string[]) => await rollcall(args, here)
  const done = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await run(...args)
    assert.equal(status, 0, `rollcall ${args.join(' ')}: ${stderr}`)
    return `${stdout}${stderr}`
  }

  assert.match(await done('template', 'list'), /no templates yet: "rollcall template set NAME/)
  assert.match(await done('template', 'set', 'web', 'disks=disk:15m', 'nic:1h'), /template web, version 1:/)
  assert.match(await done('template', 'set', 'web', 'users=user:1d', 'nic:30m'), /SERVICE +PLUGIN +EVERY[^]*version 2:/)
  assert.match(await done('template', 'unset', 'web', 'users'), /version 3/)
  await done('group', 'create', 'dc1')
  await done('group', 'create', 'rack2', '--parent', 'dc1')
  await done('group', 'add', 'rack2', 'web-01', 'web-02')
  await done('template', 'link', 'web', '--group', 'dc1', '--asset', 'web-02')

  const shown = await done('template', 'show', 'web')
  assert.match(shown, /disks +disk +15m\nnic +nic +30m\ngroups: dc1\nassets: web-02\n/)
  assert.match(await done('template', 'list'), /web +disks 15m, nic 30m +dc1 +1/)
  assert.match(await done('group', 'list'), /NAME +NESTED IN[^]*rack2 +dc1/)
  assert.match(await done('group', 'show', 'dc1', '--nested'), /groups: +rack2\ntemplates: web\nassets: +web-01, web-02\n/)
  const { services } = await rollcallJson<{ services: object }>(['template', 'show', 'web', '--json'], here)
  assert.deepEqual(services, { disks: ['disk', 900], nic: ['nic', 1800] })
  const told = await fetch(`${url}/api/v1/agent/config?name=web-01`, { headers: admin })
  assert.deepEqual(((await told.json()) as { origins: object }).origins, {
    disks: 'template web via group dc1',
    nic: 'template web via group dc1',
  })

  const changes = await done('changes', '--section', 'template,group')
  assert.match(changes, /template web +template services name=nic intervalSeconds +3600 -> 1800 +person/)
  assert.match(changes, /group rack2 +group assets name=web-01 +added/)

  for (const [args, status, message] of [
    [['template', 'delete', 'web'], 1, /still linked to 1 assets, group dc1: unlink it there first, or delete it with force/],
    [['template', 'sett', 'web'], 2, /did you mean set\? There are list, show, set/],
    [['template', 'show'], 2, /which template\?/],
    [['template', 'set', 'web'], 2, /which services\? As in: rollcall template set web disks=disk:15m/],
    [['template', 'set', 'web', 'disk:1s'], 1, /must be >= 10/],
    [['template', 'unset', 'web', 'none'], 2, /template web has no service none. It has disks, nic/],
    [['template', 'link', 'web'], 2, /Add --asset NAME or --group NAME/],
    [['template', 'link', 'web', '--asset', 'nobody'], 1, /no asset has the id or name "nobody"/],
    [['group', 'move', 'dc1', '--parent', 'rack2'], 1, /dc1 cannot be nested in rack2: that lies in dc1/],
    [['group', 'move', 'dc1'], 2, /Add --parent GROUP, or --top/],
    [['group', 'add', 'dc1'], 2, /which assets\?/],
    [['group', 'delete', 'dc1'], 1, /rack2 is nested in group dc1: move or delete that first/],
  ] as const) {
    const ran = await run(...args)
    assert.deepEqual([ran.status, ran.stdout], [status, ''], args.join(' '))
    assert.match(ran.stderr, message)
  }

  await done('group', 'remove', 'rack2', 'web-02')
  await done('group', 'move', 'rack2', '--top')
  await done('template', 'unlink', 'web', '--asset', 'web-02')
  await done('template', 'delete', 'web', '--force')
  await done('group', 'delete', 'rack2', '--force')
  await done('group', 'delete', 'dc1')
  assert.match(await done('group', 'list'), /no groups yet/)
})

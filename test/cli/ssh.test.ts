import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { Spool } from '../../collector/spool.ts'
import { scratch } from '../collector/scratch.ts'
import { noSshd } from '../sshd.ts'
import { addressOf, reaching, startPlayers } from './players.ts'
import { BIN, rollcall, serve } from './rollcall.ts'

/** ROLLCALL_TEST_HOSTS=1000 is the whole proof: some minutes, for sshd and its hosts are on the same machine. */
const HOSTS = Number(process.env['ROLLCALL_TEST_HOSTS'] ?? 60)

test(`${HOSTS} hosts are ${HOSTS} assets, each with its own pinned name; a second run records nothing`, { skip: noSshd }, async (t) => {
  const players = await startPlayers(t)
  // A thousand logins at once are more than an sshd of one machine with its client does within 10 s.
  const env = { ROLLCALL_SSH__CONCURRENCY: '40', ROLLCALL_SSH__CONNECT_SECONDS: '60' }
  const here = reaching(players, scratch(t), env)
  await serve(t, here)
  const first = await rollcall(['ssh', '--hosts', players.list(HOSTS)], here)
  assert.equal(first.status, 0, first.stderr)
  assert.equal(first.stdout, '')
  assert.match(first.stderr, new RegExp(`^${HOSTS} of ${HOSTS} hosts, 0 running, 0 failed, [\\d.]+/s$`, 'm'))
  const names = Array.from({ length: HOSTS }, (_, index) => `player-${addressOf(index).split('.').slice(2).join('-')}`)
  const kept = registerOf(here.data)
  assert.deepEqual(kept.names, names.toSorted())
  const certs = readdirSync(join(here.data, 'hosts'))
  assert.equal(certs.length, HOSTS)

  const begun = performance.now()
  const second = await rollcall(['ssh', '--hosts', players.list(HOSTS), '--json'], here)
  assert.equal(second.status, 0, second.stderr)
  t.diagnostic(`${HOSTS} unchanged hosts in ${Math.round(performance.now() - begun)} ms, both ends on this machine`)
  const lines = second.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; status: string })
  assert.deepEqual(lines.map(({ name, status }) => `${name} ${status}`).toSorted(), names.map((name) => `${name} ok`).toSorted())
  assert.deepEqual(registerOf(here.data), kept)
  assert.deepEqual(await new Spool(join(here.data, 'spool'), { maxBytes: 1e9 }).list(), [])
  assert.ok(!existsSync(join(here.data, 'spool/rejected')))
})

test('from up to a second host in the register with the one command that up tells', { skip: noSshd }, async (t) => {
  const players = await startPlayers(t)
  const data = scratch(t)
  const home = players.env['HOME']!
  mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  const own = `Host second\n  HostName ${addressOf(0)}\n  Port ${players.port}\n  IdentityFile ${players.key}\n`
  writeFileSync(join(home, '.ssh/config'), own, { mode: 0o600 })
  const env = { HOME: home }
  const up = spawn(process.execPath, [BIN, 'up', '--data', data], {
    cwd: data,
    env: { PATH: process.env['PATH'], ...env, ROLLCALL_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const text of up.stdout.setEncoding('utf8') as AsyncIterable<string>) if ((said += text).includes('Ctrl-C')) break
  try {
    const [, command] = /^ {2}npx rollcall (ssh USER@HOST.*)$/m.exec(said)!
    const args = command!.replace('USER@HOST', 'root@second').split(' ')
    // Only what the command itself says tells it where the register is.
    const ran = await rollcall(args, { data: scratch(t), env: { ...env, ROLLCALL_DATA: '' } })
    assert.equal(ran.status, 0, ran.stderr)
    const { names } = registerOf(data)
    assert.deepEqual([names.length, names.includes('player-1-1')], [2, true])
  } finally {
    up.kill('SIGTERM')
    await once(up, 'exit')
  }
})

/** What the register holds: names, and how many rows of history and of conflicts. */
function registerOf(data: string): { readonly names: string[]; readonly rows: unknown[] } {
  const database = new Database(join(data, 'rollcall.db'), { readonly: true })
  try {
    const names = database.prepare<[], { name: string }>('select name from asset order by name').all()
    const rows = ['change', 'change_set', 'conflict'].map((table) => database.prepare(`select count(*) as rows from "${table}"`).get())
    return { names: names.map(({ name }) => name), rows }
  } finally {
    database.close()
  }
}

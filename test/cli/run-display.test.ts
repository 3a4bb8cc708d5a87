import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { RunDisplay } from '../../cli/run-display.ts'
import { failedResult } from '../../collector/run/result.ts'
import { scratch } from '../collector/scratch.ts'
import { noSshd } from '../sshd.ts'
import { addressOf, reaching, startPlayers } from './players.ts'
import { BIN, serve } from './rollcall.ts'

const noTerminal = spawnSync('script', ['--version']).status !== 0 && 'needs script(1) of util-linux, for a terminal'
const LINE = /^(\d+) of 8 hosts, (\d+) running, (\d+) failed, [\d.]+\/s(?:, \d+ s left)?$/

for (const columns of [100, 40]) {
  test(
    `on a terminal of ${columns} columns one line tells how far the run is, drawn over again and again`,
    { skip: noSshd || noTerminal },
    async (t) => {
      const players = await startPlayers(t)
      const { data, env } = reaching(players, scratch(t), { ROLLCALL_SSH__CONNECT_SECONDS: '30', TERM: 'xterm', ROLLCALL_DATA: '' })
      for (const index of [1, 2, 3, 4, 5]) players.misbehave(addressOf(index), 'slow')
      await serve(t, { data })
      const hosts = players.list(7, `no-such-login@${addressOf(7)}:${players.port}\n`)
      const line = `stty cols ${columns}; exec '${process.execPath}' '${BIN}' ssh --hosts ${hosts} --concurrency 3 --data ${data}`
      const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: data, env: { PATH: process.env['PATH'], ...env } })
      let shown = ''
      for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) shown += text
      const drawn = shown.split('\r\u{1b}[K').slice(1)
      const live = drawn.filter((text) => !text.includes('\n'))
      assert.ok(live.length > 5, shown)
      assert.ok(live.every((text) => text.length < columns))
      if (columns < 60) return
      const states = live.filter((text) => text !== '').map((text) => LINE.exec(text)?.slice(1).map(Number))
      assert.ok(
        states.every((state) => state !== undefined),
        shown,
      )
      assert.ok(states.some(([done, running]) => done! > 0 && running! > 0))
      assert.ok(live.some((text) => text.endsWith(' s left')))
      // A failure is a line of its own, and stays.
      const lines = drawn.filter((text) => text.includes('\n'))
      assert.ok(lines.some((text) => /^auth: no-such-login@.* refused the login\r\n$/.test(text)))
      assert.ok(
        lines.some((text) => /^8 of 8 hosts, 0 running, 1 failed, [\d.]+\/s\r\n/.test(text)),
        shown,
      )
      assert.ok(
        lines.some((text) => text.startsWith('in the register: 7 created\r\n')),
        shown,
      )
      // The advice is whole, on lines that fit.
      assert.match(shown, /\r\nauth: give the user, [^…]*account is\r\n {6}locked\r\n/)
    },
  )
}

test('without a terminal a quiet line each minute', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const told: string[] = []
  t.mock.method(process.stderr, 'write', (text: string) => told.push(text) > 0)
  const { isTTY } = process.stderr
  process.stderr.isTTY = false
  t.after(() => (process.stderr.isTTY = isTTY))
  const display = new RunDisplay(1000, { json: false })
  display.running(1)
  t.mock.timers.tick(59_999)
  assert.deepEqual(told, [])
  for (let minute = 0; minute < 3; minute += 1) t.mock.timers.tick(60_000)
  display.close()
  t.mock.timers.tick(600_000)
  assert.deepEqual(told, Array<string>(3).fill('0 of 1000 hosts, 1 running, 0 failed, 0.0/s\n'))
})

test('a line of --json on a terminal stands alone, not behind the live one', (t) => {
  const shown: string[] = []
  for (const name of ['stdout', 'stderr'] as const) t.mock.method(process[name], 'write', (text: string) => shown.push(text) > 0)
  const { isTTY } = process.stderr
  process.stderr.isTTY = true
  t.after(() => (process.stderr.isTTY = isTTY))
  const display = new RunDisplay(1, { json: true })
  display.close()
  display.add(failedResult({ host: 'a', name: null, cause: 'dns', message: 'a', ms: 1, retryable: false }))
  assert.deepEqual([shown[0], shown[1]?.startsWith('{')], ['\r\u{1b}[K', true])
})

test('what goes to stderr is bold by what stderr is, whatever stdout is', (t) => {
  const told: string[] = []
  t.mock.method(process.stderr, 'write', (text: string) => told.push(text) > 0)
  const were = [process.stdout.isTTY, process.stderr.isTTY]
  t.after(() => ([process.stdout.isTTY, process.stderr.isTTY] = were as [boolean, boolean]))
  ;[process.stdout.isTTY, process.stderr.isTTY] = [true, false]
  const display = new RunDisplay(1, { json: false })
  display.add(failedResult({ host: 'a', name: null, cause: 'dns', message: 'a', ms: 1, retryable: false }))
  display.end()
  assert.ok(told.join('').includes('CAUSE') && !told.join('').includes('\u{1b}'))
})

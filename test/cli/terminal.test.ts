import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import stringWidth from 'string-width'
import { askAgent } from '../../collector/agent/control.ts'
import { scratch } from '../collector/scratch.ts'
import { isThere, runAgent, until } from './agents.ts'

const BIN = join(import.meta.dirname, '../../bin/rollcall.js')
const NO_TERMINAL = spawnSync('script', ['--version']).status !== 0 && 'needs script(1) of util-linux, for a terminal'

/** Runs a command on a terminal of its own, and gives all that appears there. */
function onTerminal(command: string, columns: number, env: Readonly<Record<string, string>> = {}): string {
  const { NO_COLOR: _, ...rest } = process.env
  const line = `stty cols ${columns}; ${process.execPath} ${BIN} ${command}`
  const data = join(tmpdir(), `rollcall-nowhere-${process.pid}`)
  const options = { encoding: 'utf8' as const, cwd: tmpdir(), env: { ...rest, TERM: 'xterm', ROLLCALL_DATA: data, ...env } }
  return spawnSync('script', ['-qec', line, '/dev/null'], options).stdout
}

test('headings are bold on a terminal, unless NO_COLOR is set', { skip: NO_TERMINAL }, () => {
  assert.ok(onTerminal('plugins', 80).includes('\u{1b}[1m'))
  assert.ok(!onTerminal('plugins', 80, { NO_COLOR: '1' }).includes('\u{1b}'))
})

test('tables are cut to the width of the terminal', { skip: NO_TERMINAL }, () => {
  for (const columns of [40, 72, 200]) {
    const shown = onTerminal('plugins', columns, { NO_COLOR: '1' }).trimEnd().split('\r\n')
    assert.ok(shown.length > 10)
    for (const line of shown) assert.ok(stringWidth(line) <= columns, `${columns}: ${line}`)
  }
})

test('without a terminal nothing is cut, and nothing is coloured', () => {
  const { stdout } = spawnSync(process.execPath, [BIN, 'plugins'], { encoding: 'utf8', cwd: tmpdir() })
  assert.ok(!stdout.includes('…') && !stdout.includes('\u{1b}'))
})

test('an agent on a terminal that is closed ends, one without reads its settings', { skip: NO_TERMINAL }, async (t) => {
  const data = scratch(t)
  const line = `${process.execPath} ${BIN} agent run`
  const terminal = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: data,
    env: { ...process.env, ROLLCALL_DATA: data },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  t.after(() => terminal.kill('SIGKILL'))
  const pid = await until(async () => ((await askAgent(data, 'status')) as { readonly pid?: number } | null)?.pid ?? null, 'it answers')
  process.kill(pid, 'SIGHUP')
  await until(() => !isThere(pid) || null, 'it ends')
  const agent = await runAgent(t, { data })
  process.kill(agent.pid, 'SIGHUP')
  await setTimeout(1_000)
  assert.equal((await agent.status()).pid, agent.pid)
})

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { answerOf } from '../../cli/agent-answer.ts'
import type { AgentStatus } from '../../collector/agent/status.ts'
import { scratch } from '../collector/scratch.ts'
import { rollcall, serve, type Ran } from './rollcall.ts'

/** An agent of a folder of its own, which has ended when the test has. */
function agentOf(t: TestContext) {
  // Registered first, so that it is done before the folder goes.
  t.after(async () => {
    const answer = await answerOf(folder, 'stop')
    if (answer !== null && answer !== 'mute') await until(() => !isThere(answer.pid) || null)
  })
  const folder = scratch(t)
  const agent = async (...args: readonly string[]): Promise<Ran> => await rollcall(['agent', ...args], { data: folder })
  const told = async (): Promise<AgentStatus> => JSON.parse((await agent('status', '--json')).stdout) as AgentStatus
  return { folder, agent, told }
}

/** Waits for as long as a busy machine may take. */
async function until<T>(look: () => T | null | Promise<T | null>): Promise<T> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const found = await look()
    if (found !== null) return found
    assert.ok(performance.now() < deadline, 'it never came')
    await sleep(50)
  }
}

function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

test('start, status, reload and stop, as a user would', async (t) => {
  const { folder, agent, told } = agentOf(t)
  const before = await agent('status')
  assert.equal(before.status, 3)
  assert.match(before.stdout, /^no agent runs with .*"rollcall agent start"$/m)
  await serve(t, { data: folder })

  const started = await agent('start')
  assert.equal(started.status, 0, started.stderr)
  assert.match(started.stdout, /^the agent runs, process \d+; it writes to .*agent\.log\n$/)
  const { pid } = await told()
  assert.equal(readFileSync(join(folder, 'agent.pid'), 'utf8'), `${pid}\n`)
  assert.deepEqual([statSync(join(folder, 'agent.sock')).mode & 0o777, statSync(join(folder, 'agent.log')).mode & 0o777], [0o600, 0o600])
  assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Umask:\s+0077$/m)
  // Field 6 of proc_pid_stat(5): a session of its own outlives the terminal.
  assert.equal(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[3], String(pid))
  assert.equal(readlinkSync(`/proc/${pid}/fd/0`), '/dev/null')

  const again = await agent('start')
  assert.deepEqual([again.status, again.stdout], [0, `the agent runs already, process ${pid}: rollcall agent status\n`])
  await until(async () => ((await told()).receipts.length > 0 ? true : null))
  const { status, stdout } = await agent('status')
  assert.equal(status, 0)
  assert.match(stdout, /^spool +0 waiting$/m)
  assert.match(
    stdout,
    /^service +plugin +schedule +from +next +last +took +runs +failed +skipped\nothers +- +1h +settings +in \d\S*.* ago +\d\S*s +1 +0 +0$/m,
  )
  assert.match(stdout, /^created .*\d+ /m)
  assert.equal((await agent('reload')).status, 0)

  assert.deepEqual(await agent('stop'), { status: 0, stdout: 'the agent has stopped\n', stderr: '' })
  assert.ok(!isThere(pid))
  assert.equal(existsSync(join(folder, 'agent.pid')) || existsSync(join(folder, 'agent.sock')), false)
  assert.equal((await agent('stop')).stdout, `no agent runs with ${folder}\n`)
  assert.equal((await agent('reload')).status, 3)
  assert.match((await agent('status')).stdout, /^name +\S/m)
})

test('one agent for each folder, also where many start at once; after kill -9 the next one starts at once', async (t) => {
  const { agent, told } = agentOf(t)
  const all = await Promise.all(Array.from({ length: 5 }, async () => await agent('start')))
  assert.deepEqual(
    all.map(({ status }) => status),
    [0, 0, 0, 0, 0],
    JSON.stringify(all),
  )
  assert.equal(all.filter(({ stdout }) => stdout.startsWith('the agent runs, ')).length, 1)
  const second = await agent('run')
  assert.equal(second.status, 2)
  assert.match(second.stderr, /^an agent works with \S+ already; "rollcall agent status" shows it$/m)

  const { pid } = await told()
  process.kill(pid, 'SIGKILL')
  await until(() => !isThere(pid) || null)
  assert.equal((await agent('status')).status, 3)
  assert.equal((await agent('start')).status, 0)
  assert.notEqual((await told()).pid, pid)
})

test('why it cannot start is told, and nothing runs', async (t) => {
  for (const [settings, said] of [
    ['{ "agent": { "every": "1 hour" } }', /agent\.every: '1 hour' is not a duration/],
    ['{ "agent": { "every": "0 0 30 2 *" } }', /the agent has ended at once:\n.*"0 0 30 2 \*" is no schedule/],
  ] as const) {
    const { folder, agent } = agentOf(t)
    writeFileSync(join(folder, 'rollcall.config.json'), settings)
    const { status, stderr } = await agent('start')
    assert.equal(status, 2, stderr)
    assert.match(stderr, said)
    // Broken settings keep nobody from asking.
    assert.deepEqual([(await agent('status')).status, (await agent('stop')).status], [3, 0])
  }
  const { agent } = agentOf(t)
  const nowhere = await agent('start', '--data', '/proc/x/y')
  assert.equal(nowhere.status, 1, nowhere.stderr)
  assert.match(nowhere.stderr, /cannot use \/proc\/x\/y: it cannot be made there/)
  const long = await agent('start', '--data', `/tmp/${'x'.repeat(110)}`)
  assert.equal(long.status, 1)
  assert.match(long.stderr, /too long for a socket; set ROLLCALL_DATA to a folder of at most \d+ bytes/)
})

test('SIGHUP reads the settings again; broken ones are refused, and told', async (t) => {
  const { folder, agent, told } = agentOf(t)
  const file = join(folder, 'rollcall.config.json')
  writeFileSync(file, '{ "agent": { "every": "3h" } }')
  assert.equal((await agent('start')).status, 0)
  const { pid } = await told()
  const inForce = async (schedule: string) => await until(async () => ((await told()).services['*']?.schedule === schedule ? true : null))
  await inForce('3h')
  writeFileSync(file, '{ "agent": { "every": "7h" } }')
  process.kill(pid, 'SIGHUP')
  await inForce('7h')
  writeFileSync(file, '{ "agent": { "every": "never" } }')
  const refused = await agent('reload')
  assert.equal(refused.status, 2)
  assert.match(refused.stderr, /agent\.every: 'never' is not a duration/)
  await until(async () => ('settings' in (await told()).complaints ? true : null))
  assert.match((await agent('status')).stdout, /^WRONG +settings: .*'never'/m)
  await inForce('7h')
  assert.equal((await told()).pid, pid)
})

test('a probe that hangs holds up neither the end of the agent nor outlives it', async (t) => {
  const { folder, agent, told } = agentOf(t)
  // A number that no other process sleeps for.
  const seconds = `300.${process.pid}`
  writeFileSync(join(folder, 'slow.mjs'), slowPlugin(seconds))
  writeFileSync(join(folder, 'rollcall.config.json'), '{ "plugins": ["./slow.mjs"] }')
  assert.equal((await agent('start')).status, 0)
  const { pid } = await told()
  await until(() => sleepers(seconds).length > 0 || null)
  process.kill(pid, 'SIGTERM')
  await until(() => !isThere(pid) || null)
  await until(() => sleepers(seconds).length === 0 || null)
})

test('a log that has grown large starts anew, and the old one is kept once', async (t) => {
  const { folder, agent } = agentOf(t)
  const file = join(folder, 'agent.log')
  writeFileSync(file, 'x'.repeat(5 * 1024 * 1024))
  assert.equal((await agent('start')).status, 0)
  await until(() => statSync(file).size < 10_000 || null)
  assert.equal(statSync(`${file}.1`).size, 5 * 1024 * 1024)
  assert.equal((await agent('stop')).status, 0)
  assert.match(readFileSync(file, 'utf8'), /^\S+Z agent is up pid=[^]*Z agent has ended\n$/)
})

test('one that does not answer is told, with how to end it', async (t) => {
  const { agent, told } = agentOf(t)
  assert.equal((await agent('start')).status, 0)
  const { pid } = await told()
  process.kill(pid, 'SIGSTOP')
  const [status, stop, start] = await Promise.all([agent('status'), agent('stop'), agent('start')])
  process.kill(pid, 'SIGCONT')
  for (const { status: code, stderr } of [status, stop, start]) {
    assert.equal(code, 1)
    assert.match(stderr, /does not answer/)
  }
  assert.match(stop.stderr, new RegExp(`end process ${pid} with kill -9`))
})

function slowPlugin(seconds: string): string {
  return `import { definePlugin, section, text } from 'rollcall/plugin'
export default definePlugin({
  name: 'slow', version: 1, summary: 'Takes its time.',
  probes: { 'slow-sleep': { exec: ['sleep', '${seconds}'], timeoutSeconds: 100 } },
  schema: section({ nothing: text('Nothing.', 'sleep') }),
  keys: {}, volatile: [], parse: () => ({ nothing: null }),
})\n`
}

/** Processes that sleep for so long. */
function sleepers(seconds: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${seconds}\0`
    } catch {
      return false
    }
  })
}

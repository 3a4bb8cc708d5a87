import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratch } from '../collector/scratch.ts'
import { errandsWith, runAgent, sleepers, slowPlugin, until } from './agents.ts'
import { rollcall, rollcallJson, serve, type Surroundings } from './rollcall.ts'

interface Told {
  readonly state: string
  readonly outcome: string | null
}

/** An API, and a host that it knows, whose periodic run hangs in a probe until the test releases it. */
async function hangingHost(t: TestContext) {
  const folder = scratch(t)
  const here: Surroundings = { data: folder }
  const release = join(folder, 'release')
  // A number that no other process sleeps for.
  const seconds = `90.${process.pid}`
  writeFileSync(join(folder, 'slow.mjs'), slowPlugin(seconds, release))
  writeFileSync(join(folder, 'rollcall.config.json'), '{ "plugins": ["basic", "disk", "./slow.mjs"], "agent": { "jitter": "1s" } }')
  await serve(t, here)
  // So that the register has it, with a name to ask for.
  const { receipts } = await rollcallJson<{ receipts: readonly { identity: { name: string } }[] }>(
    ['collect', '--post', '--json', '--plugin', 'basic'],
    here,
  )
  return { here, folder, name: receipts[0]!.identity.name, seconds, release: () => writeFileSync(release, '') }
}

test('what a person asks for is done while a periodic run hangs in a slow probe', { timeout: 300_000 }, async (t) => {
  const { here, name, seconds } = await hangingHost(t)
  const agent = await runAgent(t, here)
  await until(() => sleepers(seconds).length > 0 || null, 'the periodic run hangs')

  const since = performance.now()
  const { status, stdout, stderr } = await rollcall(['collect-now', name, '--plugin', 'disk'], here)
  const took = performance.now() - since
  assert.equal(status, 0, stderr)
  assert.match(stdout, new RegExp(`^${name}: done in [\\d.]+ s: updated`))
  t.diagnostic(`${stdout.trim()}; with the start of the command ${(took / 1000).toFixed(1)} s`)

  const { services, receipts } = await agent.status()
  assert.equal(sleepers(seconds).length, 1, 'the periodic run still hangs')
  assert.deepEqual([services['*']?.isRunning, services['*']?.runs], [true, 0])
  assert.deepEqual(
    receipts.map(({ outcome }) => outcome),
    ['updated'],
  )

  const ending = performance.now()
  assert.equal(await agent.end('SIGTERM'), 0, agent.log())
  t.diagnostic(`stopped in the middle of it in ${((performance.now() - ending) / 1000).toFixed(1)} s`)
  await until(() => sleepers(seconds).length === 0 || null, 'no process is left')
  assert.deepEqual(errandsWith(here.data), [])
  assert.match(agent.log(), /agent has ended\n$/)
})

test('a task that its agent was killed over is offered to the next one, and done', { timeout: 300_000 }, async (t) => {
  const { here, name, seconds, release } = await hangingHost(t)
  const first = await runAgent(t, here)
  await until(() => sleepers(seconds).length === 1 || null, 'the periodic run hangs')
  const asked = rollcallJson<readonly Told[]>(['collect-now', name, '--plugin', 'slow', '--json'], here)
  await until(() => sleepers(seconds).length === 2 || null, 'the task is under way')
  await first.end('SIGKILL')
  await until(() => (sleepers(seconds).length === 0 && errandsWith(here.data).length === 0) || null, 'nothing goes on without its agent')

  release()
  const second = await runAgent(t, here)
  const [{ state, outcome } = {}] = await asked
  assert.equal(state, 'done')
  assert.match(outcome ?? '', /^(?:updated|unchanged)$/)
  assert.deepEqual(await until(async () => ((await second.status()).tasks.length === 0 ? true : null), 'the task is over'), true)
})

test('a task that its agent was stopped over is offered to the next one, and done', { timeout: 300_000 }, async (t) => {
  const { here, name, seconds, release } = await hangingHost(t)
  const first = await runAgent(t, here)
  const asked = rollcallJson<readonly Told[]>(['collect-now', name, '--plugin', 'slow', '--json'], here)
  await until(() => sleepers(seconds).length === 2 || null, 'the periodic run and the task are under way')
  assert.equal(await first.end('SIGTERM'), 0, first.log())
  release()
  await runAgent(t, here)
  const [{ state } = {}] = await asked
  assert.equal(state, 'done')
})

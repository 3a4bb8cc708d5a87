import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Agent } from '../../../collector/agent/agent.ts'
import type { Central } from '../../../collector/agent/central.ts'
import { failedErrand, type Errand, type ErrandResult } from '../../../collector/agent/errand.ts'
import { statusOf } from '../../../collector/agent/status.ts'
import type { TaskResult } from '../../../collector/agent/tasks.ts'
import { ScheduleError } from '../../../collector/errors.ts'
import { Spool } from '../../../collector/spool.ts'
import { DEFAULTS } from '../../../conf/defaults.ts'
import type { Settings } from '../../../conf/schema.ts'
import { reportOf } from '../reports.ts'
import { scratch } from '../scratch.ts'
import { ManualTiming, settled } from './manual-timing.ts'

const MINUTE = 60_000

function settingsOf(agent: Partial<Settings['agent']>): Settings {
  return { ...DEFAULTS, agent: { ...DEFAULTS.agent, every: '1h', jitter: '1s', ...agent } }
}

const GOOD: ErrandResult = { ...failedErrand(''), waiting: 0, failed: null }

/** An agent whose errands end as the test says: with a result, or only when `end` is called. */
async function agentOf({
  settings = settingsOf({}),
  central = null,
  answer = () => GOOD,
}: {
  readonly settings?: Settings
  readonly central?: Central | null
  readonly answer?: (errand: Errand) => ErrandResult | Promise<ErrandResult>
}) {
  const timing = new ManualTiming()
  const errands: string[] = []
  const logged: string[] = []
  const results: (readonly [string, TaskResult])[] = []
  const agent = await Agent.plan({
    settings,
    central,
    spread: 0,
    runErrand: async (errand, signal) => {
      const { collect, post } = errand
      const plugins = [...(collect?.plugins ?? []), ...(collect?.othersBut == null ? [] : [`*-${collect.othersBut.join('-')}`])]
      errands.push(
        `${new Date(timing.now()).toISOString().slice(11, 16)} ${collect === null ? 'deliver' : plugins.join('+')}${post ? '' : ' kept'}`,
      )
      const stopped = new Promise<ErrandResult>((resolve) => signal.addEventListener('abort', () => resolve(failedErrand('stopped'))))
      return await Promise.race([answer(errand), stopped])
    },
    onTaskResult: ({ id }, result) => void results.push([id, result]),
    timing,
    random: () => 0.5,
    log: (urgency, message, fields) =>
      void logged.push(`${urgency} ${message}${fields?.['reason'] === undefined ? '' : `: ${fields['reason']}`}`),
  })
  agent.begin(0)
  await timing.pass(0)
  return { agent, timing, errands, logged, results }
}

const NEVER = new Promise<ErrandResult>(() => undefined)

function centralOf(services: Central['services']): Central {
  return { services, origins: Object.fromEntries(Object.keys(services).map((name) => [name, 'template web'])), configUpdateInterval: 300 }
}

suite('agent', () => {
  test('everything at its start, and then as the schedules say, what is due together in one run', async () => {
    const { errands, timing } = await agentOf({ settings: settingsOf({ every: '30m', plugins: { disk: '15m' } }) })
    await timing.pass(60 * MINUTE)
    assert.deepEqual(errands, ['00:00 disk+*-disk', '00:15 disk', '00:30 disk+*-disk', '00:45 disk', '01:00 disk+*-disk'])
  })

  test('a run that takes longer than its interval is skipped and counted, never doubled', async () => {
    const gate = Promise.withResolvers<ErrandResult>()
    let isFirst = true
    const answer = () => (isFirst ? gate.promise : GOOD)
    const { agent, errands, logged, timing } = await agentOf({ settings: settingsOf({ every: '10m' }), answer })
    await timing.pass(35 * MINUTE)
    assert.deepEqual(logged, ['warning schedule: a run was due while the one before still went on, and was left out'])
    isFirst = false
    gate.resolve(GOOD)
    await timing.pass(10 * MINUTE)
    assert.deepEqual(errands, ['00:00 *-', '00:40 *-'])
    assert.equal(logged.length, 1)
    const { runs, skipped, lastMs } = agent.statistics.of('*')
    assert.deepEqual({ runs, skipped, lastMs }, { runs: 2, skipped: 3, lastMs: 0 })
    await timing.pass(10 * MINUTE)
    assert.equal(logged.at(-1), 'info schedule: well again')
  })

  test('what a person asks for does not wait for a periodic run that hangs', async () => {
    const { agent, results } = await agentOf({ answer: ({ collect }) => (collect?.plugins.includes('disk') === true ? GOOD : NEVER) })
    agent.addTask({ id: 't1', plugins: ['disk'] })
    await settled()
    assert.deepEqual(results, [['t1', { state: 'done', reason: null, reportId: null, outcome: null, changes: null }]])
  })

  test('a task is told how its own report fared', async () => {
    const receipt = { reportId: 'r2', name: 'web-01', outcome: 'updated', changes: 3, remarks: [] }
    const { agent, results } = await agentOf({
      answer: () => ({ ...GOOD, reportId: 'r2', receipts: [{ ...receipt, reportId: 'r1' }, receipt] }),
    })
    agent.addTask({ id: 't1', plugins: null })
    await settled()
    assert.deepEqual(results[0]?.[1], { state: 'done', reason: null, reportId: 'r2', outcome: 'updated', changes: 3 })
  })

  test('an API that does not answer is asked later and later, and at least as late as it wants', async () => {
    let retryAfterMs: number | null = null
    const { errands, logged, timing } = await agentOf({
      answer: () => ({ ...GOOD, waiting: 1, unanswered: { reason: 'refused', retryAfterMs } }),
    })
    await timing.pass(2 * MINUTE)
    retryAfterMs = 30 * MINUTE
    await timing.pass(10 * MINUTE)
    assert.deepEqual(errands.slice(0, 4), ['00:00 *-', '00:00 deliver', '00:00 deliver', '00:01 deliver'])
    assert.ok(errands.length <= 5, errands.join())
    assert.deepEqual(logged, ['warning API: refused'])
  })

  test('while the API wants to be left alone, reports are kept; later all is well again', async () => {
    let isUp = false
    const { errands, logged, timing } = await agentOf({
      settings: settingsOf({ every: '10m' }),
      answer: ({ post }) =>
        isUp && post ? GOOD : { ...GOOD, waiting: 1, unanswered: post ? { reason: 'busy', retryAfterMs: 15 * MINUTE } : null },
    })
    await timing.pass(11 * MINUTE)
    isUp = true
    await timing.pass(30 * MINUTE)
    assert.deepEqual(errands, ['00:00 *-', '00:10 *- kept', '00:18 deliver', '00:20 *-', '00:30 *-', '00:40 *-'])
    assert.deepEqual(logged, ['warning API: busy', 'info API: well again'])
  })

  test('a clock that is set back does not keep reports from an API that was away', async () => {
    let isUp = false
    const { errands, timing } = await agentOf({
      settings: settingsOf({ every: '5h' }),
      answer: () => (isUp ? GOOD : { ...GOOD, waiting: 1, unanswered: { reason: 'refused', retryAfterMs: null } }),
    })
    await timing.pass(5_000)
    timing.jump(-1)
    await timing.pass(10 * MINUTE)
    timing.jump(-60 * MINUTE)
    isUp = true
    await timing.pass(16 * MINUTE)
    assert.deepEqual(
      errands.filter((line) => line.endsWith('kept')),
      [],
    )
    const before = errands.length
    await timing.pass(60 * MINUTE)
    assert.equal(errands.length, before, 'what was posted is not posted again')
  })

  test('what waits is posted later, also where the process that was to do it broke down, or saw no API', async () => {
    const results: ErrandResult[] = [failedErrand('killed'), failedErrand('killed'), { ...GOOD, waiting: 2 }, GOOD]
    const { errands, timing } = await agentOf({ settings: settingsOf({ every: '5h' }), answer: () => results.shift() ?? GOOD })
    await timing.pass(20 * MINUTE)
    assert.deepEqual(errands, ['00:00 *-', '00:00 deliver', '00:00 deliver', '00:01 deliver'])
  })

  test('an API that names a distant date is asked again within two days', async () => {
    const { errands, timing } = await agentOf({
      settings: settingsOf({ every: '9000h' }),
      answer: () => ({ ...GOOD, waiting: 1, unanswered: { reason: 'later', retryAfterMs: 400 * 24 * 60 * MINUTE } }),
    })
    await timing.pass(48 * 60 * MINUTE)
    assert.deepEqual(errands, ['00:00 *-', '06:00 deliver'])
  })

  test('a full disk is said once, what is lost is counted', async () => {
    const { agent, logged, timing } = await agentOf({
      settings: settingsOf({ every: '10m' }),
      answer: () => ({ ...GOOD, troubles: ['no space left'], dropped: 1 }),
    })
    await timing.pass(30 * MINUTE)
    assert.equal(logged.filter((line) => line === 'warning disk: no space left').length, 1)
    assert.equal(logged.filter((line) => line.startsWith('warning spool:')).length, 1)
    assert.equal(agent.statistics.dropped, 4)
  })

  test('what the API decides replaces the schedule of the settings, until it decides nothing', async () => {
    const { agent, errands, timing } = await agentOf({ settings: settingsOf({ every: '30m' }) })
    await agent.useCentral(centralOf({ disks: ['disk', 600], nets: ['nic', 1200] }))
    await timing.pass(25 * MINUTE)
    await agent.useCentral(centralOf({}))
    await timing.pass(35 * MINUTE)
    assert.deepEqual(errands, ['00:00 *-', '00:00 disk+nic', '00:10 disk', '00:20 disk+nic', '00:25 *-', '00:30 *-', '01:00 *-'])
    assert.deepEqual(
      [...agent.plan.values()].map(({ origin }) => origin),
      ['settings'],
    )
  })

  test('settings may forbid it', async () => {
    const { agent } = await agentOf({ settings: settingsOf({ central: false }), central: centralOf({ disks: ['disk', 600] }) })
    assert.deepEqual([...agent.plan.keys()], ['*'])
  })

  test('new settings hold at once; a schedule that makes no sense is refused and the old ones stay', async () => {
    const { agent, errands, timing } = await agentOf({ settings: settingsOf({ every: '1h' }) })
    await assert.rejects(agent.useSettings(settingsOf({ every: '99 * * * *' })), ScheduleError)
    await timing.pass(MINUTE)
    await agent.useSettings(settingsOf({ every: '2m' }))
    await timing.pass(4 * MINUTE)
    assert.deepEqual(errands, ['00:00 *-', '00:02 *-', '00:04 *-'])
  })

  test('new settings, or a decision of the API, do not forget a run that is due', async () => {
    const gate = Promise.withResolvers<ErrandResult>()
    const { agent, errands, timing } = await agentOf({
      settings: settingsOf({ every: '1h', plugins: { disk: '50m' } }),
      answer: ({ collect }) => (collect?.othersBut === null ? gate.promise : GOOD),
    })
    await timing.pass(61 * MINUTE)
    assert.deepEqual(errands, ['00:00 disk+*-disk', '00:40 disk'])
    await agent.useSettings({ ...settingsOf({ every: '1h', plugins: { disk: '50m' } }), become: 'sudo' })
    await agent.useCentral(null)
    gate.resolve(GOOD)
    await timing.pass(MINUTE)
    assert.deepEqual(errands.slice(2), ['01:01 *-disk'])
  })

  test('settings and a decision of the API that come at the same moment both hold', async () => {
    for (const isFirst of [true, false]) {
      const { agent } = await agentOf({ settings: settingsOf({ every: '1h' }) })
      const changes = [
        async () => await agent.useSettings(settingsOf({ every: '30 3 * * *' })),
        async () => await agent.useCentral(centralOf({ disks: ['disk', 600] })),
      ]
      await Promise.all((isFirst ? changes : changes.toReversed()).map((change) => change()))
      assert.deepEqual([...agent.plan.keys()], ['disks'])
      await agent.useCentral(centralOf({}))
      assert.equal(agent.plan.get('*')?.schedule.text, '30 3 * * *')
      await agent.stop()
    }
  })

  test('it tells what waits now, whoever put it there', async (t) => {
    const { agent } = await agentOf({})
    const folder = scratch(t)
    await new Spool(join(folder, 'spool'), { maxBytes: 1e9 }).put(reportOf(1, {}))
    const { spool } = await statusOf(agent, { version: '1', startedAt: 0, folder, files: [], certFile: join(folder, 'cert') })
    assert.deepEqual(spool, { waiting: 1, dropped: 0 })
  })

  test('it stops what runs, and leaves no timer behind', async () => {
    const { agent, timing } = await agentOf({ answer: () => NEVER })
    agent.addTask({ id: 't1', plugins: null })
    await settled()
    await agent.stop()
    assert.equal(timing.pending, 0)
    assert.deepEqual(agent.running, [])
  })
})

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readSchedule, type Schedule } from '../../../collector/agent/schedule.ts'
import { Scheduler, SYSTEM_TIMING } from '../../../collector/agent/scheduler.ts'
import { ManualTiming } from './manual-timing.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function schedules(texts: Readonly<Record<string, string>>): Promise<Map<string, Schedule>> {
  const all = Object.entries(texts).map(async ([name, text]): Promise<[string, Schedule]> => [
    name,
    await readSchedule(text, { spread: 0, jitterMs: 0 }),
  ])
  return new Map(await Promise.all(all))
}

/** A scheduler, and all that it said was due. */
async function scheduling(texts: Readonly<Record<string, string>>) {
  const timing = new ManualTiming()
  const due: { readonly at: string; readonly names: string }[] = []
  const onDue = (names: readonly string[]): void =>
    void due.push({ at: new Date(timing.now()).toISOString().slice(11, 19), names: names.join() })
  const scheduler = new Scheduler({ timing, onDue })
  scheduler.replace(await schedules(texts))
  return { timing, due, scheduler }
}

suite('scheduler', () => {
  test('a time beyond what timers can count to is none that has come', async () => {
    let count = 0
    const cancel = SYSTEM_TIMING.after(400 * 24 * HOUR, () => (count += 1))
    await setTimeout(50)
    cancel()
    assert.equal(count, 0)
  })

  test('what is due together is told together', async () => {
    const { timing, due } = await scheduling({ disk: '15m', software: '30m' })
    await timing.pass(HOUR)
    assert.deepEqual(due, [
      { at: '00:15:00', names: 'disk' },
      { at: '00:30:00', names: 'disk,software' },
      { at: '00:45:00', names: 'disk' },
      { at: '01:00:00', names: 'disk,software' },
    ])
  })

  test('hours that were slept through are made up for once, within a minute of waking', async () => {
    const { timing, due } = await scheduling({ disk: '15m' })
    await timing.pass(5 * MINUTE)
    timing.jump(8 * HOUR)
    await timing.pass(MINUTE)
    assert.equal(due.length, 1)
    await timing.pass(10 * MINUTE)
    assert.deepEqual(
      due.map(({ at }) => at.slice(0, 5)),
      ['08:06', '08:15'],
    )
  })

  test('a clock that is set back makes nobody wait until it is the old time again', async () => {
    const { timing, due } = await scheduling({ disk: '15m' })
    await timing.pass(10 * MINUTE)
    timing.jump(-24 * HOUR)
    await timing.pass(20 * MINUTE)
    assert.deepEqual(due, [
      { at: '00:15:00', names: 'disk' },
      { at: '00:30:00', names: 'disk' },
    ])
  })

  test('a clock that NTP keeps right moves nothing', async () => {
    const { timing, due } = await scheduling({ disk: '15m' })
    for (let minute = 0; minute < 60; minute += 1) {
      await timing.pass(MINUTE)
      timing.jump(-100)
    }
    assert.equal(due.length, 3)
  })

  test('with other entries only those that are new or different are reckoned anew', async () => {
    const { timing, due, scheduler } = await scheduling({ disk: '1h', software: '1h' })
    await timing.pass(5 * MINUTE)
    scheduler.replace(await schedules({ disk: '1h', software: '10m', raid: '20m' }))
    await timing.pass(16 * MINUTE)
    assert.deepEqual(due, [
      { at: '00:10:00', names: 'software' },
      { at: '00:20:00', names: 'software,raid' },
    ])
  })

  test('without entries it sleeps for ever', async () => {
    const { timing, scheduler } = await scheduling({ disk: '1h' })
    scheduler.replace(new Map())
    assert.equal(timing.pending, 0)
  })
})

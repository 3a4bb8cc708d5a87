import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readSchedule, spreadOf } from '../../../collector/agent/schedule.ts'
import { ScheduleError } from '../../../collector/errors.ts'

const AT_ONCE = { spread: 0, jitterMs: 0 }

async function nextOf(text: string, after: string, place = AT_ONCE): Promise<string | null> {
  const next = (await readSchedule(text, place)).next(Date.parse(after))
  return next === null ? null : new Date(next).toISOString()
}

/** What is written, after when, and the first time that follows. */
const CASES: readonly (readonly [text: string, after: string, next: string])[] = [
  ['15m', '2026-03-01T10:00:00Z', '2026-03-01T10:15:00.000Z'],
  ['15m', '2026-03-01T10:14:59.999Z', '2026-03-01T10:15:00.000Z'],
  ['1h', '2026-03-01T10:14:00Z', '2026-03-01T11:00:00.000Z'],
  ['1d', '2026-03-01T10:14:00Z', '2026-03-02T00:00:00.000Z'],
  ['TZ=UTC 30 3 * * *', '2026-03-01T03:30:00Z', '2026-03-02T03:30:00.000Z'],
  ['TZ=Europe/Berlin 30 3 * * *', '2026-01-01T00:00:00Z', '2026-01-01T02:30:00.000Z'],
  ['TZ=Europe/Berlin 30 3 * * *', '2026-07-01T00:00:00Z', '2026-07-01T01:30:00.000Z'],
  // Clocks go back at 01:00Z: 02:30 comes twice, and is due once.
  ['TZ=Europe/Berlin 30 2 * * *', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
  ['TZ=Asia/Kolkata 0 0 1 * *', '2026-03-15T00:00:00Z', '2026-03-31T18:30:00.000Z'],
]

suite('schedule', () => {
  for (const [text, after, next] of CASES) {
    test(`${text} after ${after} is ${next}`, async () => {
      assert.equal(await nextOf(text, after), next)
    })
  }

  test('a host has a moment of its own within the jitter, always the same', async () => {
    const place = { spread: 0.5, jitterMs: 300_000 }
    assert.equal(await nextOf('1h', '2026-03-01T10:14:00Z', place), '2026-03-01T11:02:30.000Z')
    assert.equal(await nextOf('1h', '2026-03-01T10:02:29Z', place), '2026-03-01T10:02:30.000Z')
    assert.equal(await nextOf('1h', '2026-03-01T10:02:30Z', place), '2026-03-01T11:02:30.000Z')
    assert.equal(await nextOf('TZ=UTC 0 3 * * *', '2026-03-01T03:01:00Z', place), '2026-03-01T03:02:30.000Z')
  })

  test('jitter is never longer than the interval', async () => {
    assert.equal(await nextOf('10s', '2026-03-01T10:00:00Z', { spread: 0.5, jitterMs: 300_000 }), '2026-03-01T10:00:05.000Z')
  })

  test('what is due hourly and what is due every 15 minutes meet', async () => {
    const place = { spread: 0.7, jitterMs: 300_000 }
    const hourly = await nextOf('1h', '2026-03-01T10:59:00Z', place)
    assert.equal(await nextOf('15m', '2026-03-01T10:59:00Z', place), hourly)
  })

  for (const text of ['61 * * * *', '* * * *', 'TZ=Mars/Olympus 0 3 * * *', '0 0 30 2 *', 'often * * * *']) {
    test(`${text} is refused`, async () => {
      await assert.rejects(readSchedule(text, AT_ONCE), ScheduleError)
    })
  }

  test('names that differ by a digit lie far apart', () => {
    const places = Array.from({ length: 1000 }, (_, index) => spreadOf(`web-${index}`))
    const tenths = Array.from({ length: 10 }, (_, tenth) => places.filter((place) => Math.floor(place * 10) === tenth).length)
    assert.ok(Math.min(...tenths) > 70 && Math.max(...tenths) < 130, tenths.join())
    assert.ok(places.every((place) => place >= 0 && place < 1))
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeSpan } from '../../cli/when.ts'

test('a span of time is told by its two largest units', () => {
  const seconds = [-5, 0, 59, 60, 61, 599, 600, 3599, 3600, 5400, 86_399, 86_400, 90_000, 864_000]
  const said = ['0s', '0s', '59s', '1m', '1m 1s', '9m 59s', '10m', '59m', '1h', '1h 30m', '23h 59m', '1d', '1d 1h', '10d']
  assert.deepEqual(
    seconds.map((one) => timeSpan(one * 1000)),
    said,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressLine } from '../../../collector/run/progress.ts'
import { failedResult, type HostResult } from '../../../collector/run/result.ts'
import { failuresOf, outcomesOf, sharedAssets } from '../../../collector/run/summary.ts'
import type { Cause } from '../../../collector/ssh/causes.ts'

const failed = (host: string, cause: Cause): HostResult =>
  failedResult({ host, name: null, cause, message: `${host}!`, ms: 1, retryable: false })
const good = (host: string, own: Partial<HostResult> = {}): HostResult => ({
  ...failed(host, 'api'),
  status: 'ok',
  cause: null,
  message: null,
  ...own,
})

test('failures by cause: the most frequent first, a few hosts of each, and what to do', () => {
  const ok = good('fine')
  const failures = failuresOf([ok, failed('a', 'dns'), ...['b', 'c', 'd', 'e'].map((host) => failed(host, 'auth'))], { dns: 'ask Salt' })
  assert.deepEqual(
    failures.map(({ cause, count, hosts }) => ({ cause, count, hosts })),
    [
      { cause: 'auth', count: 4, hosts: ['b', 'c', 'd'] },
      { cause: 'dns', count: 1, hosts: ['a'] },
    ],
  )
  assert.match(failures[0]!.advice, /key or password/)
  assert.equal(failures[1]!.advice, 'ask Salt')
  assert.deepEqual(failuresOf([ok]), [])
})

const line = (done: number, seconds: number, all = 1000) =>
  progressLine({ all, done, failed: 2, running: 7, resting: [], elapsedMs: seconds * 1000 })

test('how far a run has come, in a line', () => {
  assert.equal(line(0, 0), '0 of 1000 hosts, 7 running, 2 failed, 0.0/s')
  assert.equal(line(10, 4), '10 of 1000 hosts, 7 running, 2 failed, 2.5/s, 7 min left')
  assert.equal(line(500, 10), '500 of 1000 hosts, 7 running, 2 failed, 50/s, 10 s left')
  assert.equal(line(100, 10, 100_000), '100 of 100000 hosts, 7 running, 2 failed, 10/s, 2.8 h left')
  assert.equal(line(1000, 10), '1000 of 1000 hosts, 7 running, 2 failed, 100/s')
  const resting = ['refused', 'timeout', 'refused']
  const one = progressLine({ all: 1, done: 0, failed: 0, running: 0, resting, elapsedMs: 0 })
  assert.equal(one, '0 of 1 host, 0 running, 3 to be tried again (refused, timeout), 0 failed, 0.0/s')
})

test('what the API made of the reports, and which hosts are one asset', () => {
  const results = [
    good('a', { outcome: 'updated', assetId: '1', name: 'web' }),
    good('b', { outcome: 'created', assetId: '2' }),
    good('c', { outcome: 'updated', assetId: '1', name: 'web' }),
    failed('d', 'dns'),
  ]
  assert.equal(outcomesOf(results), '1 created, 2 updated')
  assert.deepEqual([outcomesOf([good('a'), failed('d', 'dns')]), sharedAssets(results)], [null, [{ name: 'web', hosts: ['a', 'c'] }]])
})

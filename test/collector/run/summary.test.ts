import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressLine } from '../../../collector/run/progress.ts'
import type { HostResult } from '../../../collector/run/result.ts'
import { failuresOf } from '../../../collector/run/summary.ts'
import type { Cause } from '../../../collector/ssh/causes.ts'

const failed = (host: string, cause: Cause): HostResult => ({
  host,
  name: null,
  status: 'failed',
  cause,
  message: `${host}!`,
  ms: 1,
  retryable: false,
})

test('failures by cause: the most frequent first, a few hosts of each, and what to do', () => {
  const ok: HostResult = { host: 'fine', name: 'fine', status: 'ok', cause: null, message: null, ms: 1, retryable: false }
  const failures = failuresOf([ok, failed('a', 'dns'), ...['b', 'c', 'd', 'e'].map((host) => failed(host, 'auth'))], { dns: 'ask Salt' })
  assert.deepEqual(
    failures.map(({ cause, count, hosts, message }) => ({ cause, count, hosts, message })),
    [
      { cause: 'auth', count: 4, hosts: ['b', 'c', 'd'], message: 'b!' },
      { cause: 'dns', count: 1, hosts: ['a'], message: 'a!' },
    ],
  )
  assert.match(failures[0]!.advice, /key or password/)
  assert.equal(failures[1]!.advice, 'ask Salt')
  assert.deepEqual(failuresOf([ok]), [])
})

const line = (done: number, seconds: number, all = 1000) => progressLine({ all, done, failed: 2, running: 7, elapsedMs: seconds * 1000 })

test('how far a run has come, in a line', () => {
  assert.equal(line(0, 0), '0 of 1000 hosts, 7 running, 2 failed, 0.0/s')
  assert.equal(line(10, 4), '10 of 1000 hosts, 7 running, 2 failed, 2.5/s, 7 min left')
  assert.equal(line(500, 10), '500 of 1000 hosts, 7 running, 2 failed, 50/s, 10 s left')
  assert.equal(line(100, 10, 100_000), '100 of 100000 hosts, 7 running, 2 failed, 10/s, 2.8 h left')
  assert.equal(line(1000, 10), '1000 of 1000 hosts, 7 running, 2 failed, 100/s')
})

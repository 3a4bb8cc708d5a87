import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HostResult } from '../../../collector/run/result.ts'
import { StorageError } from '../../../collector/errors.ts'
import { LastRun, readUndone, undoneOf, type Undone } from '../../../collector/run/last-run.ts'
import { groupOf, runTargets, type TargetRun } from '../../../collector/run/run-targets.ts'
import type { Failed, TargetResult } from '../../../collector/ssh/results.ts'
import { endOf, entryKey, type Target } from '../../../collector/ssh/target.ts'
import { scratch } from '../scratch.ts'
import { targetOf } from '../ssh/targets.ts'

const targets = (count: number) => Array.from({ length: count }, (_, index) => targetOf({ address: `127.0.1.${index + 1}` }))

function failedOf(target: Target, newHostKeys: readonly string[] = []): Failed {
  const { address } = target
  return {
    key: entryKey(target),
    name: address,
    ms: 1,
    newHostKeys,
    status: 'failed',
    cause: 'refused',
    message: address,
    retryable: false,
  }
}

const newHost = async (target: Target) => failedOf(target, [`${target.address} ssh-ed25519 ${'A'.repeat(60)}`])

const stoppedHost = async (target: Target): Promise<TargetResult> => ({
  key: entryKey(target),
  name: '',
  ms: 1,
  newHostKeys: [],
  status: 'stopped',
})
const hostToTryAgain = async (target: Target): Promise<TargetResult> => ({ ...failedOf(target), retryable: true })

async function run(own: Partial<TargetRun> & Pick<TargetRun, 'targets' | 'dataFolder' | 'collect'>) {
  const results: HostResult[] = []
  let [running, most] = [0, 0]
  const left = await runTargets({
    deliveries: null,
    limits: { concurrency: 8, ofGroup: () => 8 },
    retrying: { waits: [], random: () => 0, wait: async () => undefined },
    signal: new AbortController().signal,
    onBroken: (error) => assert.fail(String(error)),
    onResting: () => undefined,
    onRunning: (by) => (most = Math.max(most, (running += by))),
    onResult: (result) => results.push(result),
    ...own,
  })
  return { results, left, running, most }
}

test('keys of many hosts at once are kept in whole lines, each once', async (t) => {
  const dataFolder = scratch(t)
  const { results, running, most } = await run({ targets: targets(100), dataFolder, collect: newHost })
  assert.deepEqual([results.length, running, most], [100, 0, 8])
  const lines = readFileSync(join(dataFolder, 'known_hosts'), 'utf8').trimEnd().split('\n')
  assert.equal(new Set(lines).size, 100)
  assert.ok(lines.every((line) => /^127\.0\.1\.\d+ ssh-ed25519 A{60}$/.test(line)))
})

test('a host key that cannot be kept ends the run: nothing of any host is taken', async (t) => {
  const dataFolder = scratch(t)
  const file = join(dataFolder, 'known_hosts')
  mkdirSync(file)
  const broken = new AbortController()
  const { results, left } = await run({
    targets: targets(40),
    dataFolder,
    collect: newHost,
    signal: broken.signal,
    onBroken: (error) => broken.abort(error),
  })
  assert.deepEqual([results, new Set(left.map(endOf)).size], [[], 40])
  assert.ok(broken.signal.reason instanceof StorageError)
  assert.equal(broken.signal.reason.folder, file)
})

test('a host that the run was stopped before is left, and no failure', async (t) => {
  const { results, left } = await run({ targets: targets(2), dataFolder: scratch(t), collect: stoppedHost })
  assert.deepEqual([results, left.length], [[], 2])
})

test('a host that waits for another try is told with why, until it is tried', async (t) => {
  const told: (string | null)[] = []
  const retrying = { waits: [1], random: () => 0, wait: async () => undefined }
  await run({ targets: targets(1), dataFolder: scratch(t), collect: hostToTryAgain, retrying, onResting: (_, cause) => told.push(cause) })
  assert.deepEqual(told, ['refused', null])
})

test('what shares a gateway or a subnet is one group', () => {
  const via = [targetOf({ address: 'gate', port: 2222 })]
  assert.equal(groupOf(targetOf({ address: '10.1.2.3', via })), 'gateway tester@gate:2222')
  assert.equal(groupOf(targetOf({ address: '10.1.2.3' })), 'subnet 10.1.2')
  assert.equal(groupOf(targetOf({ address: '2001:db8:1:2:3::4' })), 'subnet 2001:db8:1:2')
  assert.equal(groupOf(targetOf({ address: '2001:db8::4' })), groupOf(targetOf({ address: '2001:db8:0:0::5' })))
  assert.notEqual(groupOf(targetOf({ address: 'a.example' })), groupOf(targetOf({ address: 'b.example' })))
})

const undone = (address: string, port = 22, name: string | null = null): Undone => ({
  key: entryKey(targetOf({ address, port })),
  address,
  name,
})

test('what a run has still to do is on disk before it begins, and at its end without what was done', async (t) => {
  const folder = scratch(t)
  assert.equal(await readUndone(folder, 'ssh'), null)
  const hosts = ['a', 'b', 'c'].map((address) => undone(address))
  const lastRun = await LastRun.begin(folder, 'ssh', hosts)
  assert.deepEqual(await readUndone(folder, 'ssh'), hosts)
  lastRun.done('a')
  lastRun.done('c')
  await lastRun.end()
  assert.deepEqual([await readUndone(folder, 'ssh'), await readUndone(folder, 'salt')], [[hosts[1]], null])
})

test('while a run goes on, its list is written again from time to time', async (t) => {
  const folder = scratch(t)
  const lastRun = await LastRun.begin(folder, 'ssh', [undone('a'), undone('b')])
  const now = performance.now()
  t.mock.method(performance, 'now', () => now + 60_000)
  lastRun.done('a')
  while ((await readUndone(folder, 'ssh'))?.length !== 1) await new Promise((soon) => setTimeout(soon, 5))
})

test('a folder that cannot hold the list is told before any host is asked', async (t) => {
  const folder = join(scratch(t), 'file')
  writeFileSync(folder, '')
  await assert.rejects(LastRun.begin(folder, 'ssh', []), { name: 'StorageError' })
})

test('a host whose port was mended is found by its name or address; those of other lists are told', () => {
  const now = [undone('a'), undone('b', 22), undone('c', 2200, 'db'), undone('d')]
  const before = [undone('a'), undone('B', 2222), undone('10.0.0.3', 22, 'db'), undone('e')]
  const { hosts, others } = undoneOf(now, before)
  assert.deepEqual([hosts.map(({ address }) => address), others], [['a', 'b', 'c'], [before[3]]])
})

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HostResult } from '../../../collector/run/result.ts'
import { keepUndone, readUndone } from '../../../collector/run/last-run.ts'
import { groupOf, runTargets, type TargetRun } from '../../../collector/run/run-targets.ts'
import type { TargetResult } from '../../../collector/ssh/results.ts'
import { entryKey, type Target } from '../../../collector/ssh/target.ts'
import { scratch } from '../scratch.ts'
import { targetOf } from '../ssh/targets.ts'

const targets = (count: number) => Array.from({ length: count }, (_, index) => targetOf({ address: `127.0.1.${index + 1}` }))

function failedOf(target: Target, newHostKeys: readonly string[] = []): TargetResult {
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
const oneNewHost = async (target: Target) => failedOf(target, target.address === '127.0.1.2' ? ['a line'] : [])

async function run(own: Partial<TargetRun> & Pick<TargetRun, 'targets' | 'dataFolder' | 'collect'>) {
  const results: HostResult[] = []
  let [running, most] = [0, 0]
  const left = await runTargets({
    deliveries: null,
    limits: { concurrency: 8, ofGroup: () => 8 },
    retrying: { waits: [], random: () => 0, wait: async () => undefined },
    signal: new AbortController().signal,
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

test('a host whose key cannot be kept fails, and the run goes on', async (t) => {
  const dataFolder = scratch(t)
  mkdirSync(join(dataFolder, 'known_hosts'))
  const { results } = await run({ targets: targets(4), dataFolder, collect: oneNewHost })
  assert.deepEqual(results.map(({ host, cause }) => `${host} ${cause}`).toSorted(), [
    'tester@127.0.1.1 refused',
    'tester@127.0.1.2 hostkey',
    'tester@127.0.1.3 refused',
    'tester@127.0.1.4 refused',
  ])
})

test('what shares a gateway or a subnet is one group', () => {
  const via = [targetOf({ address: 'gate', port: 2222 })]
  assert.equal(groupOf(targetOf({ address: '10.1.2.3', via })), 'gateway tester@gate:2222')
  assert.equal(groupOf(targetOf({ address: '10.1.2.3' })), 'subnet 10.1.2')
  assert.equal(groupOf(targetOf({ address: '2001:db8:1:2:3::4' })), 'subnet 2001:db8:1:2')
  assert.equal(groupOf(targetOf({ address: '2001:db8::4' })), groupOf(targetOf({ address: '2001:db8:0:0::5' })))
  assert.notEqual(groupOf(targetOf({ address: 'a.example' })), groupOf(targetOf({ address: 'b.example' })))
})

test('what was left undone is known to the next run, and nothing is where there was none', async (t) => {
  const folder = scratch(t)
  assert.equal(await readUndone(folder, 'ssh'), null)
  await keepUndone(folder, 'ssh', ['a', '[b]:2222'])
  assert.deepEqual(await readUndone(folder, 'ssh'), new Set(['a', '[b]:2222']))
  assert.equal(await readUndone(folder, 'salt'), null)
})

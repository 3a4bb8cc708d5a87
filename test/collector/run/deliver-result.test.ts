import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Receipt, Report } from '../../../cmdb-api/contract.ts'
import { pack } from '../../../collector/packed-report.ts'
import { deliverResult } from '../../../collector/run/deliver-result.ts'
import { Deliveries } from '../../../collector/run/deliveries.ts'
import type { HostResult } from '../../../collector/run/result.ts'
import { Spool } from '../../../collector/spool.ts'
import type { Collected } from '../../../collector/ssh/results.ts'
import { peer, type Behaviour } from '../peer.ts'
import { receiptOf, reportOf, sectionOf } from '../reports.ts'
import { scratch } from '../scratch.ts'

async function delivered(t: TestContext, behaviour: Behaviour, own: Partial<Collected> = {}, folder = scratch(t)): Promise<HostResult> {
  const { api } = await peer(t, behaviour)
  const deliveries = new Deliveries({ spool: new Spool(join(folder, 'spool'), { maxBytes: 1e9 }), api })
  const report = pack(reportOf(1000, { cpu: sectionOf({ cores: 1 }) }, 'web-02'))
  const result = { ...report, status: 'ok', key: 'web', name: 'web-02', ms: 1, newHostKeys: [], cert: null, before: null, ...own } as const
  const [told] = await Promise.all([deliverResult('root@web', result, deliveries, folder), flushed(deliveries)])
  return told
}

async function flushed(deliveries: Deliveries): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((soon) => setTimeout(soon, 50))
    deliveries.flush()
  }
}

const answering =
  (own: Partial<Receipt>): Behaviour =>
  ({ reports }) =>
    reports.map((report: Report) => ({ ...receiptOf(report, own.outcome ?? 'updated'), ...own }))

test('what the API made of a report is in the result, with what it had to say', async (t) => {
  const identity = { name: 'web-02', assetId: '7' }
  const { status, outcome, assetId, warnings } = await delivered(t, answering({ outcome: 'created', identity, warnings: ['its clock'] }))
  assert.deepEqual({ status, outcome, assetId, warnings }, { status: 'ok', outcome: 'created', assetId: '7', warnings: ['its clock'] })
})

test('a name that the register does not take is told', async (t) => {
  const { name, warnings } = await delivered(t, answering({ identity: { name: 'web-01', assetId: '7' } }))
  assert.deepEqual([name, warnings], ['web-01', ['the register has it as web-01, and keeps that name']])
})

test('a report that is held, rejected, waits, or could not be kept: each is told as what it is', async (t) => {
  const errors = [{ pointer: '/sections/cpu', message: 'cpu is none' }]
  const held = await delivered(t, answering({ outcome: 'held', identity: null }))
  assert.deepEqual([held.status, held.outcome, held.assetId], ['ok', 'held', null])
  const rejected = await delivered(t, answering({ outcome: 'rejected', errors }))
  assert.deepEqual([rejected.cause, rejected.retryable, rejected.message], ['rejected', false, 'root@web: cpu is none'])
  const waiting = await delivered(t, (_, response) => void response.writeHead(401).end())
  assert.deepEqual([waiting.cause, waiting.message?.startsWith('root@web: ')], ['api', true])
  const folder = scratch(t)
  writeFileSync(join(folder, 'spool'), '')
  assert.equal((await delivered(t, answering({}), {}, folder)).cause, 'storage')
})

test('a cert that cannot be written fails its host before anything is posted', async (t) => {
  const folder = scratch(t)
  mkdirSync(join(folder, 'hosts/web'), { recursive: true })
  const cert = { name: 'web-02', id: 'x', assetId: null, seq: 1 }
  assert.equal((await delivered(t, () => assert.fail('posted'), { cert }, folder)).cause, 'storage')
})

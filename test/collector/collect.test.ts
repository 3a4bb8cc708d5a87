import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { Report as REPORT, type Report } from '../../cmdb-api/contract.ts'
import { readCert, writeCert, type Cert } from '../../collector/cert.ts'
import { collectHost, type Collected } from '../../collector/collect.ts'
import { deliver } from '../../collector/deliver.ts'
import { ApiUnreachable } from '../../collector/errors.ts'
import { prepare } from '../../collector/job.ts'
import { startLocal } from '../../collector/local-runner.ts'
import { pinName, resetCert } from '../../collector/pin.ts'
import type { OnReceipt } from '../../collector/reporter.ts'
import { Spool } from '../../collector/spool.ts'
import { uuidV7 } from '../../plugins/uuid.ts'
import type { Plugin } from '../../plugins/define.ts'
import basic from '../../plugins/builtin/basic.ts'
import { checkFor } from '../../plugins/validate.ts'
import { peer, register } from './peer.ts'
import { packages, pluginOf } from './plugins.ts'
import { scratch } from './scratch.ts'

const COLLECTOR = { version: '0.1.0', mode: 'agent', name: 'web-01' } as const

function collect(plugins: readonly Plugin[], cert: Cert | null = null, pin = false): Promise<Collected> {
  const run = startLocal()
  return collectHost({ plugins, run: () => run(prepare(plugins)), cert, pin, address: 'address', collector: COLLECTOR, now: Date.now })
}

/** What the API makes of the envelope. */
function assertValid(report: Report): void {
  const ajv = addFormats.default(new Ajv2020({ strict: false }))
  assert.ok(ajv.validate(REPORT, JSON.parse(JSON.stringify(report))), ajv.errorsText())
}

test('this machine gives a report that fits the wire format', async () => {
  const { report, cert } = await collect([basic])
  assertValid(report)
  assert.equal(cert, null)
  assert.equal(report.sections['basic']?.status, 'ok')
  assert.equal(report.identity.name, hostname())
  assert.equal(report.identity.evidence.cert, undefined)
})

test('a collection that is to be posted pins the name; the next one carries it on, whatever the host is called', async () => {
  const first = await collect([basic], null, true)
  assert.equal(first.cert?.name, hostname())
  assert.equal(first.report.identity.evidence.cert, first.cert.id)
  const second = await collect([basic], { ...first.cert, name: 'old-name', assetId: '01j9' }, true)
  assert.deepEqual([second.report.identity.name, second.report.identity.assetId], ['old-name', '01j9'])
  assert.equal(second.report.identity.evidence.hostname, hostname())
  assert.equal(second.cert?.id, first.cert.id)
  assert.ok(second.report.seq > first.report.seq)
})

test('a plugin that breaks, one whose probe is missing and one whose data do not fit cost only themselves', async () => {
  const broken: Plugin = { ...pluginOf('broken', { exec: ['echo', 'x'] }), parse: () => assert.fail('a mistake') }
  const missing = pluginOf('missing', { exec: ['no-such-program'] })
  const odd: Plugin = { ...pluginOf('odd', { exec: ['echo', 'y'] }), parse: () => ({ txet: 1 }) }
  const run = startLocal()
  const plugins = [broken, missing, odd, basic]
  const { report } = await collectHost({
    plugins,
    run: () => run(prepare(plugins)),
    cert: null,
    pin: false,
    address: 'address',
    collector: COLLECTOR,
    now: Date.now,
    checkOf: (plugin) => (plugin === odd ? checkFor(plugin) : undefined),
  })
  assertValid(report)
  const told = Object.entries(report.sections).map(([name, { status, reason }]) => [name, status, reason?.slice(0, 40)])
  assert.deepEqual(told.slice(0, 3), [
    ['broken', 'failed', 'plugin broken broke: a mistake'],
    ['missing', 'absent', 'no-such-program is not installed'],
    ['odd', 'failed', 'plugin odd broke: its section does not f'],
  ])
  assert.equal(report.sections['basic']?.status, 'ok')
})

test('a recorded capture of a host that does not tell its name goes by its address', async () => {
  const probes = { packages: { exit: 0, stdout: 'zlib 1.3 idle\n', stderr: '' } }
  const { report } = await collectHost({
    plugins: [packages],
    run: async () => ({ complete: true, probes }),
    cert: null,
    pin: false,
    address: 'db-07',
    collector: { ...COLLECTOR, mode: 'import' },
    now: () => 1_700_000_000_000,
  })
  assertValid(report)
  assert.deepEqual(report.identity, { name: 'db-07', assetId: null, kind: 'unknown', evidence: {} })
  assert.deepEqual([report.seq, report.collectedAt], [1_700_000_000_000, '2023-11-14T22:13:20.000Z'])
})

/** Takes receipts, and notes what came of the reports. */
function noted(): { readonly outcomes: string[]; readonly onReceipt: OnReceipt } {
  const outcomes: string[] = []
  return { outcomes, onReceipt: async (_, { outcome }) => void outcomes.push(outcome) }
}

test('a posted report pins the name before it is sent, and the receipt brings the asset id', async (t) => {
  const data = scratch(t)
  const certFile = join(data, 'cert')
  const { api } = await peer(t, register())
  const spool = new Spool(join(data, 'spool'), { maxBytes: 1e8 })
  const collected = await collect([basic], null, true)
  const { onReceipt, outcomes } = noted()
  const { left, dropped } = await deliver({ collected, certFile, spool, api, onReceipt })
  assert.deepEqual([outcomes, left, dropped], [['updated'], 0, 0])
  assert.deepEqual(await readCert(certFile), { ...collected.cert, assetId: `asset-of-${hostname()}` })
})

test('a report that cannot be posted waits; the next one takes it along', async (t) => {
  const data = scratch(t)
  const certFile = join(data, 'cert')
  const spool = new Spool(join(data, 'spool'), { maxBytes: 1e8 })
  const patience = { attempts: 1, maxWaitMs: 0 }
  const down = { url: 'http://127.0.0.1:1', token: 'x', ca: null, timeoutSeconds: 1 }
  const first = await deliver({ collected: await collect([basic], null, true), certFile, spool, api: down, patience })
  assert.ok(first.stopped instanceof ApiUnreachable)
  assert.equal(first.left, 1)
  const { api } = await peer(t, register())
  const { onReceipt, outcomes } = noted()
  await deliver({ collected: await collect([basic], await readCert(certFile), true), certFile, spool, api, onReceipt })
  assert.deepEqual(outcomes, ['updated', 'unchanged'])
})

/** Delivers collections that all began with one cert, in their order, while something was done to it; the reports as they were spooled. */
async function delivered(certFile: string, all: readonly Collected[]): Promise<Report[]> {
  const spool = new Spool(`${certFile}.spool`, { maxBytes: 1e8 })
  await Promise.all(all.map((collected) => deliver({ collected, certFile, spool, api: null })))
  const reports = await Promise.all((await spool.list()).map((waiting) => spool.read(waiting)))
  return reports.filter((one) => one !== null)
}

test('a name that was pinned while the host was collected holds, and a reset is one', async (t) => {
  const certFile = join(scratch(t), 'cert')
  const first = await collect([basic], null, true)
  await delivered(certFile, [first])
  const before = await readCert(certFile)
  const second = await collect([basic], before, true)
  await pinName(certFile, 'db-07')
  const [, renamed] = await delivered(certFile, [second])
  assert.deepEqual([renamed?.identity.name, renamed?.identity.evidence.cert], ['db-07', before?.id])
  assert.equal((await readCert(certFile))?.name, 'db-07')
  const third = await collect([basic], await readCert(certFile), true)
  await resetCert(certFile)
  const [anew] = (await delivered(certFile, [third])).toReversed()
  const cert = await readCert(certFile)
  assert.equal(anew?.identity.name, hostname())
  assert.notEqual(cert?.id, before?.id)
  assert.deepEqual([cert?.id, cert?.seq], [anew.identity.evidence.cert, anew.seq])
})

test('collections that overlap pin one cert, and each has a seq of its own', async (t) => {
  for (const before of [null, { name: 'web-01', id: 'c1', assetId: null, seq: 8_000_000_000_000 }]) {
    const certFile = join(scratch(t), 'cert')
    if (before !== null) await writeCert(certFile, before)
    const all = await Promise.all(Array.from({ length: 4 }, async () => await collect([packages], before, true)))
    const reports = await delivered(certFile, all)
    assert.equal(new Set(reports.map(({ identity }) => identity.evidence.cert)).size, 1)
    if (before !== null) assert.equal(new Set(reports.map(({ seq }) => seq)).size, 4)
    assert.equal((await readCert(certFile))?.seq, Math.max(...reports.map(({ seq }) => seq)))
  }
})

test('what was seen earlier does not pass for newer because it was posted later', async (t) => {
  const certFile = join(scratch(t), 'cert')
  const long = await collect([packages], null, true)
  const short = await collect([packages], null, true)
  await delivered(certFile, [short])
  const reports = await delivered(certFile, [long])
  assert.deepEqual(
    reports.map(({ id }) => id),
    [long.report.id, short.report.id],
  )
  assert.equal((await readCert(certFile))?.seq, short.report.seq)
})

test('where the spool cannot be written, the report is posted all the same, and the trouble told', async (t) => {
  const data = scratch(t)
  const certFile = join(data, 'cert')
  const { api } = await peer(t, register())
  writeFileSync(join(data, 'taken'), '')
  const spool = new Spool(join(data, 'taken/spool'), { maxBytes: 1e8 })
  const { onReceipt, outcomes } = noted()
  const { troubles } = await deliver({ collected: await collect([basic], null, true), certFile, spool, api, onReceipt })
  assert.deepEqual(outcomes, ['updated'])
  assert.match(troubles[0]?.message ?? '', /^cannot use \S+taken\/spool: a part of that path is a file/)
  assert.ok(existsSync(certFile))
  assert.match(readFileSync(certFile, 'utf8'), /^asset: asset-of/m)
})

test('ids are UUIDs of version 7, in the order of time', () => {
  const ids = [1, 2, 1_700_000_000_000, 1_700_000_000_001].map((now) => uuidV7(now))
  assert.deepEqual(ids.toSorted(), ids)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

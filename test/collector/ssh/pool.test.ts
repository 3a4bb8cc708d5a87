import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { beginSeq, certFor, hostCertFile, keepHostCert, keepSeq, readHostCert } from '../../../collector/ssh/host-certs.ts'
import { ownKnownHosts, rememberHostKeys } from '../../../collector/ssh/host-key-files.ts'
import { TargetPool, threadsFor } from '../../../collector/ssh/pool.ts'
import { whole } from '../../../collector/packed-report.ts'
import { entryKey, type Target } from '../../../collector/ssh/target.ts'
import type { ThreadSetup } from '../../../collector/ssh/worker.ts'
import { noSshd, startSshd } from '../../sshd.ts'
import { scratch } from '../scratch.ts'
import { targetOf } from './targets.ts'

function setupFor(dataFolder: string, more: Partial<ThreadSetup> = {}): ThreadSetup {
  const collector = { version: '0', mode: 'ssh', name: 'test' } as const
  return {
    plugins: ['basic', 'cpu'],
    pluginFolder: '/',
    middleware: [['tag', { site: 'fra1' }]],
    middlewareFolder: '/',
    dataFolder,
    lastSeq: 0,
    collector,
    pin: true,
    ...more,
  }
}

test('threads: hosts to reports, with names, certs and new host keys', { skip: noSshd }, async (t) => {
  const sshd = await startSshd(t)
  const folder = scratch(t)
  const pool = await TargetPool.open(setupFor(folder), { threads: 2, concurrency: 20 })
  t.after(() => pool.close())
  const own = { port: sshd.port, credentials: { key: sshd.key, passphrase: null, password: null, agent: null } }
  const targets: Target[] = [
    ...Array.from({ length: 20 }, (_, index) => targetOf({ ...own, address: `127.0.3.${index + 1}` })),
    targetOf({ ...own, address: '127.0.3.100', name: 'from-the-list' }),
    targetOf({ ...own, address: '127.0.3.101', port: 1 }),
    targetOf({ ...own, address: '127.0.3.102', via: [targetOf(own)] }),
  ]
  const results = await Promise.all(targets.map((target) => pool.collect(target)))
  const good = results.filter((one) => one.status === 'ok')
  assert.deepEqual(
    results.filter((one) => one.status === 'failed').map(({ cause, name, retryable }) => ({ cause, name, retryable })),
    [{ cause: 'refused', name: '127.0.3.101', retryable: true }],
  )
  const reports = good.map(whole)
  for (const { sections, labels, collector } of reports) {
    assert.deepEqual([sections['basic']?.status, sections['cpu']?.status, labels, collector.mode], ['ok', 'ok', { site: 'fra1' }, 'ssh'])
  }
  assert.equal(reports.find(({ identity }) => identity.name === 'from-the-list')?.identity.evidence.hostname, reports[0]?.identity.name)
  // Each host, and the gateway once.
  assert.equal(results.flatMap(({ newHostKeys }) => newHostKeys).length, 23)

  await t.test('a second run finds keys, names and certs where the first left them', async () => {
    await rememberHostKeys(
      ownKnownHosts(folder),
      results.flatMap(({ newHostKeys }) => newHostKeys),
    )
    for (const { key, cert, before } of good) if (cert !== null) await keepHostCert(hostCertFile(folder, key), cert, before)
    const again = await TargetPool.open(setupFor(folder), { threads: 1, concurrency: 20 })
    t.after(() => again.close())
    const second = await again.collect({ ...targets[0]!, hostKeys: 'strict' })
    assert.ok(second.status === 'ok')
    assert.deepEqual([second.newHostKeys, whole(second).identity.evidence.cert], [[], reports[0]?.identity.evidence.cert])
    assert.ok(whole(second).seq > reports[0]!.seq)
  })
})

test('plugins that cannot be loaded are told once, at the start', async (t) => {
  await assert.rejects(TargetPool.open(setupFor(scratch(t), { plugins: ['no-such-plugin'] }), { threads: 2, concurrency: 2 }), {
    name: 'PluginError',
    message: /no-such-plugin/,
  })
})

test('a cert of the store that says nothing fails its host, with the file, before anybody connects', async (t) => {
  const folder = scratch(t)
  const pool = await TargetPool.open(setupFor(folder), { threads: 1, concurrency: 1 })
  t.after(() => pool.close())
  const target = targetOf({ address: '127.0.0.1', port: 1 })
  const file = hostCertFile(folder, entryKey(target))
  mkdirSync(file, { recursive: true })
  const result = await pool.collect(target)
  assert.ok(result.status === 'failed')
  assert.deepEqual([result.cause, result.message], ['cert', `tester@127.0.0.1:1: ${file} cannot be read (EISDIR)`])
})

test('a pool that was closed leaves its hosts undone', async (t) => {
  const pool = await TargetPool.open(setupFor(scratch(t)), { threads: 1, concurrency: 1 })
  await pool.close()
  assert.equal((await pool.collect(targetOf({}))).status, 'stopped')
})

test('the cert of an entry: the list names it, else it stays pinned', async (t) => {
  const folder = scratch(t)
  const file = hostCertFile(folder, entryKey(targetOf({ address: 'web-01', port: 2222, via: [targetOf({ address: '..' })] })))
  assert.equal(file, join(folder, 'hosts', '..%3E%5Bweb-01%5D%3A2222'))
  assert.equal(hostCertFile(folder, '..'), join(folder, 'hosts', '%2E%2E'))
  // Behind a gateway of 250 characters hosts begin alike.
  const long = ['a', 'b'].map((last) => hostCertFile(folder, `${'x'.repeat(250)}>${last}`))
  assert.notEqual(long[0], long[1])
  assert.ok(long.every((one) => basename(one).length < 250))
  assert.equal(readHostCert(file, 0), null)
  await keepHostCert(file, { name: 'web-01', id: 'x', assetId: null, seq: 7 }, null)
  assert.equal(readFileSync(file, 'utf8'), 'web-01\ncert: x\nseq: 7\n')
  const pinned = readHostCert(file, 0)
  const renamed = { name: 'renamed', id: 'x', assetId: null, seq: 7 }
  assert.deepEqual([certFor(pinned, null), certFor(pinned, 'renamed')], [{ ...renamed, name: 'web-01' }, renamed])
  assert.deepEqual([certFor(null, null), certFor(null, 'named')], [null, { ...renamed, name: 'named', id: null, seq: 0 }])
  await keepHostCert(file, { ...renamed, seq: 8 }, pinned)
  assert.deepEqual(readHostCert(file, 0), { ...renamed, seq: 8 })
})

test('no host goes back in seq after the clock was set back, although no cert is written for seq alone', async (t) => {
  const folder = scratch(t)
  const file = hostCertFile(folder, 'web-01')
  const cert = { name: 'web-01', id: 'x', assetId: 'a', seq: 1000 }
  assert.equal(await beginSeq(folder, 1000), 0)
  await keepHostCert(file, cert, null)
  await keepHostCert(file, { ...cert, seq: 1900 }, cert)
  assert.match(readFileSync(file, 'utf8'), /^seq: 1000$/m)
  await keepSeq(folder, 0, 2000)
  assert.equal(readHostCert(file, await beginSeq(folder, 500))?.seq, 2000)
  // This run was killed; it gave its hosts 2001.
  assert.equal(readHostCert(file, await beginSeq(folder, 500))?.seq, 2001)
})

test('threads for so many hosts at once, of as many processors', () => {
  assert.deepEqual([threadsFor(200, 8), threadsFor(200, 2), threadsFor(10, 8), threadsFor(1, 1)], [4, 1, 1, 1])
})

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../cmdb-api/contract.ts'
import { StorageError } from '../../collector/errors.ts'
import { pack } from '../../collector/packed-report.ts'
import { Spool } from '../../collector/spool.ts'
import { receiptOf, reportOf, sectionOf } from './reports.ts'
import { scratch } from './scratch.ts'

const MB = 1024 * 1024

/** Import statements for a process of its own. */
const IMPORTS = `import { Spool } from '${new URL('../../collector/spool.ts', import.meta.url).href}'
  import { pack } from '${new URL('../../collector/packed-report.ts', import.meta.url).href}'
  import { reportOf, sectionOf } from '${new URL('./reports.ts', import.meta.url).href}'`

const report = (seq: number, name?: string): Report => reportOf(seq, { disk: sectionOf({ seq }) }, name)

async function seqsIn(spool: Spool): Promise<(number | undefined)[]> {
  const reports = await Promise.all((await spool.list()).map((waiting) => spool.read(waiting)))
  return reports.map((one) => one?.seq)
}

test('reports come back whole, in the order of their collection', async (t) => {
  const spool = new Spool(join(scratch(t), 'spool'), { maxBytes: MB })
  assert.deepEqual(await spool.list(), [])
  for (const seq of [1_700_000_000_000, 999, 12]) await spool.put(report(seq))
  assert.deepEqual(await seqsIn(spool), [12, 999, 1_700_000_000_000])
  const [first] = await spool.list()
  assert.deepEqual(await spool.read(first!), report(12))
  await spool.remove(first!)
  assert.equal(await spool.read(first!), null)
  assert.deepEqual(await seqsIn(spool), [999, 1_700_000_000_000])
})

test('reports of one host can be told from those of another without reading them', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: MB })
  for (const one of [report(1, 'a'), report(2, 'b'), report(3, 'a')]) await spool.put(one)
  const [a, b, again] = (await spool.list()).map(({ host }) => host)
  assert.equal(a, again)
  assert.notEqual(a, b)
})

test('a full spool drops its oldest reports, says how many, and never the newest', async (t) => {
  const size = JSON.stringify(report(100)).length
  const spool = new Spool(scratch(t), { maxBytes: size * 3 })
  for (const seq of [100, 101, 102]) assert.deepEqual(await spool.put(report(seq)), { dropped: 0 })
  assert.deepEqual(await spool.put(report(103)), { dropped: 1 })
  assert.deepEqual(await seqsIn(spool), [101, 102, 103])
  assert.deepEqual(await new Spool(spool.folder, { maxBytes: 1 }).put(report(104)), { dropped: 3 })
  assert.deepEqual(await seqsIn(spool), [104])
})

const sayingAt = (seq: number, content: number): Report => reportOf(seq, { disk: sectionOf({ content }) })

test('a full spool first lets go of reports that only repeat others: nothing is lost', async (t) => {
  const size = JSON.stringify(report(100)).length
  const spool = new Spool(scratch(t), { maxBytes: size * 4 + 100 })
  for (const seq of [101, 102, 103, 104, 105, 106]) assert.deepEqual(await spool.put(sayingAt(seq, 1)), { dropped: 0 })
  for (const seq of [107, 108]) assert.deepEqual(await spool.put(sayingAt(seq, 2)), { dropped: 0 })
  assert.deepEqual((await seqsIn(spool)).slice(0, 1), [101])
  assert.deepEqual((await seqsIn(spool)).slice(-2), [107, 108])
  assert.deepEqual(await spool.put(sayingAt(109, 3)), { dropped: 1 })
})

test('reports that came together are one file, and yet each waits for itself', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: MB })
  await spool.put(report(2, 'b'))
  assert.deepEqual(await spool.putAll([report(3, 'a'), report(1, 'ä'), report(4, 'b')].map((one) => pack(one))), { dropped: 0 })
  assert.equal(readdirSync(spool.folder).length, 2)
  assert.deepEqual(await seqsIn(spool), [1, 2, 3, 4])
  const [first, second, third, fourth] = await spool.list()
  assert.equal(second!.host, fourth!.host)
  assert.deepEqual(await spool.read(first!), report(1, 'ä'))
  await spool.remove(first!)
  assert.equal(await spool.read(first!), null)
  await spool.remove(fourth!)
  assert.deepEqual(await seqsIn(spool), [2, 3])
  // Another process knows nothing of it, until this one has tidied up.
  assert.deepEqual(await seqsIn(new Spool(spool.folder, { maxBytes: MB })), [1, 2, 3, 4])
  await spool.tidy()
  for (const one of [spool, new Spool(spool.folder, { maxBytes: MB })]) assert.deepEqual(await seqsIn(one), [2, 3])
  const [, last] = await spool.list()
  await spool.reject(last!, receiptOf(report(3, 'a'), 'rejected'))
  assert.deepEqual(await spool.list(), [second])
  assert.equal(third!.file, last!.file)
  assert.deepEqual(readdirSync(spool.folder).toSorted(), [second!.file, 'rejected'])
})

test('what reports of a bundle have in common is in it once, and each comes back whole, or without what its reader has', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: MB })
  const software = sectionOf({ packages: 'x'.repeat(5000) })
  const made = [1, 2, 3].map((seq) => reportOf(seq, { disk: sectionOf({ seq }), software }, `web-${seq}`))
  await spool.putAll(made.map((one) => pack(one)))
  const [bundle] = readdirSync(spool.folder)
  assert.ok(readFileSync(join(spool.folder, bundle!)).length < 8000)
  const waiting = await spool.list()
  for (const [index, one] of waiting.entries()) assert.deepEqual(await spool.read(one), made[index])
  const { sections } = (await spool.read(waiting[0]!, (section) => section === 'software'))!
  assert.deepEqual([sections['software']?.data, sections['software']?.digest], [undefined, software.digest])
  assert.deepEqual(sections['disk'], made[0]!.sections['disk'])
  await spool.remove(waiting[0]!)
  await spool.tidy()
  const rest = new Spool(spool.folder, { maxBytes: MB })
  assert.deepEqual(await Promise.all((await rest.list()).map((one) => rest.read(one))), made.slice(1))
  const [again] = readdirSync(spool.folder)
  const cut = readFileSync(join(spool.folder, again!)).subarray(0, -100)
  writeFileSync(join(spool.folder, again!), cut)
  assert.deepEqual(await seqsIn(new Spool(spool.folder, { maxBytes: MB })), [undefined, undefined])
  assert.equal(readdirSync(join(spool.folder, 'unreadable')).length, 2)
})

test('a bundle that another process has dealt with is gone; one that is none is set aside, a broken report in it alone', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: MB })
  await spool.putAll([report(1), report(2)].map((one) => pack(one)))
  const before = await spool.list()
  for (const one of await spool.list()) await new Spool(spool.folder, { maxBytes: MB }).remove(one)
  const [bundle] = readdirSync(spool.folder)
  rmSync(join(spool.folder, bundle!))
  assert.deepEqual(await Promise.all(before.map((one) => spool.read(one))), [null, null])
  assert.deepEqual(await spool.list(), [])

  writeFileSync(join(spool.folder, bundle!), 'hello')
  assert.deepEqual(await spool.list(), [])
  assert.deepEqual(readdirSync(join(spool.folder, 'unreadable')), [bundle])

  await spool.putAll([report(1), report(2)].map((one) => pack(one)))
  const [again] = readdirSync(spool.folder).filter((name) => name.endsWith('.bundle'))
  const text = readFileSync(join(spool.folder, again!), 'utf8')
  writeFileSync(join(spool.folder, again!), text.replace('"seq":1,', '"seq":7,'))
  assert.deepEqual(await seqsIn(spool), [undefined, 2])
  assert.deepEqual(await seqsIn(spool), [2])
  assert.equal(readdirSync(join(spool.folder, 'unreadable')).length, 2)
})

test('of a full spool the oldest bundles give way as a whole', async (t) => {
  const size = JSON.stringify(report(100)).length
  const spool = new Spool(scratch(t), { maxBytes: size * 6 })
  await spool.putAll([report(100), report(101)].map((one) => pack(one)))
  await spool.put(report(102))
  assert.deepEqual(await spool.putAll([report(103), report(104), report(105)].map((one) => pack(one))), { dropped: 2 })
  assert.deepEqual(await seqsIn(spool), [102, 103, 104, 105])
  const many = Array.from({ length: 150 }, (_, index) => pack(report(1000 + index)))
  await new Spool(spool.folder, { maxBytes: MB }).putAll(many)
  assert.deepEqual((await seqsIn(spool)).length, 154)
  assert.equal(readdirSync(spool.folder).length, 5)
})

test('a rejected report is kept beside the spool, with its receipt', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: MB })
  await spool.put(report(1))
  const [waiting] = await spool.list()
  await spool.reject(waiting!, receiptOf(report(1), 'rejected'))
  assert.deepEqual(await spool.list(), [])
  const kept: unknown = JSON.parse(readFileSync(join(spool.folder, 'rejected', waiting!.file), 'utf8'))
  assert.deepEqual(kept, { receipt: receiptOf(report(1), 'rejected'), report: report(1) })
})

test('files that are no reports are set aside, and the others still come', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: MB })
  for (const seq of [1, 2, 3, 4]) await spool.put(report(seq))
  const [half, other, folder] = await spool.list()
  writeFileSync(join(spool.folder, half!.file), '{"id": "019')
  writeFileSync(join(spool.folder, other!.file), JSON.stringify(report(77)))
  await spool.remove(folder!)
  mkdirSync(join(spool.folder, folder!.file))
  writeFileSync(join(spool.folder, 'README'), 'hello')
  assert.deepEqual(await seqsIn(spool), [undefined, undefined, undefined, 4])
  assert.deepEqual(await seqsIn(spool), [4])
  assert.equal(readdirSync(join(spool.folder, 'unreadable')).length, 3)
})

test('what a killed process left half written is never listed, and swept once its writer must be dead', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: MB })
  await spool.put(report(1))
  const [{ file } = { file: '' }] = await spool.list()
  const left = join(spool.folder, `${file}.99-abc.tmp`)
  writeFileSync(left, '{"id"')
  assert.equal((await spool.list()).length, 1)
  await spool.sweep(Date.now())
  assert.equal(readdirSync(spool.folder).length, 2)
  utimesSync(left, 1, 1)
  await spool.sweep(Date.now())
  assert.deepEqual(readdirSync(spool.folder), [file])
})

test('a process that is killed while it spools leaves whole reports, and all that it was sure of', async (t) => {
  const spool = new Spool(scratch(t), { maxBytes: 100 * MB })
  const code = `${IMPORTS}
    const spool = new Spool(process.argv[1], { maxBytes: 1e8 })
    for (let seq = Number(process.argv[2]); ; ) {
      const reports = Array.from({ length: seq % 3 + 1 }, () => reportOf(seq++, { software: sectionOf({ packages: 'x'.repeat(50000) }) }))
      await spool.putAll(reports.map((one) => pack(one)))
      process.stdout.write(reports.map((one) => one.seq + '\\n').join(''))
    }`
  for (let round = 0; round < 6; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, spool.folder, String(round * 100_000 + 1)])
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await sleep(200 + round * 13)
    child.kill('SIGKILL')
    await once(child, 'close')
    const sure = said.split('\n').slice(0, -1).map(Number)
    const seqs = await seqsIn(spool)
    assert.ok(!seqs.includes(undefined), 'a file is half written')
    assert.deepEqual(
      sure.filter((seq) => !seqs.includes(seq)),
      [],
    )
  }
})

test(
  'on a disk that is full the oldest give way and are counted; where others have filled it, it is an error that names the folder',
  { skip: process.getuid?.() !== 0 && 'needs root' },
  (t) => {
    const folder = scratch(t)
    const code = `${IMPORTS}
    import { readdirSync, rmSync, writeFileSync } from 'node:fs'
    const spool = new Spool('${folder}/spool', { maxBytes: 1e8 })
    const put = (seq) => spool.put(reportOf(seq, { software: sectionOf({ packages: seq + 'x'.repeat(50000) }) }))
    const seqs = async () => (await Promise.all((await spool.list()).map((one) => spool.read(one)))).map((one) => one?.seq)
    let dropped = 0
    for (let seq = 1; seq <= 20; seq++) dropped += (await put(seq)).dropped
    const kept = await seqs()
    console.log(kept.length + dropped, kept.at(-1), kept.length >= 2)
    console.log(readdirSync(spool.folder).some((name) => name.endsWith('.tmp')))
    for (const one of await spool.list()) await spool.remove(one)
    try { writeFileSync('${folder}/others', 'x'.repeat(1e6)) } catch {}
    try {
      await put(21)
    } catch (error) {
      console.log(error.name, error.code, error.folder, error.message.includes('make room'))
    }
    rmSync('${folder}/others')
    console.log((await put(22)).dropped, await seqs())`
    const script = `mount -t tmpfs -o size=300k none '${folder}' && exec "$0" --input-type=module -e "$1"`
    const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, process.execPath, code], { encoding: 'utf8' })
    assert.equal(stdout, `20 20 true\nfalse\nStorageError ENOSPC ${folder}/spool true\n0 [ 22 ]\n`, stderr)
  },
)

test("another user's folder is an error that names it", { skip: process.getuid?.() !== 0 && 'needs root' }, (t) => {
  const folder = scratch(t)
  mkdirSync(join(folder, 'spool'))
  chmodSync(join(folder, 'spool'), 0o700)
  chmodSync(folder, 0o755)
  const code = `process.setgroups([]); process.setgid(65534); process.setuid(65534)
    const { Spool } = await import('${new URL('../../collector/spool.ts', import.meta.url).href}')
    await new Spool('${folder}/spool', { maxBytes: 1 }).list().catch((error) => console.log(error.name, error.code))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  assert.equal(stdout, 'StorageError EACCES\n', stderr)
})

test('a folder that is a file is an error that names it', async (t) => {
  const file = join(scratch(t), 'spool')
  writeFileSync(file, '')
  await assert.rejects(new Spool(file, { maxBytes: MB }).put(report(1)), StorageError)
})

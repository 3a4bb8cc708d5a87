import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatCert, parseCert, readCert, writeCert } from '../../collector/cert.ts'
import { CertError } from '../../collector/errors.ts'
import { nextCert, pinName, rememberAsset, resetCert } from '../../collector/pin.ts'
import { scratch } from './scratch.ts'

const FULL = { name: 'web-01', id: '6f1c', assetId: '01j9', seq: 412 }

test('a cert is a name and key: value lines', () => {
  assert.equal(formatCert(FULL), 'web-01\ncert: 6f1c\nasset: 01j9\nseq: 412\n')
  assert.deepEqual(parseCert(formatCert(FULL), 'cert'), FULL)
})

test('a file with only a name is a pre-assigned cert, and the name outlives the first collection', () => {
  const cert = parseCert('web-01\n', 'cert')
  assert.deepEqual(cert, { name: 'web-01', id: null, assetId: null, seq: 0 })
  assert.deepEqual(nextCert(cert, { name: 'localhost', id: 'new', now: 1000 }), { name: 'web-01', id: 'new', assetId: null, seq: 1000 })
})

test('a name written on Windows or by echo -n is the same name', () => {
  assert.equal(parseCert('web-01\r\n', 'cert')?.name, 'web-01')
  assert.equal(parseCert('web-01', 'cert')?.name, 'web-01')
})

test('a missing and an empty file are no cert, and are filled', async (t) => {
  const file = join(scratch(t), 'deep/cert')
  assert.equal(await readCert(file), null)
  mkdirSync(join(file, '..'))
  writeFileSync(file, ' \n\n')
  assert.equal(await readCert(file), null)
  await writeCert(file, nextCert(null, { name: 'web-01', id: '6f1c', now: 7 }))
  assert.equal(readFileSync(file, 'utf8'), 'web-01\ncert: 6f1c\nseq: 7\n')
  assert.equal(statSync(file).mode & 0o777, 0o644)
})

const BROKEN: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['has no name', '\ncert: 6f1c\n', /first line: it is empty/],
  ['has its name forgotten', 'cert: 6f1c\nseq: 1\n', /the name is missing before "cert: 6f1c"/],
  ['has a line that is no pair', 'web-01\n6f1c\n', /line 2: .* found "6f1c"/],
  ['has an unknown key', 'web-01\nserial: 1\n', /line 2/],
  ['says something twice', 'web-01\nseq: 1\nseq: 2\n', /line 3/],
  ['has no number in seq', 'web-01\nseq: many\n', /'seq': "many"/],
  ['has a negative seq', 'web-01\nseq: -4\n', /'seq': "-4"/],
  ['holds control characters', 'web\u0000-01\n', /control characters/],
  ['is a long text', `${'x'.repeat(300)}\n`, /longer than 255/],
]
for (const [what, text, message] of BROKEN) {
  test(`a cert that ${what} is an error that tells how to go on`, () => {
    assert.throws(
      () => parseCert(text, '/x/cert'),
      (error) => error instanceof CertError && message.test(error.message) && error.message.includes('rollcall cert reset'),
    )
  })
}

test('bytes that are no text, and a folder, are broken certs', async (t) => {
  const folder = scratch(t)
  writeFileSync(join(folder, 'cert'), Buffer.from([0xff, 0xfe, 0x80]))
  await assert.rejects(readCert(join(folder, 'cert')), CertError)
  await assert.rejects(readCert(folder), CertError)
})

test('seq follows the clock, and goes on counting when the clock does not', () => {
  const host = { name: 'web-01', id: '6f1c' }
  assert.equal(nextCert(null, { ...host, now: 5000 }).seq, 5000)
  assert.equal(nextCert({ ...FULL, seq: 5000 }, { ...host, now: 6000 }).seq, 6000)
  assert.equal(nextCert({ ...FULL, seq: 5000 }, { ...host, now: 4000 }).seq, 5001)
})

test('the asset id of a receipt is kept, but not in another cert', async (t) => {
  const file = join(scratch(t), 'cert')
  await writeCert(file, { ...FULL, assetId: null })
  await rememberAsset(file, { certId: 'another', assetId: '01j9' })
  assert.equal((await readCert(file))?.assetId, null)
  await rememberAsset(file, { certId: '6f1c', assetId: '01j9' })
  assert.deepEqual(await readCert(file), FULL)
})

test('pinning by hand changes the name alone; a reset forgets all', async (t) => {
  const file = join(scratch(t), 'cert')
  await pinName(file, 'db-07')
  assert.equal(readFileSync(file, 'utf8'), 'db-07\n')
  await writeCert(file, FULL)
  await pinName(file, 'db-07')
  assert.deepEqual(await readCert(file), { ...FULL, name: 'db-07' })
  await resetCert(file)
  assert.equal(await readCert(file), null)
})

test('a process that is killed while it writes leaves a whole cert', async (t) => {
  const file = join(scratch(t), 'cert')
  const code = `import { writeCert } from '${new URL('../../collector/cert.ts', import.meta.url).href}'
    for (let seq = 1; ; seq++) {
      await writeCert(process.argv[1], { name: 'web-01', id: 'a', assetId: null, seq })
      if (seq === 2) console.log('writing')
    }`
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, file])
    await once(child.stdout, 'data')
    await sleep(round)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok((await readCert(file))!.seq >= 2)
  }
})

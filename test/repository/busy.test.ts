import Database from 'better-sqlite3'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { connect } from '../../repository/connect.ts'
import { nextRevision, readRevision } from '../../repository/config-revision.ts'
import { DatabaseBusy } from '../../repository/errors.ts'
import { migrate } from '../../repository/migrations/index.ts'

function newFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-busy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'rollcall.db')
}

/** Another program that writes; the answer ends it. */
function lock(file: string): () => void {
  const other = new Database(file)
  other.exec('begin immediate')
  return () => {
    other.exec('rollback')
    other.close()
  }
}

for (const processes of [2, 5])
  test(`of ${processes} that open a new database at once, one makes it and the others wait`, async (t) => {
    const url = `sqlite://${newFile(t)}`
    const steps = await Promise.all(
      Array.from({ length: processes }, async () => {
        const register = await connect(url)
        t.after(() => register.close())
        return await migrate(register)
      }),
    )
    assert.equal(steps.filter((taken) => taken.length > 0).length, 1, JSON.stringify(steps))
  })

test('what reads first and then writes is not refused because another process wrote in between', async (t) => {
  const url = `sqlite://${newFile(t)}`
  const registers = [await connect(url), await connect(url)]
  t.after(async () => await Promise.all(registers.map((one) => one.close())))
  await migrate(registers[0]!)
  const edits = registers.map(async ({ db }) => {
    for (let count = 0; count < 100; count++)
      await db.transaction().execute(async (trx) => {
        await readRevision(trx)
        await setTimeout(0)
        await nextRevision(trx)
      })
  })
  await Promise.all(edits)
  assert.equal(await readRevision(registers[0]!.reader), 200)
})

test('a write waits for another program, while reads and the event loop go on', async (t) => {
  const file = newFile(t)
  const register = await connect(`sqlite://${file}`)
  t.after(() => register.close())
  await migrate(register)
  const { db, reader } = register
  const unlock = lock(file)
  const writing = [nextRevision(db), db.transaction().execute(async (trx) => await nextRevision(trx))]
  let longestMs = 0
  for (let turn = 0, last = performance.now(); turn < 20; turn++) {
    await setTimeout(50)
    assert.equal(await readRevision(reader), 0)
    const now = performance.now()
    longestMs = Math.max(longestMs, now - last)
    last = now
  }
  unlock()
  await Promise.all(writing)
  assert.equal(await readRevision(reader), 2)
  assert.ok(longestMs < 500, `${longestMs} ms`)
})

test('all writes that wait are given up after ten seconds together, and the next ones work', { timeout: 60_000 }, async (t) => {
  const file = newFile(t)
  const register = await connect(`sqlite://${file}`)
  t.after(() => register.close())
  await migrate(register)
  const unlock = lock(file)
  const start = performance.now()
  const done = await Promise.allSettled(
    Array.from({ length: 5 }, async () => {
      // As ingest does, which looks before it writes.
      await readRevision(register.db)
      await register.db.transaction().execute(async (trx) => await nextRevision(trx))
    }),
  )
  const tookMs = performance.now() - start
  for (const one of done) assert.ok(one.status === 'rejected' && one.reason instanceof DatabaseBusy, JSON.stringify(one))
  assert.ok(tookMs > 9000 && tookMs < 15_000, `${tookMs} ms`)
  unlock()
  await register.db.transaction().execute(async (trx) => await nextRevision(trx))
  assert.equal(await readRevision(register.reader), 1)
})

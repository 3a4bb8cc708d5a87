import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from '../../repository/connect.ts'
import { DatabaseError } from '../../repository/errors.ts'
import { migrate } from '../../repository/migrations/index.ts'

test('a SQLite database and its side files are for their owner alone, whatever the folder is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-connect-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const register = await connect(`sqlite://${join(folder, 'rollcall.db')}`)
  await migrate(register)
  for (const file of ['rollcall.db', 'rollcall.db-wal']) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
  assert.deepEqual(await migrate(register), [])
  await register.close()
})

for (const url of ['mysql://x', 'rollcall.db', 'sqlite:///dev/null/rollcall.db', 'postgres://nobody@127.0.0.1:1/none']) {
  test(`${url} is refused with what to do`, async () => {
    await assert.rejects(connect(url), (error) => error instanceof DatabaseError && error.message.length > 20)
  })
}

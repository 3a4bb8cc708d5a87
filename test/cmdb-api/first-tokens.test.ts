import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { authenticate } from '../../cmdb-api/auth.ts'
import { firstToken, writeLocalApi } from '../../cmdb-api/first-tokens.ts'
import { listTokens } from '../../repository/tokens.ts'
import { onEveryDatabase } from '../databases.ts'

onEveryDatabase('first tokens', (database) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-tokens-'))
  database.finally(() => rmSync(folder, { recursive: true, force: true }))
  const now = Date.UTC(2026, 0, 1)

  test('the first admin token lies in a file of its owner alone, and works', async () => {
    const register = await database.open()
    const file = (await firstToken(register, folder, now))!
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const actor = await authenticate(register.reader, readFileSync(file, 'utf8').trim(), '127.0.0.1', now)
    assert.equal(actor?.role, 'admin')
    assert.equal(await firstToken(register, folder, now), null)
  })

  test('a token whose file could not be written is none', async () => {
    const register = await database.open()
    await assert.rejects(firstToken(register, join(folder, 'missing'), now))
    assert.deepEqual(await listTokens(register.reader), [])
    assert.notEqual(await firstToken(register, folder, now), null)
  })

  test('a collector on this machine keeps its token from start to start, and gets another when it was lost', async () => {
    const register = await database.open()
    const read = () => JSON.parse(readFileSync(join(folder, 'local-api.json'), 'utf8')) as { url: string; token: string }
    await writeLocalApi(register, folder, 'http://127.0.0.1:1', now)
    const first = read()
    await writeLocalApi(register, folder, 'http://127.0.0.1:2', now)
    assert.deepEqual(read(), { url: 'http://127.0.0.1:2', token: first.token })
    const other = await database.open()
    await writeLocalApi(other, folder, 'http://127.0.0.1:2', now)
    assert.notEqual(read().token, first.token)
    assert.equal((await authenticate(other.reader, read().token, '127.0.0.1', now))?.role, 'collector')
  })
})

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { rollcallJson } from '../cli/rollcall.ts'
import { scratch } from '../collector/scratch.ts'
import { post, recordedIn, settle } from './live.ts'
import { makeWorld, NO_WORLD } from './world.ts'

const RUNS = process.env['ROLLCALL_TEST_DEEP'] === '1' ? 100 : 10

test(`${RUNS} collections and posts of an unchanged machine record nothing`, { skip: NO_WORLD }, async (t) => {
  const data = scratch(t)
  const world = makeWorld(t)
  world.freeze(data)
  const here = { data, under: world.enter }
  const assetId = await settle(t, here)
  const before = await rollcallJson<unknown[]>(['changes', '--json', '--limit', '1000'], here)
  const [size, spool] = [historyOf(data), statSync(join(data, 'spool')).size]
  for (let run = 1; run <= RUNS; run++) {
    const { outcome, changeSetId, identity } = await post(here)
    if (changeSetId !== null) assert.deepEqual(await recordedIn(here, changeSetId), [], `run ${run}`)
    assert.deepEqual([outcome, identity.assetId], ['unchanged', assetId], `run ${run}`)
  }
  assert.deepEqual(await rollcallJson(['changes', '--json', '--limit', '1000'], here), before)
  assert.deepEqual(historyOf(data), size)
  assert.equal(statSync(join(data, 'spool')).size, spool)
})

/** Rows and bytes of every table that holds history. */
function historyOf(data: string): unknown {
  const database = new Database(join(data, 'rollcall.db'), { readonly: true })
  try {
    const tables = ['change', 'change_set', 'document', 'field', 'claim']
    return tables.map((name) => [
      name,
      database.prepare(`select count(*) as rows from "${name}"`).get(),
      database
        .prepare('select sum(pgsize) as bytes from dbstat where name in (select name from sqlite_schema where tbl_name = ?)')
        .get(name),
    ])
  } finally {
    database.close()
  }
}

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Spool } from '../../collector/spool.ts'
import { reportOf } from '../collector/reports.ts'
import { scratch } from '../collector/scratch.ts'
import { runAgent, until } from './agents.ts'
import { serve } from './rollcall.ts'

for (const [what, file, text] of [
  ['a broken cert', 'cert', 'cert: abc\n'],
  ['a plugin that does not load', 'rack.mjs', 'export default {'],
] as const) {
  test(`${what} keeps nothing back that waits already`, async (t) => {
    const data = scratch(t)
    await serve(t, { data })
    writeFileSync(
      join(data, 'rollcall.config.json'),
      JSON.stringify({ plugins: file === 'rack.mjs' ? ['basic', './rack.mjs'] : ['basic'] }),
    )
    writeFileSync(join(data, file), text)
    const spool = new Spool(join(data, 'spool'), { maxBytes: 1e8 })
    for (const seq of [1, 2]) await spool.put(reportOf(seq, {}))
    const agent = await runAgent(t, { data })
    await until(async () => ((await agent.status()).receipts.length === 2 ? true : null), 'two receipts')
    const { complaints, services, spool: told } = await agent.status()
    assert.ok(complaints['collection'], agent.log())
    assert.deepEqual([services['*']?.failures, told.waiting], [1, 0])
  })
}

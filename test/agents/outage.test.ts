import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, type Register } from '../../repository/connect.ts'
import { OPS } from '../../repository/history.ts'
import { seeded } from '../random.ts'
import type { DiaryLine } from './agents-process.ts'
import { simulate } from './simulation.ts'
import { differences } from './truth.ts'

const isDeep = process.env['ROLLCALL_TEST_DEEP'] === '1'
const AGENTS = Number(process.env['AGENTS'] ?? (isDeep ? 50 : 10))
const HOURS = isDeep ? 6 : 1
const SPEED = Number(process.env['SPEED'] ?? (isDeep ? 240 : 480))
const SEED = Number(process.env['SEED'] ?? 20261121)

test(
  `${AGENTS} agents, ${HOURS} hours of outages: every spooled report is in the register once, in order`,
  { timeout: 1_800_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-outage-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const { hosts, kills, met } = await simulate({ folder, agents: AGENTS, hours: HOURS, speed: SPEED, random: seeded(SEED) })
    const register = await connect(`sqlite://${join(folder, 'rollcall.db')}`)
    t.after(() => register.close())
    let reports = 0
    let changes = 0
    for (const host of hosts) {
      const diary = diaryIn(join(folder, 'agents', host, 'diary'))
      const recorded = await recordedOf(register, host)
      const expected = expectedOf(diary, new Set(recorded.map(({ reportId }) => reportId)))
      assert.deepEqual(recorded, expected, host)
      reports += diary.filter(({ mark }) => mark === '=').length
      changes += expected.reduce((sum, { rows }) => sum + rows.length, 0)
    }
    const bad = [...met].map(([weather, count]) => `${weather} ${count}`).join(', ')
    t.diagnostic(
      `SEED=${SEED}: ${reports} reports, ${changes} changes; killed ${kills.api} times the API, ${kills.agents} times 10 agents; requests: ${bad}`,
    )
    assert.ok(kills.api > 0 && kills.agents > 0 && met.size > 2, 'the weather was too good to prove anything')
  },
)

interface Recorded {
  readonly reportId: string
  readonly rows: readonly string[]
}

/** Change sets of a host in their order; the first one creates it. */
async function recordedOf({ reader }: Register, host: string): Promise<Recorded[]> {
  const assets = await reader.selectFrom('asset').select('id').where('name', '=', host).execute()
  assert.equal(assets.length, 1, `${host} is ${assets.length} assets`)
  const { id } = assets[0]!
  const sets = await reader.selectFrom('change_set').select(['id', 'report_id']).where('asset_id', '=', id).orderBy('id').execute()
  const rows = await reader.selectFrom('change').select(['set_id', 'op', 'item']).where('asset_id', '=', id).execute()
  return sets.map((set, index) => {
    const own = rows.filter(({ set_id, item }) => set_id === set.id && (index > 0 || item !== null))
    return { reportId: set.report_id!, rows: own.map(({ op, item }) => `${OPS[op]} ${item}`).toSorted() }
  })
}

/** What the diary says must be there. A report whose agent was killed while it spooled may be there or not; what is there shows it. */
function expectedOf(diary: readonly DiaryLine[], recorded: ReadonlySet<string>): Recorded[] {
  const kept = new Set(diary.filter(({ mark }) => mark === '=').map(({ id }) => id))
  const reports = diary.filter(({ mark, id }) => mark === '+' && (kept.has(id) || recorded.has(id))).toSorted((a, b) => a.seq - b.seq)
  return reports.flatMap(({ id, accounts }, index) => {
    if (index === 0) return [{ reportId: id, rows: [] }]
    const rows = differences(reports[index - 1]!.accounts, accounts)
    return rows.length === 0 ? [] : [{ reportId: id, rows }]
  })
}

/** A line that was cut off by a kill is none: nothing was spooled after it. */
function diaryIn(file: string): DiaryLine[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as DiaryLine) // Written by the agent.
}

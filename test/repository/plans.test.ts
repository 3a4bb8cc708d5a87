import Database from 'better-sqlite3'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { listAssets, type AssetQuery } from '../../repository/asset-list.ts'
import { lockAssets } from '../../repository/assets.ts'
import { changesOfSet, listChanges, type ChangeQuery } from '../../repository/changes.ts'
import { connect, type Register } from '../../repository/connect.ts'
import { changesAfter } from '../../repository/history.ts'
import { migrate } from '../../repository/migrations/index.ts'
import { knownAssets } from '../../repository/observed.ts'

const ASSETS = 5000
const SETS = 40_000
const PER_SET = 3
const START = Date.UTC(2026, 0, 1)
const EVERY_MS = 1000

const ALL: ChangeQuery = {
  limit: 51,
  before: null,
  assetId: null,
  sections: null,
  list: null,
  field: null,
  item: null,
  op: null,
  sources: null,
  hideUpgrades: true,
  since: null,
  until: null,
}
const middle = (SETS * PER_SET) / 2
const late = START + (SETS - 5) * EVERY_MS

/** What people ask of the history; each must begin at `change`, or at one index of it that is in order. */
const FEEDS: readonly (readonly [what: string, query: Partial<ChangeQuery>])[] = [
  ['the first page', {}],
  ['a deep page', { before: middle }],
  ['what happened since a late time', { since: late }],
  ['what happened until an early time', { until: START + 5 * EVERY_MS }],
  ['one field', { sections: ['software'], field: 'version' }],
  ['a rare field', { sections: ['basic'], field: 'hostname' }],
  ['a deep page of one field', { field: 'version', before: middle }],
  ['a section of many fields', { sections: ['disk'] }],
  ['several sections', { sections: ['disk', 'software', 'basic'] }],
  ['one asset', { assetId: 7 }],
  ['sections of one asset', { assetId: 7, sections: ['disk', 'software'] }],
  ['a deep page of one asset', { assetId: 7, before: middle }],
  ['a late time of one asset', { assetId: 7, since: late }],
  ['one source', { sources: ['agent'] }],
]

const LISTS: Partial<AssetQuery>[] = [{}, { order: { column: 'name', descending: true } }, { after: { value: 'host-250', id: 251 } }]

const STATISTICS: readonly (readonly [name: string, statements: readonly string[]])[] = [
  ['no', []],
  ['limited', ['pragma analysis_limit = 1000', 'analyze']],
  ['full', ['pragma analysis_limit = 0', 'analyze']],
]

for (const [statistics, statements] of STATISTICS) {
  test(`with ${statistics} statistics`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-plans-'))
    const file = join(folder, 'rollcall.db')
    let register: Register | undefined
    t.after(async () => {
      await register?.close()
      rmSync(folder, { recursive: true, force: true })
    })
    register = await connect(`sqlite://${file}`)
    await migrate(register)
    fill(file)
    for (const statement of statements) await sql.raw(statement).execute(register.db)
    // A connection reads the statistics when it opens.
    await register.close()
    register = await connect(`sqlite://${file}`)
    const explainer = new Database(file, { readonly: true })
    t.after(() => explainer.close())
    const reader = register.reader

    /** Plans of all statements that `ask` runs. */
    const plansOf = async (ask: (db: typeof reader) => Promise<unknown>): Promise<string[]> => {
      const plans: string[] = []
      const spied = reader.withPlugin({
        transformQuery: ({ node }) => {
          const { sql: text, parameters } = reader.getExecutor().compileQuery(node, { queryId: 'plan' })
          const rows = explainer.prepare(`explain query plan ${text}`).all(...parameters) as { detail: string }[]
          plans.push(rows.map(({ detail }) => detail).join('\n'))
          return node
        },
        transformResult: ({ result }) => Promise.resolve(result),
      })
      await ask(spied)
      return plans
    }

    for (const [what, query] of FEEDS) {
      await t.test(`${what}: reads changes in the order of the answer`, async () => {
        const plans = await plansOf((db) => listChanges(db, { ...ALL, ...query }))
        // The dictionary of fields is small, and read by itself.
        const ofChanges = plans.filter((plan) => !/^(?:SCAN|SEARCH) field/.test(plan))
        for (const plan of ofChanges) {
          assert.doesNotMatch(plan, /TEMP B-TREE/, plan)
          // With no condition, "SCAN change" goes backward from its end, and stops at the limit.
          const isUnbounded = ofChanges.length === 1 && /^SCAN change$/m.test(plan)
          assert.ok(isUnbounded || /^SEARCH change(?:_set)? /.test(plan), plan)
        }
        const took: number[] = []
        for (let time = 0; time < 3; time++) {
          const start = performance.now()
          await listChanges(reader, { ...ALL, ...query })
          took.push(performance.now() - start)
        }
        // What reads all changes takes half a second.
        assert.ok(Math.min(...took) < 100, `${took.join(', ')} ms`)
      })
    }

    await t.test('one asset as of a time: reads its own changes since', async () => {
      for (const at of [START, late]) {
        const plans = await plansOf((db) => changesAfter(db, 7, at))
        for (const plan of plans) assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/, plan)
      }
    })

    await t.test('a page of one change set: reads its own changes in order', async () => {
      const [plan = ''] = await plansOf((db) => changesOfSet(db, 4711, { after: middle, limit: 51 }))
      assert.match(plan, /^SEARCH change USING INDEX change_of_set/, plan)
      assert.doesNotMatch(plan, /TEMP B-TREE/, plan)
    })

    await t.test('assets by name come from their index', async () => {
      for (const query of LISTS) {
        const [plan = ''] = await plansOf((db) =>
          listAssets(db, {
            filters: [],
            q: null,
            seen: null,
            order: { column: 'name', descending: false },
            after: null,
            limit: 51,
            ...query,
          }),
        )
        assert.match(plan, /^(?:SCAN|SEARCH) asset USING INDEX asset_name/, plan)
        assert.doesNotMatch(plan, /TEMP B-TREE/, plan)
      }
    })

    await t.test('assets that a report may be of are looked up by id, public id and name', async () => {
      const { dialect } = register
      const [plan = ''] = await plansOf((db) => lockAssets(db, dialect, { ids: [7, 8], uuid: 'uuid-9', planned: 'host-010' }))
      assert.equal(plan.match(/^SEARCH asset /gm)?.length, 3, plan)
      assert.doesNotMatch(plan, /SCAN/, plan)
    })

    await t.test('a batch of unchanged reports is looked up by id', async () => {
      const [plan = ''] = await plansOf((db) =>
        knownAssets(
          db,
          Array.from({ length: 100 }, (_, at) => `uuid-${at}`),
        ),
      )
      assert.match(plan, /^SEARCH asset USING INDEX/, plan)
      assert.doesNotMatch(plan, /SCAN/, plan)
    })
  })
}

/** A register of 120,000 changes, most of them versions of packages. */
function fill(file: string): void {
  const db = new Database(file)
  db.exec('begin')
  const paths = [
    ['software', 'packages', 'version'],
    ['disk', 'disks', 'sizeBytes'],
    ['disk', 'disks', 'firmware'],
    ['disk', 'disks', ''],
    ['basic', '', 'kernel'],
    ['basic', '', 'hostname'],
  ]
  for (const path of paths) db.prepare("insert into field (section, list, field, keys) values (?, ?, ?, '')").run(...path)
  const asset = db.prepare(
    "insert into asset (id, uuid, name, name_lower, kind, status, version, created_at) values (?, ?, ?, '', 'vm', 'in-use', 1, 0)",
  )
  const observed = db.prepare("insert into observed values (?, ?, 0, '', '', '', 0, '{}', '{}', '{}', '{}')")
  for (let id = 1; id <= ASSETS; id++) {
    asset.run(id, `uuid-${id}`, `host-${String(id).padStart(3, '0')}`)
    observed.run(id, START)
  }
  const set = db.prepare("insert into change_set (id, asset_id, at, source, actor, changes) values (?, ?, ?, ?, 'a', ?)")
  const change = db.prepare('insert into change values (?, ?, ?, ?, ?, 2, ?, ?)')
  let id = 0
  for (let n = 1; n <= SETS; n++) {
    const of = (n * 7919) % ASSETS
    set.run(n, of + 1, START + n * EVERY_MS, n % 50 === 0 ? 'upgrade' : 'agent', PER_SET)
    for (let one = 0; one < PER_SET; one++) {
      const field = n % 2000 === 0 ? 6 : n % 20 === 0 ? 2 + (n % 4) : 1
      change.run(++id, n, of + 1, field, `name=p${one}`, '"1"', '"2"')
    }
  }
  db.exec('commit')
  db.close()
}

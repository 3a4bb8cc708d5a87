import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECTION_STATUSES, type Report, type Section } from '../../cmdb-api/contract.ts'
import { currentSections, stateAt } from '../../cmdb-api/state.ts'
import type { Plugin } from '../../plugins/define.ts'
import { findByUuid } from '../../repository/assets.ts'
import type { Register } from '../../repository/connect.ts'
import { onEveryDatabase } from '../databases.ts'
import { fold } from './fold.ts'
import { digestOnly, gadget, ingestOn, okSection, reportOf } from './reports.ts'
import { items, plain, type State } from './states.ts'

const PLUGINS = [gadget(2), gadget(2, 'widget')]
const RUNS = process.env['ROLLCALL_TEST_DEEP'] === '1' ? 10 : 1
const REPORTS = 200

const list = (version: 1 | 2) =>
  fc
    .array(items(version), { maxLength: 4 })
    .chain((parts) =>
      fc
        .shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: parts.length, maxLength: parts.length })
        .map((labels) => parts.map((part, at) => ({ ...part, label: labels[at]! }))),
    )
const data = (version: 1 | 2): fc.Arbitrary<State> =>
  fc.record({
    model: fc.option(fc.constantFrom('M1', 'M2')),
    owners: fc.option(fc.uniqueArray(fc.constantFrom('ann', 'bob', 'cid'), { maxLength: 2 })),
    parts: fc.option(list(version), { freq: 8 }),
  })

/** What a report says of one section: data of either version, the digest of what it said last, a status, or nothing. */
const SAID = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant(1 as const), data(1)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant(2 as const), data(2)) },
  { weight: 2, arbitrary: fc.constant('again' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...SECTION_STATUSES.filter((status) => status !== 'ok')) },
  { weight: 1, arbitrary: fc.constant('missing' as const) },
)
const SERIES = fc.array(fc.record({ gadget: SAID, widget: SAID, waitMs: fc.nat(3) }), { minLength: REPORTS, maxLength: REPORTS })

/** The states of one host that reported each of these in turn, a second apart; before each of them the API may have got other plugins. */
async function history(register: Register, reports: readonly (readonly [plugin: Plugin, parts: readonly State[]])[]) {
  const start = Date.UTC(2026, 0, 1)
  let assetId: string | null = null
  for (const [at, [plugin, parts]] of reports.entries()) {
    const ingest = ingestOn(register, { plugins: [plugin], now: () => start + at * 1000 })
    const sections = { gadget: okSection({ model: null, owners: null, parts }, { version: plugin.version }) }
    const [answer] = await ingest.submit([reportOf({ seq: at + 1, identity: { assetId }, sections })])
    assetId = answer!.identity!.assetId
    await ingest.close()
  }
  const asset = (await findByUuid(register.reader, assetId!))!
  return { asset, start }
}

const part = (wwn: string, slot: string, sizeBytes: number): State => ({ wwn, slot, sizeBytes, label: 'a', tags: [] })

onEveryDatabase('as-of', (database) => {
  test('the past is what it was also when a plugin has other keys since', async () => {
    const register = await database.open()
    const other: Plugin = { ...gadget(2), version: 3, keys: { parts: ['slot', 'wwn'] } }
    const reports = [
      [gadget(2), [part('w1', '0', 1)]],
      [gadget(2), [part('w1', '0', 2), part('w2', '1', 2)]],
      [other, [part('w1', '0', 3), part('w2', '1', 2)]],
      [other, [part('w3', '0', 3)]],
    ] as const
    const { asset, start } = await history(register, reports)
    for (const [at, [, parts]] of reports.entries())
      assert.deepEqual(
        plain((await stateAt(register.reader, asset, start + at * 1000))!.sections.get('gadget')!),
        plain({ parts }),
        `${at}`,
      )
  })

  test('what is recorded while the past is read does not get into it', async () => {
    const register = await database.open()
    const { asset, start } = await history(register, [[gadget(2), [part('w1', '0', 1)]]])
    const ingest = ingestOn(register, { now: () => start + 60_000 })
    let pending: Promise<unknown> | undefined
    const sections = { gadget: okSection({ model: 'LATER', owners: null, parts: [] }, { version: 2 }) }
    const reader = register.reader.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        // After the first statement.
        pending ??= ingest.submit([reportOf({ seq: 2, identity: { assetId: asset.uuid }, sections })])
        await pending
        return result
      },
    })
    const past = await stateAt(reader, asset, start)
    assert.deepEqual(plain(past!.sections.get('gadget')!), plain({ parts: [part('w1', '0', 1)] }))
    const now = await stateAt(register.reader, asset, start + 60_000)
    assert.equal(now!.sections.get('gadget')!['model'], 'LATER')
    await ingest.close()
  })

  test(`the state at every past time is a plain fold of ${REPORTS} reports`, { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(SERIES, async (series) => {
        let now = Date.UTC(2026, 0, 1)
        const start = now
        const register = await database.open()
        const ingest = ingestOn(register, { plugins: PLUGINS, now: () => now })
        const last = new Map<string, Section>()
        const expected = new Map<number, ReadonlyMap<string, State>>()
        let states: ReadonlyMap<string, State> = new Map()
        let assetId: string | null = null
        for (const [at, { waitMs, ...said }] of series.entries()) {
          now += waitMs
          const sections: Report['sections'] = {}
          for (const [name, one] of Object.entries(said)) {
            const before = last.get(name)
            if (one === 'missing' || (one === 'again' && before === undefined)) continue
            if (one === 'again') sections[name] = digestOnly(before!)
            else if (typeof one === 'string') sections[name] = { status: one, reason: 'for a test' }
            else {
              sections[name] = okSection(one[1], { version: one[0] })
              last.set(name, sections[name])
              states = new Map([...states, [name, fold(states.get(name) ?? null, one[1])]])
            }
          }
          const [answer] = await ingest.submit([reportOf({ seq: at + 1, identity: { assetId }, sections })])
          assert.ok(['created', 'updated', 'unchanged'].includes(answer!.outcome), JSON.stringify(answer))
          assetId = answer!.identity!.assetId
          expected.set(now, states)
        }
        await ingest.close()

        const asset = (await findByUuid(register.reader, assetId!))!
        for (const [time, then] of expected) {
          const past = await stateAt(register.reader, asset, time)
          assert.deepEqual(shown(past!.sections), shown(then), `${time - start} ms after the start`)
        }
        assert.equal(await stateAt(register.reader, asset, start - 1), null)
        const current = (await currentSections(register.reader, asset.id)).flatMap(({ row, data: known }) =>
          known === null ? [] : [[row.name, known] as const],
        )
        assert.deepEqual(shown(new Map(current)), shown(states))
        const sets = await register.reader.selectFrom('change_set').select(['id', 'changes', 'source']).execute()
        const rows = await register.reader.selectFrom('change').select('set_id').execute()
        for (const { id, changes } of sets) assert.equal(rows.filter((row) => row.set_id === id).length, changes)
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
  })
})

function shown(sections: ReadonlyMap<string, State>): Record<string, unknown> {
  return Object.fromEntries(['gadget', 'widget'].map((name) => [name, plain(sections.get(name) ?? null)]))
}

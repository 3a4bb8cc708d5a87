import type { KyselyPlugin } from 'kysely'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Register } from '../../repository/connect.ts'
import { onEveryDatabase } from '../databases.ts'
import { digestOnly, gadget, historyOf, ingestOn, okSection, reportOf, rowCounts, sectionOn } from './reports.ts'

const OLD = { model: 'M1', owners: ['ann'], parts: [{ wwn: 'w1', slot: '0', label: 'a', sizeBytes: 1, tags: [] }] }
const NEW = { ...OLD, parts: [{ ...OLD.parts[0], firmware: 'f1' }] }

/** The same register, and the statements that it was asked, by kind of node. */
function spied(register: Register): { readonly register: Register; readonly asked: string[] } {
  const asked: string[] = []
  const spy: KyselyPlugin = {
    transformQuery: ({ node }) => {
      asked.push(node.kind)
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }
  return { asked, register: { ...register, db: register.db.withPlugin(spy) } }
}

onEveryDatabase('unchanged reports', (database) => {
  test('a hundred posts of an unchanged host add no row, and cost one look-up each', async () => {
    const { register, asked } = spied(await database.open())
    const ingest = ingestOn(register)
    const section = okSection(OLD, { volatile: { usedBytes: 1 } })
    const [first] = await ingest.submit([reportOf({ seq: 1, sections: { gadget: section } })])
    const identity = { assetId: first!.identity!.assetId }
    // With the asset's id for the first time: the long way once more.
    await ingest.submit([reportOf({ seq: 2, identity, sections: { gadget: section } })])
    const before = await rowCounts(register)
    const history = await historyOf(register)
    asked.length = 0
    for (let seq = 3; seq <= 102; seq++) {
      const volatile = { usedBytes: seq, unknown: seq }
      const sent = seq % 2 === 0 ? okSection(OLD, { volatile }) : digestOnly(okSection(OLD, { volatile }))
      const [again] = await ingest.submit([reportOf({ seq, identity, sections: { gadget: sent } })])
      assert.deepEqual([again!.outcome, again!.changes, again!.changeSetId], ['unchanged', 0, null])
    }
    assert.deepEqual(
      asked,
      Array.from({ length: 100 }, () => 'SelectQueryNode'),
    )
    await ingest.close()
    assert.deepEqual(await rowCounts(register), before)
    assert.deepEqual(await historyOf(register), history)
    const seen = await register.db.selectFrom('observed').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([seen.seq, JSON.parse(seen.volatile)], [102, { gadget: { usedBytes: 102 } }])
  })

  test('a batch of a hundred unchanged hosts is one look-up', async () => {
    const { register, asked } = spied(await database.open())
    const ingest = ingestOn(register)
    const hosts = Array.from({ length: 100 }, (_, at) => `host-${at}`)
    const batch = async (seq: number, ids: readonly (string | null)[]) =>
      await ingest.submit(
        hosts.map((name, at) =>
          reportOf({
            seq,
            identity: { name, assetId: ids[at] ?? null, evidence: { cert: `cert of ${name}`, hostname: name, machineId: `id of ${name}` } },
            sections: { gadget: okSection(OLD) },
          }),
        ),
      )
    const ids = (await batch(1, [])).map(({ identity }) => identity!.assetId)
    assert.equal(new Set(ids).size, 100)
    await batch(2, ids)
    asked.length = 0
    const receipts = await batch(3, ids)
    assert.deepEqual([...new Set(receipts.map(({ outcome }) => outcome))], ['unchanged'])
    assert.deepEqual(asked, ['SelectQueryNode'])
    await ingest.close()
  })

  test('what a newer plugin says differently is a change set of its own', async () => {
    const register = await database.open()
    const ingest = ingestOn(register, { plugins: [gadget(2), gadget(2, 'widget')] })
    const send = async (seq: number, version: number, data: object, widget: object) =>
      (
        await ingest.submit([
          reportOf({ seq, sections: { gadget: okSection(data, { version }), widget: okSection(widget, { version: 2 }) } }),
        ])
      )[0]!
    await send(1, 1, OLD, OLD)
    const grown = await send(2, 2, NEW, { ...OLD, model: 'M2' })
    assert.equal(grown.changes, 2)
    assert.deepEqual((await historyOf(register)).slice(-2), [
      'widget - - model changed "M1" "M2" agent',
      'gadget parts wwn=w1 firmware changed - "f1" upgrade',
    ])
    // The collector of a fleet half upgraded: the version before is accepted and takes nothing away.
    const back = await send(3, 1, OLD, { ...OLD, model: 'M2' })
    assert.deepEqual([back.outcome, back.changes], ['unchanged', 0])
    assert.deepEqual((await sectionOn(register, 'gadget'))?.data, NEW)
    await ingest.close()
  })

  test('a newer plugin that says the same makes later changes no upgrade', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    for (const [seq, section] of [
      okSection(OLD),
      okSection(OLD, { version: 2 }),
      okSection({ ...OLD, model: 'M2' }, { version: 2 }),
    ].entries())
      await ingest.submit([reportOf({ seq: seq + 1, sections: { gadget: section } })])
    assert.equal((await historyOf(register)).at(-1), 'gadget - - model changed "M1" "M2" agent')
    await ingest.close()
  })

  const refused: readonly (readonly [what: string, name: string, section: ReturnType<typeof okSection>, told: RegExp])[] = [
    ['of an unknown plugin', 'sprocket', okSection(OLD), /no plugin of that name/],
    ['of a newer plugin', 'widget', okSection(OLD, { version: 3 }), /newer collector/],
    ['of a plugin too old', 'widget', okSection(OLD, { version: 1 }), /too old/],
    [
      'with a field that nobody knows',
      'widget',
      okSection({ ...OLD, colour: 'red' }, { version: 3 }),
      /must NOT have additional properties/,
    ],
    ['with a value of a wrong type', 'widget', okSection({ ...OLD, model: 7 }, { version: 3 }), /model must be string/],
  ]
  for (const [what, name, section, told] of refused) {
    test(`a section ${what} is refused alone, with a warning`, async () => {
      const register = await database.open()
      const newer = /newer collector/.test(told.source) ? gadget(2, 'widget') : { ...gadget(2, 'widget'), version: 3 }
      const ingest = ingestOn(register, { plugins: [gadget(2), newer] })
      const [answer] = await ingest.submit([reportOf({ seq: 1, sections: { gadget: okSection(OLD), [name]: section } })])
      assert.equal(answer!.outcome, 'created')
      assert.match(answer!.warnings.join('\n'), told)
      assert.equal(await sectionOn(register, name), null)
      assert.deepEqual((await sectionOn(register, 'gadget'))?.data, OLD)
      await ingest.close()
    })
  }

  test('sections of plugins that nobody knows do not fill the register, and those that a template asks for in vain are seen', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    for (const seq of [1, 2, 3])
      for (const status of ['skipped', 'failed'] as const) {
        const names = Array.from({ length: 40 }, (_, at) => [`${status}-${seq}-${at}`, { status }] as const)
        await ingest.submit([reportOf({ seq: 2 * seq + (status === 'failed' ? 1 : 0), sections: Object.fromEntries(names) })])
      }
    const rows = (await register.db.selectFrom('section').select('status').execute()).map(({ status }) => status)
    assert.deepEqual([rows.length, new Set(rows)], [64, new Set(['skipped'])])
    const [known] = await ingest.submit([reportOf({ seq: 9, sections: { gadget: okSection(OLD), other: { status: 'absent' } } })])
    assert.equal((await sectionOn(register, 'gadget'))?.status, 'ok')
    assert.match(known!.warnings.join('\n'), /^section other: this API has no plugin of that name/)
    await ingest.close()
  })

  test('a section of a version that cannot be taken is not asked for', async () => {
    const ingest = ingestOn(await database.open())
    const [answer] = await ingest.submit([reportOf({ seq: 1, sections: { gadget: digestOnly(okSection(OLD, { version: 3 })) } })])
    assert.deepEqual([answer!.outcome, answer!.needs], ['created', []])
    assert.match(answer!.warnings.join('\n'), /newer collector/)
    await ingest.close()
  })

  test('a section whose digest is not that of its data is an error, and the others are stored', async () => {
    const register = await database.open()
    const ingest = ingestOn(register, { plugins: [gadget(2), gadget(2, 'widget')] })
    const wrong = { ...okSection(OLD), data: { ...OLD, model: 'planted' } }
    const [answer] = await ingest.submit([reportOf({ seq: 1, sections: { gadget: okSection(OLD), widget: wrong } })])
    assert.deepEqual(answer!.errors, [{ pointer: '/sections/widget', message: 'the digest is not that of the data' }])
    assert.equal(await sectionOn(register, 'widget'), null)
    assert.deepEqual((await sectionOn(register, 'gadget'))?.data, OLD)
    await ingest.close()
  })
})

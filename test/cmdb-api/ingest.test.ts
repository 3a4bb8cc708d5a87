import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEveryDatabase } from '../databases.ts'
import basic from '../../plugins/builtin/basic.ts'
import { historyOf, ingestOn, okSection, reportOf } from './reports.ts'

const DATA = { model: 'M1', owners: ['ann'], parts: [{ wwn: 'w1', slot: '0', label: 'a', sizeBytes: 1, tags: [] }] }

onEveryDatabase('ingest', (database) => {
  test('a first report makes an asset, a second is unchanged and records nothing', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    const [first] = await ingest.submit([reportOf({ seq: 1, sections: { gadget: okSection(DATA) } })])
    assert.equal(first!.outcome, 'created')
    assert.equal(first!.changes, 2)
    const identity = { assetId: first!.identity!.assetId }

    const rows = async () =>
      (
        await register.db
          .selectFrom('change')
          .select((e) => e.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n
    const before = await rows()
    for (let seq = 2; seq <= 4; seq++) {
      const { data: _, ...digestOnly } = okSection(DATA)
      const [again] = await ingest.submit([reportOf({ seq, identity, sections: { gadget: digestOnly } })])
      assert.equal(again!.outcome, 'unchanged')
      assert.deepEqual(again!.identity, first!.identity)
    }
    assert.equal(await rows(), before)
    await ingest.close()
  })

  test('a change of hostname is in the history once, whether or not the section that tells of it could be stored', async () => {
    const register = await database.open()
    const ingest = ingestOn(register, { plugins: [basic] })
    const send = async (seq: number, hostname: string, more = {}) =>
      await ingest.submit([
        reportOf({
          seq,
          sections: { basic: okSection({ hostname, ...more }, { version: basic.version }) },
          identity: { evidence: { cert: 'c', hostname } },
        }),
      ])
    await send(1, 'one')
    await send(2, 'two', { colour: 'red' })
    await send(3, 'three')
    assert.deepEqual((await historyOf(register)).slice(2), [
      'asset - - hostname changed "one" "two" agent',
      'basic - - hostname changed "one" "three" agent',
    ])
    await ingest.close()
  })

  test('a report that others are in the way of however often it is tried is no fault of its own', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    // Stands for another process that is always quicker.
    await register.db.schema.createIndex('in_the_way').on('asset').column('kind').unique().execute()
    await ingest.submit([reportOf({ seq: 1, sections: {} })])
    const other = reportOf({ seq: 1, sections: {}, identity: { name: 'web-02', evidence: { cert: 'cert-web-02' } } })
    await assert.rejects(ingest.submit([other]), (error) => register.dialect.isContention(error))
    await register.db.schema.dropIndex('in_the_way').execute()
    assert.equal((await ingest.submit([other]))[0]!.outcome, 'created')
    await ingest.close()
  })

  test('a changed digest without data is asked for, and nothing is stored before it comes', async () => {
    const ingest = ingestOn(await database.open())
    await ingest.submit([reportOf({ seq: 1, sections: { gadget: okSection(DATA) } })])
    const changed = okSection({ ...DATA, model: 'M2' })
    const { data: _, ...digestOnly } = changed
    const report = reportOf({ seq: 2, sections: { gadget: digestOnly } })
    const [asked] = await ingest.submit([report])
    assert.equal(asked!.outcome, 'incomplete')
    assert.deepEqual(asked!.needs, ['gadget'])
    const [done] = await ingest.submit([{ ...report, sections: { gadget: changed } }])
    assert.equal(done!.outcome, 'updated')
    assert.equal(done!.changes, 1)
    const [again] = await ingest.submit([{ ...report, sections: { gadget: changed } }])
    assert.equal(again!.outcome, 'duplicate')
    const [older] = await ingest.submit([reportOf({ seq: 1, sections: { gadget: okSection(DATA) } })])
    assert.equal(older!.outcome, 'stale')
    await ingest.close()
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECTION_STATUSES } from '../../cmdb-api/contract.ts'
import { onEveryDatabase } from '../databases.ts'
import { digestOnly, historyOf, ingestOn, okSection, reportOf, rowCounts, sectionOn } from './reports.ts'

const PART = { wwn: 'w1', slot: '0', label: 'a', sizeBytes: 1, tags: ['x'], firmware: 'f1' }
const SEEN = { model: 'M1', owners: ['ann'], parts: [PART, { ...PART, wwn: 'w2', slot: '1', label: 'b' }] }
const UNSEEN = SECTION_STATUSES.filter((status) => status !== 'ok')

/** What a section says when the probe behind a part of it was not ok: null there, and why. */
const PARTS: readonly (readonly [what: string, data: object, lastKnown: readonly string[]])[] = [
  ['field', { ...SEEN, model: null }, ['model']],
  ['set', { ...SEEN, owners: null }, ['owners']],
  ['whole list', { ...SEEN, parts: null }, ['parts']],
  [
    'field of every item',
    { ...SEEN, parts: SEEN.parts.map((part) => ({ ...part, sizeBytes: null })) },
    ['parts.wwn=w1.sizeBytes', 'parts.wwn=w2.sizeBytes'],
  ],
  ['set of one item', { ...SEEN, parts: [{ ...PART, tags: null }, SEEN.parts[1]] }, ['parts.wwn=w1.tags']],
  ['strongest key', { ...SEEN, parts: SEEN.parts.map((part) => ({ ...part, wwn: null })) }, ['parts.wwn=w1.wwn', 'parts.wwn=w2.wwn']],
]

onEveryDatabase('what could not be seen', (database) => {
  for (const status of UNSEEN) {
    test(`a section that is ${status} changes nothing, and is itself again when it is seen`, async () => {
      const register = await database.open()
      const ingest = ingestOn(register)
      const submit = async (seq: number, section: Parameters<typeof reportOf>[0]['sections'][string]) =>
        (await ingest.submit([reportOf({ seq, sections: { gadget: section } })]))[0]!
      await submit(1, okSection(SEEN, { version: 2 }))
      const before = await rowCounts(register)
      for (const seq of [2, 3]) assert.equal((await submit(seq, { status, reason: 'for a test' })).outcome, 'unchanged')
      assert.deepEqual(await rowCounts(register), before)
      const blind = await sectionOn(register, 'gadget')
      assert.deepEqual([blind?.status, blind?.reason, blind?.data], [status, 'for a test', SEEN])

      assert.equal((await submit(4, digestOnly(okSection(SEEN, { version: 2 })))).outcome, 'unchanged')
      assert.equal((await sectionOn(register, 'gadget'))?.status, 'ok')
      await submit(5, { status })
      const changed = await submit(6, okSection({ ...SEEN, model: 'M2' }, { version: 2 }))
      assert.deepEqual([changed.outcome, changed.changes], ['updated', 1])
      assert.equal((await historyOf(register)).at(-1), 'gadget - - model changed "M1" "M2" agent')
      await ingest.close()
    })

    test(`a section that is ${status} for another reason says so`, async () => {
      const register = await database.open()
      const ingest = ingestOn(register)
      let identity = {}
      for (const [seq, reason] of ['first', 'second', 'second', undefined].entries()) {
        const [answer] = await ingest.submit([
          reportOf({ seq: seq + 1, identity, sections: { gadget: { status, ...(reason !== undefined && { reason }) } } }),
        ])
        identity = { assetId: answer!.identity!.assetId }
        assert.equal((await sectionOn(register, 'gadget'))?.reason, reason ?? null)
      }
      await ingest.close()
    })

    test(`a section that was never seen, but ${status}, becomes known by its first good report`, async () => {
      const register = await database.open()
      const ingest = ingestOn(register)
      await ingest.submit([reportOf({ seq: 1, sections: { gadget: { status } } })])
      assert.equal((await sectionOn(register, 'gadget'))?.data, null)
      const [seen] = await ingest.submit([reportOf({ seq: 2, sections: { gadget: okSection(SEEN, { version: 2 }) } })])
      assert.equal(seen!.changes, 1)
      await ingest.close()
    })

    for (const [what, data, lastKnown] of PARTS) {
      test(`a ${what} whose probe was ${status} stays as it was known last`, async () => {
        const register = await database.open()
        const ingest = ingestOn(register)
        const submit = async (seq: number, sent: object, reason?: string) =>
          (await ingest.submit([reportOf({ seq, sections: { gadget: okSection(sent, { version: 2, ...(reason && { reason }) }) } })]))[0]!
        await submit(1, SEEN)
        const { document: _, ...before } = await rowCounts(register)
        const reason = `gadget-probe: ${status} (for a test)`
        const unseen = await submit(2, data, reason)
        assert.deepEqual([unseen.outcome, unseen.changes, unseen.warnings], ['unchanged', 0, []])
        const kept = await sectionOn(register, 'gadget')
        assert.deepEqual([kept?.data, kept?.kept, kept?.reason], [SEEN, lastKnown, reason])
        assert.equal((await submit(3, SEEN)).outcome, 'unchanged')
        assert.deepEqual((await sectionOn(register, 'gadget'))?.kept, [])
        const { document: __, ...after } = await rowCounts(register)
        assert.deepEqual(after, before)
        await ingest.close()
      })
    }
  }

  test('none is a fact: an empty list removes, an empty set and "none" change', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    await ingest.submit([reportOf({ seq: 1, sections: { gadget: okSection(SEEN, { version: 2 }) } })])
    const none = { model: 'none', owners: [], parts: [] }
    const [answer] = await ingest.submit([reportOf({ seq: 2, sections: { gadget: okSection(none, { version: 2 }) } })])
    assert.equal(answer!.changes, 4)
    assert.deepEqual((await sectionOn(register, 'gadget'))?.data, none)
    await ingest.close()
  })

  test('a section that is not in the report is not touched', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    await ingest.submit([reportOf({ seq: 1, sections: { gadget: okSection(SEEN, { version: 2 }) } })])
    const [answer] = await ingest.submit([reportOf({ seq: 2, sections: {} })])
    assert.equal(answer!.outcome, 'unchanged')
    assert.deepEqual((await sectionOn(register, 'gadget'))?.data, SEEN)
    await ingest.close()
  })
})

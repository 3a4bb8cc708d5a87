import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Evidence, Receipt, Report } from '../../cmdb-api/contract.ts'
import type { Ingest } from '../../cmdb-api/ingest.ts'
import { onEveryDatabase } from '../databases.ts'
import { insertAsset } from '../../repository/assets.ts'
import { openConflicts } from '../../repository/conflicts.ts'
import { unpack } from '../../repository/documents.ts'
import { digestOnly, historyOf, ingestOn, okSection, reportOf, rowCounts } from './reports.ts'

/** Entered by hand, and not collected yet. */
const PLANNED = { kind: 'unknown', status: 'planned', hostname: null, cert_name: null, version: 1, first_seen: null, created_at: 0 }
const DATA = { model: 'M1', owners: [], parts: [] }
const hardware = (n: number) => ({
  systemUuid: `4c4c4544-0051-3210-8052-b4c04f4e000${n}`,
  vendor: 'Dell Inc.',
  product: 'R650',
  serial: `SN${n}`,
  macs: [`b0:7b:25:00:00:0${n}`],
})

const volumes = (round: number) => Array.from({ length: 50 }, (_, at) => `VOLUME-${round}-${at}`)

/** Reports of several hosts, each with its own count. */
function hosts(ingest: Ingest) {
  let seq = 0
  return async (name: string, evidence: Evidence, of: Partial<Report['identity']> = {}, section = okSection(DATA)): Promise<Receipt> => {
    const [answer] = await ingest.submit([
      reportOf({ seq: ++seq, sections: { gadget: section }, identity: { name, evidence: { hostname: name, ...evidence }, ...of } }),
    ])
    return answer!
  }
}

onEveryDatabase('identity', (database) => {
  test('a copied cert on other hardware is a new asset, a conflict, and a request to pin anew', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    const send = hosts(ingest)
    const original = await send('a', { cert: 'c', machineId: 'm', ...hardware(1) })
    const copy = await send('a', { cert: 'c', machineId: 'm', ...hardware(2) }, { assetId: original.identity!.assetId })
    assert.equal(copy.outcome, 'created')
    assert.notEqual(copy.identity!.assetId, original.identity!.assetId)
    assert.match(copy.warnings.join('\n'), /rollcall cert reset/)
    const causes = (await openConflicts(register.reader, { limit: 10, before: null })).map(({ cause }) => cause)
    assert.deepEqual(causes.toSorted(), ['copied-cert', 'name-taken'])
    for (const [n, { identity }] of [
      [1, original],
      [2, copy],
    ] as const)
      assert.equal((await send('a', { cert: 'c', machineId: 'm', ...hardware(n) })).identity!.assetId, identity!.assetId)
    await ingest.close()
  })

  test('a serial number that two hosts claim identifies neither', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    const send = hosts(ingest)
    const { systemUuid: _, macs: __, ...serial } = hardware(1)
    const first = await send('a', { cert: 'a', ...hardware(1) })
    const second = await send('b', { cert: 'b', ...hardware(2), ...serial })
    assert.equal(second.outcome, 'created')
    assert.match(second.warnings.join('\n'), /serial .* is claimed by another asset too: it identifies neither/)
    const third = await send('c', { cert: 'c', ...serial })
    assert.deepEqual([third.outcome, third.matchedBy], ['created', 'new'])
    assert.equal((await send('a', { cert: 'a', ...hardware(1) })).identity!.assetId, first.identity!.assetId)
    await ingest.close()
  })

  test('a serial number that one of two hosts gave up identifies the other again', async () => {
    const ingest = ingestOn(await database.open())
    const send = hosts(ingest)
    const { systemUuid: _, macs: __, ...serial } = hardware(1)
    await send('a', { cert: 'a', ...hardware(1) })
    const second = await send('b', { cert: 'b', ...hardware(2), ...serial })
    await send('a', { cert: 'a', ...hardware(1), serial: 'of the new board' })
    const found = await send('b2', { cert: 'b2', ...serial })
    assert.deepEqual([found.matchedBy, found.identity!.assetId], ['serial', second.identity!.assetId])
    await ingest.close()
  })

  test('what a host claimed before and does not any more is dropped, but what a collector cannot see stays', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    const send = hosts(ingest)
    await send('a', { cert: 'a', ...hardware(1), diskSerials: volumes(0) })
    const { claim } = await rowCounts(register)
    for (let round = 1; round <= 30; round++) await send('a', { cert: 'a', ...hardware(1), diskSerials: volumes(round) })
    assert.equal((await rowCounts(register))['claim'], claim)
    await send('a', { cert: 'a' })
    assert.equal((await rowCounts(register))['claim'], claim)
    for (let n = 1; n <= 30; n++) await send('a', { cert: `without a lasting folder ${n}`, ...hardware(1) })
    assert.equal((await rowCounts(register))['claim'], claim! + 16)
    await ingest.close()
  })

  test('a VM with the serial number of its host is another asset, and shares nothing', async () => {
    const ingest = ingestOn(await database.open())
    const send = hosts(ingest)
    const { systemUuid: _, macs: __, ...serial } = hardware(1)
    await send('a', { cert: 'a', ...serial })
    const vm = await send('v', { cert: 'v', ...serial }, { kind: 'vm' })
    assert.deepEqual([vm.outcome, vm.warnings], ['created', []])
    assert.equal((await send('a', { ...serial })).matchedBy, 'serial')
    await ingest.close()
  })

  test('weak identity is told', async () => {
    const ingest = ingestOn(await database.open())
    const send = hosts(ingest)
    await send('a', { machineId: 'm1' })
    const again = await send('a', { machineId: 'm1' })
    assert.equal(again.matchedBy, 'weak-identity')
    assert.match(again.warnings.join('\n'), /^weak-identity/)
    await ingest.close()
  })

  test('a report that could be of two assets is held with all its data, listed, and counted', async () => {
    const register = await database.open()
    const ingest = ingestOn(register)
    const send = hosts(ingest)
    const a = await send('a', { cert: 'a', ...hardware(1) })
    const b = await send('b', { cert: 'b', ...hardware(2) })
    const between = { cert: 'a', ...hardware(2), macs: hardware(1).macs }
    const before = await rowCounts(register)

    const asked = await send('a', between, {}, digestOnly(okSection(DATA)))
    assert.deepEqual([asked.outcome, asked.needs], ['incomplete', ['gadget']])
    assert.deepEqual(await rowCounts(register), before)

    for (const usedBytes of [1, 2, 3])
      assert.equal((await send('a', between, {}, okSection(DATA, { volatile: { usedBytes } }))).outcome, 'held')
    assert.equal((await send('a', between, {}, okSection({ ...DATA, model: 'M2' }))).outcome, 'held')
    const [conflict, ...others] = await openConflicts(register.reader, { limit: 10, before: null })
    assert.deepEqual([conflict?.cause, conflict?.repeats, conflict?.held, others], ['ambiguous-identity', 4, 2, []])
    assert.deepEqual(JSON.parse(conflict!.assets), [a, b].map(({ identity }) => identity!.assetId).toSorted())
    const { conflict: _, held_report: __, ...rest } = await rowCounts(register)
    const { conflict: ___, held_report: ____, ...were } = before
    assert.deepEqual(rest, were)
    await ingest.close()
  })

  test('two hosts that were given one name in advance, first seen by two API processes at once, are two', async () => {
    const register = await database.open()
    const two = [ingestOn(register), ingestOn(register)] as const
    for (let round = 0; round < 20; round++) {
      const name = `planned-${round}`
      await insertAsset(register.db, { ...PLANNED, uuid: randomUUID(), name })
      const receipts = await Promise.all(
        two.map(
          async (ingest, at) =>
            await hosts(ingest)(name, { cert: `${name} ${at}`, vendor: 'Dell Inc.', product: 'R650', serial: `SN${at}-${round}` }),
        ),
      )
      const [one, other] = receipts.map(({ identity }) => identity!.assetId)
      assert.notEqual(one, other)
    }
    for (const ingest of two) await ingest.close()
  })

  test('a host whose kind only one of two collectors can tell, first seen by two API processes at once, is one', async () => {
    const register = await database.open()
    const [first, second] = [ingestOn(register), ingestOn(register)]
    for (let round = 0; round < 20; round++) {
      const name = `host-${round}`
      const evidence = { vendor: 'Dell Inc.', product: 'R650', serial: `SN-${round}` }
      const receipts = await Promise.all([
        hosts(first)(name, { cert: `${name} agent`, ...evidence }),
        hosts(second)(name, { cert: `${name} ssh`, ...evidence }, { kind: 'unknown' }),
      ])
      const [one, other] = receipts.map(({ identity }) => identity!.assetId)
      assert.equal(one, other)
    }
    for (const ingest of [first, second]) await ingest.close()
  })

  test('a conflict keeps the newest of the reports that it holds, what was seen again too', async () => {
    const register = await database.open()
    let now = Date.UTC(2026, 0, 1)
    const ingest = ingestOn(register, { now: () => now++ })
    const send = hosts(ingest)
    await send('a', { cert: 'a', ...hardware(1) })
    await send('b', { cert: 'b', ...hardware(2) })
    const between = { cert: 'a', ...hardware(2), macs: hardware(1).macs }
    const hold = async (model: string) => assert.equal((await send('a', between, {}, okSection({ ...DATA, model }))).outcome, 'held')
    await hold('first')
    for (let at = 0; at < 60; at++) {
      if (at === 55) await hold('first')
      await hold(`M${at}`)
    }
    const held = (await register.db.selectFrom('held_report').select('body').execute()).map(({ body }) => JSON.stringify(unpack(body)))
    assert.equal(held.length, 50)
    const kept = ['first', 'M10', 'M11', 'M59'].filter((model) => held.some((report) => report.includes(`"${model}"`)))
    assert.deepEqual(kept, ['first', 'M11', 'M59'])
    await ingest.close()
  })

  test('two API processes that take the same hosts at once make each asset once', { timeout: 60_000 }, async () => {
    const register = await database.open()
    const two = [ingestOn(register), ingestOn(register)]
    const names = Array.from({ length: 20 }, (_, at) => `host-${at}`)
    const rounds = 5
    for (let round = 1; round <= rounds; round++) {
      await Promise.all(
        two.map(async (ingest, at) => {
          const order = at === 0 ? names : names.toReversed()
          const receipts = await ingest.submit(
            order.map((name) => {
              const data = { ...DATA, model: `M${round}`, owners: [name] }
              return reportOf({
                seq: round,
                collector: { version: '0', mode: 'agent', name },
                sections: { gadget: okSection(data) },
                identity: { name, evidence: { cert: `cert of ${name}`, hostname: name } },
              })
            }),
          )
          assert.deepEqual(
            receipts.filter(({ outcome }) => !['created', 'updated', 'stale', 'unchanged'].includes(outcome)),
            [],
          )
        }),
      )
    }
    const { asset, change_set, observed } = await rowCounts(register)
    assert.deepEqual({ asset, observed, change_set }, { asset: 20, observed: 20, change_set: 20 * rounds })
    assert.equal((await historyOf(register)).length, 20 * (rounds + 1))
    const ids = (await register.db.selectFrom('change_set').select(['id', 'at']).orderBy('id').execute()).map(({ at }) => at)
    assert.deepEqual(
      ids,
      ids.toSorted((one, other) => one - other),
    )
    for (const ingest of two) await ingest.close()
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MODES, type HostKind, type Mode, type Receipt, type Report, type Section } from '../../cmdb-api/contract.ts'
import type { Ingest } from '../../cmdb-api/ingest.ts'
import { onEveryDatabase, type TestDatabase } from '../databases.ts'
import { digestOnly, gadget, historyOf, ingestOn, okSection, reportOf, sectionOn } from './reports.ts'

const HOUR = 3_600_000
const PLUGINS = [gadget(2), gadget(2, 'widget'), gadget(2, 'basic')]
const state = (model: string): Section => okSection({ model, owners: null, parts: null }, { version: 2 })
const seen = (usedBytes: number): Section => ({ ...state('a'), volatile: { usedBytes } })
const UUID = '4c4c4544-0051-3210-8052-b4c04f4e3132'

/** By a collector that pins a name of its own, and tells the kind in its own way. */
const named = (seq: number, mode: Mode, name: string, kind: HostKind) =>
  reportOf({
    seq,
    sections: { basic: state(`${mode} ${seq}`) },
    collector: { version: '0.0.0', mode, name },
    identity: { name, kind, evidence: { cert: `cert of ${mode}`, systemUuid: UUID, macs: ['b0:7b:25:00:00:01'], hostname: 'web-01' } },
  })

/** A register with a clock that a test moves, and one host that reports from it. */
async function world(database: TestDatabase) {
  let now = Date.UTC(2026, 0, 1)
  const register = await database.open()
  const start = (): Ingest => ingestOn(register, { plugins: PLUGINS, now: () => now, staleAfterMs: 24 * HOUR })
  let ingest = start()
  let assetId: string | null = null
  const submit = async (report: Report): Promise<Receipt> => {
    const [answer] = await ingest.submit([report])
    assetId = answer!.identity?.assetId ?? assetId
    return answer!
  }
  const send = async (seq: number, sections: Report['sections'], mode: Mode = 'agent', cert = `cert of ${mode}`, name = 'web-01') =>
    await submit(
      reportOf({
        seq,
        sections,
        collectedAt: new Date(now).toISOString(),
        collector: { version: '0.0.0', mode, name },
        identity: { assetId, evidence: { cert, systemUuid: UUID, hostname: 'web-01' } },
      }),
    )
  const model = async (section = 'gadget') => (await sectionOn(register, section))?.data?.['model']
  return {
    register,
    send,
    submit,
    /** Outcomes of reports that come at once. */
    batch: async (...reports: Report[]) => (await ingest.submit(reports)).map(({ outcome }) => outcome),
    model,
    wait: (ms: number) => void (now += ms),
    /** As after a restart: nothing is left in memory. */
    restart: async () => {
      await ingest.close()
      ingest = start()
    },
    close: async () => await ingest.close(),
  }
}

onEveryDatabase('order', (database) => {
  test('a report older than what is stored is stale and changes nothing', async () => {
    const { send, model, close } = await world(database)
    await send(5, { gadget: state('new') })
    const old = await send(4, { gadget: state('old') })
    assert.deepEqual([old.outcome, old.changes, await model()], ['stale', 0, 'new'])
    await close()
  })

  for (const flushed of [false, true]) {
    const when = flushed ? 'that is written' : 'that is not written yet'
    test(`a report older than an unchanged one ${when} is stale`, async () => {
      const { send, model, restart, close } = await world(database)
      await send(1, { gadget: state('new') })
      for (const seq of [2, 3, 7]) assert.equal((await send(seq, { gadget: digestOnly(state('new')) })).outcome, 'unchanged')
      if (flushed) await restart()
      assert.equal((await send(5, { gadget: state('old') })).outcome, 'stale')
      assert.equal((await send(7, { gadget: state('old') })).outcome, 'stale')
      assert.equal(await model(), 'new')
      assert.equal((await send(8, { gadget: state('newer') })).outcome, 'updated')
      await close()
    })

    test(`the last report again, ${flushed ? 'written' : 'not written yet'}, is a duplicate`, async () => {
      const { register, send, submit, restart, close } = await world(database)
      const first = await send(1, { gadget: state('a') })
      const assetId = first.identity!.assetId
      const identity = { assetId, evidence: { cert: 'cert of agent', systemUuid: UUID, hostname: 'web-01' } }
      for (const [seq, section] of [state('a'), digestOnly(state('a')), state('b')].entries()) {
        const report = reportOf({ seq: seq + 2, sections: { gadget: section }, identity })
        await submit(report)
        if (flushed) await restart()
        const history = await historyOf(register)
        for (const again of [report, { ...report, identity: { ...report.identity, assetId: null } }])
          assert.equal((await submit(again)).outcome, 'duplicate')
        assert.deepEqual(await historyOf(register), history)
      }
      await close()
    })
  }

  test('a late report of one section tells of that section alone', async () => {
    const { send, model, close } = await world(database)
    await send(1, { gadget: state('g1'), widget: state('w1') })
    await send(2, { gadget: digestOnly(state('g1')), widget: digestOnly(state('w1')) })
    await send(4, { gadget: digestOnly(state('g1')) })
    assert.equal((await send(3, { widget: state('w3'), gadget: state('g3') })).outcome, 'updated')
    assert.deepEqual([await model('gadget'), await model('widget')], ['g1', 'w3'])
    for (const seq of [2, 3]) assert.equal((await send(seq, { widget: state('w2') })).outcome, 'stale')
    assert.equal((await send(4, { gadget: state('g4') })).outcome, 'stale')
    assert.equal((await send(5, { gadget: state('g5'), widget: state('w5') })).outcome, 'updated')
    await close()
  })

  test('reports of one host in one batch are taken as they came, also where one brings its asset id or another name', async () => {
    const { submit, batch, model, close } = await world(database)
    const identity = { assetId: null, evidence: { cert: 'c', systemUuid: UUID, hostname: 'web-01' } }
    const { assetId } = (await submit(reportOf({ seq: 1, sections: { gadget: state('A') }, identity }))).identity!
    const known = { ...identity, assetId }
    await batch(reportOf({ seq: 2, sections: { gadget: state('A') }, identity: known }))
    const learned = await batch(
      reportOf({ seq: 3, sections: { gadget: state('B') }, identity }),
      reportOf({ seq: 4, sections: { gadget: digestOnly(state('A')) }, identity: known }),
    )
    assert.deepEqual(learned, ['updated', 'incomplete'])
    const renamed = await batch(
      reportOf({ seq: 5, sections: { gadget: state('C') }, identity: { ...known, name: 'z-old' } }),
      reportOf({ seq: 6, sections: { gadget: state('D') }, identity: { ...known, name: 'a-new' } }),
    )
    assert.deepEqual([renamed, await model()], [['updated', 'updated'], 'D'])
    await close()
  })

  test('a late report of no section does not set the count back', async () => {
    const { send, close } = await world(database)
    await send(5, { gadget: state('new') })
    await send(3, {})
    assert.equal((await send(4, { gadget: digestOnly(state('new')) })).outcome, 'stale')
    await close()
  })

  test('a host renamed goes on counting, a new cert begins anew', async () => {
    const { send, model, close } = await world(database)
    await send(5, { gadget: state('a') }, 'agent', 'one', 'old-name')
    assert.equal((await send(6, { gadget: state('b') }, 'agent', 'one', 'new-name')).outcome, 'updated')
    assert.equal((await send(5, { gadget: state('a') }, 'agent', 'one', 'new-name')).outcome, 'stale')
    assert.equal((await send(1, { gadget: state('c') }, 'agent', 'two', 'new-name')).outcome, 'updated')
    assert.equal(await model(), 'c')
    await close()
  })

  for (const [rank, strong] of MODES.entries())
    for (const weak of MODES.slice(rank + 1)) {
      test(`${strong} keeps a section before ${weak} until it is stale`, async () => {
        const { send, model, wait, restart, close } = await world(database)
        await send(1, { gadget: state('strong') }, strong)
        const refused = await send(1, { gadget: state('weak') }, weak)
        assert.deepEqual([refused.outcome, refused.warnings], ['unchanged', [`section gadget is kept by the ${strong} on web-01`]])
        // Unchanged reports keep it fresh, also when they touch nothing but last-seen times, and when others come in between.
        for (const seq of [2, 3, 4]) {
          wait(20 * HOUR)
          assert.equal((await send(seq, { gadget: digestOnly(state('strong')) }, strong)).outcome, 'unchanged')
          if (seq === 3) await restart()
          assert.equal((await send(seq, { gadget: state('weak') }, weak)).warnings.length, 1)
        }
        for (const seq of [5, 6, 7]) {
          wait(20 * HOUR)
          await send(seq, { gadget: digestOnly(state('strong')) }, strong)
        }
        assert.equal((await send(8, { gadget: state('weak') }, weak)).warnings.length, 1)
        assert.equal(await model(), 'strong')
        wait(25 * HOUR)
        assert.equal((await send(9, { gadget: state('weak') }, weak)).outcome, 'updated')
        assert.equal((await send(10, { gadget: state('strong again') }, strong)).outcome, 'updated')
        assert.equal(await model(), 'strong again')
        await close()
      })
    }

  test('a collector that fails keeps its section, until what it saw last is stale', async () => {
    const { register, send, model, wait, close } = await world(database)
    const timeout: Section = { status: 'timeout', reason: 'took too long' }
    await send(1, { gadget: state('agent') })
    await send(2, { gadget: timeout })
    const early = await send(1, { gadget: state('ssh') }, 'ssh')
    assert.deepEqual([early.changes, early.warnings], [0, ['section gadget is kept by the agent on web-01']])
    for (const seq of [3, 4]) {
      wait(13 * HOUR)
      assert.equal((await send(seq, { gadget: timeout })).outcome, 'unchanged')
    }
    assert.equal((await send(2, { gadget: state('ssh') }, 'ssh')).outcome, 'updated')
    const blind = await send(5, { gadget: timeout })
    assert.deepEqual(blind.warnings, ['section gadget is kept by the ssh on web-01, which has seen it'])
    assert.deepEqual([await model(), (await sectionOn(register, 'gadget'))?.status], ['ssh', 'ok'])
    assert.equal((await send(6, { gadget: state('agent') })).outcome, 'updated')
    await close()
  })

  test('the pinned name and the kind are those of who keeps the section basic', async () => {
    const { register, submit, wait, close } = await world(database)
    const known = async () => await register.reader.selectFrom('asset').select(['cert_name', 'kind']).executeTakeFirstOrThrow()
    await submit(named(1, 'ssh', '10.0.0.7', 'unknown'))
    assert.deepEqual(await known(), { cert_name: '10.0.0.7', kind: 'unknown' })
    await submit(named(1, 'agent', 'web-01', 'physical'))
    await submit(named(2, 'ssh', '10.0.0.7', 'vm'))
    assert.deepEqual(await known(), { cert_name: 'web-01', kind: 'physical' })
    wait(25 * HOUR)
    await submit(named(3, 'ssh', '10.0.0.7', 'vm'))
    assert.deepEqual(await known(), { cert_name: '10.0.0.7', kind: 'vm' })
    const kinds = (await historyOf(register)).filter((row) => row.startsWith('asset') && row.includes('kind changed'))
    assert.deepEqual(kinds, ['asset - - kind changed "unknown" "physical" agent', 'asset - - kind changed "physical" "vm" ssh'])
    await close()
  })

  test('who has never seen a section keeps nobody out', async () => {
    const { send, model, close } = await world(database)
    await send(1, { gadget: { status: 'denied', reason: 'no root' } })
    await send(1, { gadget: state('ssh') }, 'ssh')
    assert.equal(await model(), 'ssh')
    await close()
  })

  for (const mode of ['ssh', 'salt'] as const) {
    test(`of two centres that collect by ${mode} the first one keeps a section until it is stale`, async () => {
      const { send, model, wait, close } = await world(database)
      await send(1, { gadget: state('one') }, mode, 'cert of one', 'centre-1')
      const other = await send(1, { gadget: state('two') }, mode, 'cert of two', 'centre-2')
      assert.deepEqual(other.warnings, [`section gadget is kept by the ${mode} on centre-1`])
      wait(25 * HOUR)
      await send(2, { gadget: state('two') }, mode, 'cert of two', 'centre-2')
      assert.equal(await model(), 'two')
      await close()
    })
  }

  test('volatile values and the count of a collector that was refused stay out', async () => {
    const { register, send, close } = await world(database)
    await send(1, { gadget: { ...state('a'), volatile: { usedBytes: 1 } } })
    await send(7, { gadget: { ...state('b'), volatile: { usedBytes: 2 } } }, 'ssh')
    const { volatile } = await register.reader.selectFrom('observed').select('volatile').executeTakeFirstOrThrow()
    assert.deepEqual(JSON.parse(volatile), { gadget: { usedBytes: 1 } })
    assert.equal((await send(2, { gadget: state('c') })).outcome, 'updated')
    await close()
  })

  test('who sees the same as the owner of a section does not become it, however often it comes', async () => {
    const { register, send, restart, close } = await world(database)
    await send(1, { gadget: seen(1) })
    for (const seq of [1, 2, 3])
      assert.deepEqual((await send(seq, { gadget: seen(seq + 1) }, 'ssh')).warnings, ['section gadget is kept by the agent on web-01'])
    await restart()
    const { volatile } = await register.reader.selectFrom('observed').select('volatile').executeTakeFirstOrThrow()
    assert.deepEqual(JSON.parse(volatile), { gadget: { usedBytes: 1 } })
    await close()
  })

  test('a section that another collector came between is as old as it is', async () => {
    const { send, model, wait, close } = await world(database)
    await send(1, { gadget: state('g1'), widget: state('w1') })
    await send(1, { gadget: state('g1') }, 'ssh')
    for (const seq of [2, 3, 4]) {
      wait(9 * HOUR)
      assert.equal((await send(seq, { gadget: digestOnly(state('g1')) })).outcome, 'unchanged')
    }
    assert.equal((await send(2, { widget: state('w2') }, 'ssh')).outcome, 'updated')
    assert.equal((await send(3, { gadget: state('g2') }, 'ssh')).warnings.length, 1)
    assert.equal(await model('widget'), 'w2')
    await close()
  })
})

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Receipt, Report } from '../../cmdb-api/contract.ts'
import { currentSections, stateAt } from '../../cmdb-api/state.ts'
import software from '../../plugins/builtin/software.ts'
import { findByUuid } from '../../repository/assets.ts'
import { connect, type Reader, type Register } from '../../repository/connect.ts'
import { onEveryDatabase, type TestDatabase } from '../databases.ts'
import { okSection, reportOf, rowCounts } from './reports.ts'

const KILLS = process.env['ROLLCALL_TEST_DEEP'] === '1' ? 50 : 4
const HOSTS = 6
const BIN = new URL('../../bin/rollcall.js', import.meta.url).pathname

/** What host `name` has installed at its n-th report: some packages come and go, some change. */
function installed(name: string, n: number) {
  const row = (at: number, version: number) => ({ name: `pkg-${at}`, version: `${version}`, arch: 'amd64', source: name })
  return {
    packages: [...Array.from({ length: 20 }, (_, at) => row(at, at % 3 === 0 ? n : 1)), row(100 + (n % 5), 1)],
    snaps: null,
    flatpaks: null,
  }
}

/** `rollcall serve` as people run it; killed at any moment. */
async function serve(
  folder: string,
  database: string,
): Promise<{ readonly process: ChildProcess; readonly url: string; readonly token: string }> {
  const child = spawn(process.execPath, [BIN, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ROLLCALL_DATA: folder, ROLLCALL_PORT: '0', ROLLCALL_SERVER__DATABASE: database },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  for await (const text of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(text)
    const [, url] = /rollcall is up: (\S+)/.exec(said) ?? []
    if (url === undefined) continue
    child.stderr.resume()
    return { process: child, url, token: readFileSync(join(folder, 'token'), 'utf8').trim() }
  }
  throw new Error(`rollcall serve ended: ${said}`)
}

/** A collector that keeps its report until it has a receipt, and all receipts that it was given. */
interface Host {
  readonly name: string
  report: Report
  seq: number
  assetId: string | null
  readonly receipts: { readonly seq: number; readonly receipt: Receipt }[]
}

function next(host: Host): void {
  host.seq++
  host.report = reportOf({
    seq: host.seq,
    sections: { software: okSection(installed(host.name, host.seq), { version: software.version }) },
    identity: { name: host.name, assetId: host.assetId, evidence: { cert: `cert of ${host.name}`, hostname: host.name } },
  })
}

function take(host: Host, receipt: Receipt): void {
  assert.ok(['created', 'updated', 'duplicate', 'stale'].includes(receipt.outcome), JSON.stringify(receipt))
  assert.deepEqual(receipt.errors, [])
  if (receipt.outcome === 'created' || receipt.outcome === 'updated') host.receipts.push({ seq: host.seq, receipt })
  host.assetId = receipt.identity?.assetId ?? host.assetId
  next(host)
}

async function send({ url, token }: { readonly url: string; readonly token: string }, reports: readonly Report[]): Promise<Receipt[]> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/api/v1/reports`, { method: 'POST', headers, body: JSON.stringify({ reports }) })
  assert.equal(answer.status, 200, await answer.clone().text())
  return ((await answer.json()) as { receipts: Receipt[] }).receipts
}

/** No half change set, every receipt that was given is true, and documents agree with the history. */
async function inspect(reader: Reader, hosts: readonly Host[]): Promise<void> {
  const sets = await reader.selectFrom('change_set').selectAll().orderBy('id').execute()
  const rows = await reader.selectFrom('change').select(['id', 'set_id']).orderBy('id').execute()
  for (const set of sets) assert.equal(rows.filter((row) => row.set_id === set.id).length, set.changes, `change set ${set.id}`)
  const head = await reader.selectFrom('chain_head').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([head.set_id, head.change_id], [sets.at(-1)?.id ?? 0, rows.at(-1)?.id ?? 0])
  const byId = new Map(sets.map((set) => [String(set.id), set]))
  for (const { name, receipts, assetId, seq: latest } of hosts) {
    const asset = assetId === null ? undefined : await findByUuid(reader, assetId)
    for (const { seq, receipt } of receipts) {
      const set = byId.get(receipt.changeSetId!)
      assert.deepEqual(
        [set?.report_id, set?.changes, set?.asset_id],
        [receipt.reportId, receipt.changes, asset?.id],
        `receipt ${seq} of ${name}`,
      )
    }
    const last = receipts.at(-1)
    if (asset === undefined || last === undefined) continue
    const past = await stateAt(reader, asset, byId.get(last.receipt.changeSetId!)!.at)
    const [now] = await currentSections(reader, asset.id)
    // Later ones may have been stored whose receipts never arrived, or said duplicate when they were sent again.
    const states = Array.from({ length: latest - last.seq + 1 }, (_, more) => shown(installed(name, last.seq + more)))
    assert.ok(states.includes(shown(past!.sections.get('software')!)), `${name} as of its last receipt`)
    assert.ok(states.includes(shown(now!.data!)), `${name} now`)
  }
}

function shown(data: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    (data['packages'] as { name: string; version: string }[]).map(({ name, version }) => `${name} ${version}`).toSorted(),
  )
}

async function killOnce(folder: string, database: string, register: () => Promise<Register>, hosts: readonly Host[]): Promise<void> {
  const server = await serve(folder, database)
  try {
    // What was under way at the last kill is sent again, twice: the second time changes nothing.
    const again = hosts.map(({ report }) => report)
    const receipts = await send(server, again)
    const inspected = await register()
    const before = await rowCounts(inspected)
    for (const { outcome } of await send(server, again)) assert.ok(['duplicate', 'unchanged', 'stale'].includes(outcome), outcome)
    assert.deepEqual(await rowCounts(inspected), before)
    await inspected.close()
    for (const [at, host] of hosts.entries()) take(host, receipts[at]!)

    const posting = hosts.map(async (host) => {
      for (;;) take(host, (await send(server, [host.report]))[0]!)
    })
    const ended = Promise.allSettled(posting)
    await setTimeout(Math.random() * 150)
    server.process.kill('SIGKILL')
    for (const one of await ended) if (one.status === 'rejected' && !(one.reason instanceof TypeError)) throw one.reason
  } finally {
    if (server.process.exitCode === null && server.process.signalCode === null) {
      server.process.kill('SIGKILL')
      await once(server.process, 'exit')
    }
  }
}

onEveryDatabase('an API that is killed', (database: TestDatabase) => {
  test(`${KILLS} times during ingest keeps what it has told, whole, and takes the same again`, { timeout: 300_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-kill-'))
    database.finally(() => rmSync(folder, { recursive: true, force: true }))
    const url = await database.url()
    const register = async () => await connect(url)
    const hosts = Array.from({ length: HOSTS }, (_, at): Host => ({
      name: `host-${at}`,
      report: reportOf({ seq: 1, sections: {} }),
      seq: 0,
      assetId: null,
      receipts: [],
    }))
    for (const host of hosts) next(host)
    for (let kill = 1; kill <= KILLS; kill++) {
      await killOnce(folder, url, register, hosts)
      const inspected = await register()
      // A commit that was under way is still done by PostgreSQL: look at one moment.
      const moment = inspected.db.transaction()
      await (inspected.dialect.name === 'postgres' ? moment.setIsolationLevel('repeatable read') : moment).execute(async (trx) => {
        await inspect(trx, hosts)
      })
      await inspected.close()
    }
    assert.ok(hosts.every(({ receipts }) => receipts.length > KILLS / 2))
  })
})

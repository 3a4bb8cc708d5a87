import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { median } from './measure.ts'
import { startApi, type ApiServer } from './server.ts'

/** One agent that polls: a connection of its own that stays open, and the ETag of what it was told last. */
interface Poller {
  readonly connection: Agent
  readonly path: string
  etag: string | null
}

const PASSES = 3

/**
 * What agents that ask for their configuration cost the API: CPU for a 304 and for an answer that has changed, beside /healthz on the same connections;
 * and how soon an edit has reached all of them when each asks once in an interval.
 */
export default async function config([count = '1000', rounds = '5', intervalSeconds = '10']: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-config-'))
  const server = await startApi(folder)
  try {
    const pollers = await prepare(server, Number(count))
    const cpu = { '/healthz': [] as number[], 'unchanged (304)': [] as number[], 'changed (200)': [] as number[] }
    // The first round warms up.
    for (let round = 0; round <= Number(rounds); round += 1) {
      const took = {
        '/healthz': await cpuOf(server, () => each(pollers, (one) => get(server, one.connection, '/healthz', null))),
        'unchanged (304)': await cpuOf(server, () => each(pollers, (one) => poll(server, one, 304))),
        'changed (200)': await cpuOf(server, async (pass) => {
          await edit(server, 1000 + round * PASSES + pass)
          await each(pollers, (one) => poll(server, one, 200))
        }),
      }
      if (round > 0) for (const [name, ms] of Object.entries(took)) cpu[name as keyof typeof cpu].push((1000 * ms) / pollers.length)
    }
    for (const [name, own] of Object.entries(cpu)) {
      const ratio = median(own.map((of, round) => of / cpu['/healthz'][round]!))
      row(name, `${median(own).toFixed(0)} µs`, name === '/healthz' ? '' : `×${ratio.toFixed(2)}`)
    }
    tell(`CPU of the API for one answer, medians of ${rounds} rounds; ×: compared with /healthz of the same round; ${count} connections\n`)
    await spread(server, pollers, Number(intervalSeconds) * 1000)
  } finally {
    await server.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each asks once in an interval, at a time of its own; in the middle of it all somebody edits the template. */
async function spread(server: ApiServer, pollers: readonly Poller[], intervalMs: number): Promise<void> {
  const idle = server.cpuMs()
  const start = performance.now()
  const editAt = start + 1.5 * intervalMs
  let editedAt = Number.POSITIVE_INFINITY
  const edited = setTimeout(editAt - start).then(async () => {
    await edit(server, 5000)
    editedAt = performance.now()
  })
  const reached = pollers.map(async (poller, at) => {
    for (let asked = start + (at / pollers.length) * intervalMs; ; asked += intervalMs) {
      await setTimeout(Math.max(0, asked - performance.now()))
      if ((await get(server, poller.connection, poller.path, poller.etag)).status === 200)
        return (performance.now() - editedAt) / intervalMs
    }
  })
  const shares = (await Promise.all(reached)).toSorted((a, b) => a - b)
  await edited
  const share = (server.cpuMs() - idle) / (performance.now() - start)
  row('an edit has reached all', `${(100 * shares.at(-1)!).toFixed(1)} %`, 'of an interval')
  row('half of them', `${(100 * median(shares)).toFixed(0)} %`)
  row('CPU of the API', `${(100 * share).toFixed(1)} %`, 'of one core')
  tell(`${pollers.length} agents that ask every ${intervalMs / 1000} s, and one edit of the template that all are linked to by a group\n`)
}

async function prepare(server: ApiServer, count: number): Promise<Poller[]> {
  await write(server, 'POST', '/templates', { name: 'all', services: { disks: ['disk', 900], users: ['user', 86_400] } })
  await write(server, 'POST', '/groups', { name: 'outer' })
  await write(server, 'POST', '/groups', { name: 'inner', parent: 'outer' })
  await write(server, 'PUT', '/templates/all/groups/outer')
  const pollers: Poller[] = []
  for (let at = 0; at < count; at += 1) {
    const name = `bench-${at}`
    const { id } = (await write(server, 'POST', '/assets', { name })) as { readonly id: string }
    await write(server, 'PUT', `/groups/inner/assets/${id}`)
    const path = `/api/v1/agent/config?name=${name}&asset=${id}&cert=cert-${at}&address=192.0.2.1&version=0.1.0`
    pollers.push({ connection: new Agent({ keepAlive: true, maxSockets: 1 }), path, etag: null })
  }
  await each(pollers, (one) => poll(server, one, 200))
  return pollers
}

async function edit(server: ApiServer, seconds: number): Promise<void> {
  await write(server, 'PUT', '/templates/all', { services: { disks: ['disk', seconds], users: ['user', 86_400] } })
}

async function poll(server: ApiServer, poller: Poller, expected: number): Promise<void> {
  const { status, etag } = await get(server, poller.connection, poller.path, poller.etag)
  if (status !== expected) throw new Error(`${poller.path} answered ${status}, not ${expected}`)
  poller.etag = etag
}

async function get({ url, token }: ApiServer, connection: Agent, path: string, etag: string | null) {
  const headers = { authorization: `Bearer ${token}`, ...(etag !== null && { 'if-none-match': etag }) }
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly etag: string | null }>()
  const sent = request(`${url}${path}`, { agent: connection, headers }, (answer) => {
    answer.resume().once('end', () => resolve({ status: answer.statusCode ?? 0, etag: answer.headers.etag ?? null }))
  })
  sent.on('error', reject).end()
  return await promise
}

async function write({ url, token }: ApiServer, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
  const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return answer.status === 204 ? null : await answer.json()
}

async function each(pollers: readonly Poller[], ask: (one: Poller) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < pollers.length; at += 100) await Promise.all(pollers.slice(at, at + 100).map(ask))
}

/** Milliseconds of CPU time that the API needs for one pass. */
async function cpuOf(server: ApiServer, pass: (pass: number) => Promise<void>): Promise<number> {
  const before = server.cpuMs()
  for (let at = 0; at < PASSES; at += 1) await pass(at)
  return (server.cpuMs() - before) / PASSES
}

function row(name: string, figure: string, more = ''): void {
  tell(`${name.padEnd(28)} ${figure.padStart(10)} ${more}`)
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}

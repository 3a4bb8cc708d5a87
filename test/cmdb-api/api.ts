import { before } from 'node:test'
import { pino } from 'pino'
import { buildApp } from '../../cmdb-api/app.ts'
import { createToken, ROLES, type Role } from '../../cmdb-api/auth.ts'
import type { Receipt } from '../../cmdb-api/contract.ts'
import { sectionSpec } from '../../cmdb-api/section-spec.ts'
import type { Plugin } from '../../plugins/define.ts'
import type { TestDatabase } from '../databases.ts'
import { gadget, ingestOn } from './reports.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

const PLUGINS = [gadget(2), gadget(2, 'widget')]

/** One API for all tests of a suite. */
export function apiOn(database: TestDatabase, plugins: readonly Plugin[] = PLUGINS): () => Api {
  let api: Api | undefined
  before(async () => {
    api = await startApi(database, plugins)
  })
  return () => api!
}

/** An API that listens on a free port of 127.0.0.1, with a token for each role and a clock that a test can move. */
async function startApi(database: TestDatabase, plugins: readonly Plugin[]) {
  let offset = 0
  const now = () => Date.now() + offset
  const register = await database.open()
  const staleAfterMs = 86_400_000
  const ingest = ingestOn(register, { plugins, now, staleAfterMs })
  const specs = new Map(plugins.map((plugin) => [plugin.name, sectionSpec(plugin)]))
  const logged: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) })
  const app = await buildApp({
    context: { register, ingest, specs, staleAfterMs, configUpdateSeconds: 300, now },
    version: '0.0.0',
    logger,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  database.finally(async () => {
    await app.close()
    await ingest.close()
  })
  const tokens = new Map<Role, string>()
  for (const role of ROLES) tokens.set(role, (await createToken(register.db, { name: role, role }, now())).text)

  const ask = async (role: Role | null, path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = new Headers(init.headers)
    if (role !== null) headers.set('authorization', `Bearer ${tokens.get(role)}`)
    const answer = await fetch(`${url}${path}`, { redirect: 'manual', ...init, headers })
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '')
    return { status: answer.status, headers: answer.headers, body: isJson ? (JSON.parse(text) as Answer['body']) : { text } }
  }
  const send = async (role: Role | null, path: string, body: unknown, method = 'POST') =>
    await ask(role, path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const post = async (...reports: readonly unknown[]): Promise<readonly Receipt[]> => {
    const { status, body } = await send('collector', '/api/v1/reports', { reports })
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
    return body['receipts'] as Receipt[]
  }
  return { register, app, ingest, url, tokens, logged, ask, send, post, now, wait: (ms: number) => void (offset += ms) }
}

export type Api = Awaited<ReturnType<typeof startApi>>

import assert from 'node:assert/strict'
import { before } from 'node:test'
import type { Role } from '../../cmdb-api/auth.ts'
import type { TestDatabase } from '../databases.ts'
import { apiOn, type Answer, type Api } from './api.ts'
import { okSection, reportOf } from './reports.ts'

export const DATA = { model: 'M1', owners: ['ann'], parts: [{ wwn: 'w1', slot: '0', label: 'a', sizeBytes: 1, tags: [] }] }

/** An API with thirty hosts, `host-00` to `host-09-29`, many of which share their times; the first twenty have changed once. */
export function estateOn(database: TestDatabase) {
  const api = apiOn(database)
  before(async () => await fill(api()))
  const get = async (path: string, role: Role = 'reader') => await api().ask(role, `/api/v1${path}`)
  return { api, get }
}

type Row = Readonly<Record<string, unknown>>

/** The rows of a page. */
export function resultsOf({ body, status }: Answer): readonly Row[] {
  assert.equal(status, 200, JSON.stringify(body))
  return body['results'] as Row[]
}

/** The cursor of the next page, as text; null on the last. */
export function nextOf({ body }: Answer): string | null {
  return body['next'] as string | null
}

async function fill(api: Api): Promise<void> {
  const hosts = Array.from({ length: 30 }, (_, at) => {
    const name = `host-${String(at % 10).padStart(2, '0')}${at < 10 ? '' : `-${at}`}`
    const kind = at % 2 === 0 ? ('physical' as const) : ('vm' as const)
    const volatile = { usedBytes: 7, parts: { 'wwn=w1': { state: 'fine' } } }
    const evidence = {
      cert: name,
      hostname: at === 3 ? 'elsewhere' : name,
      vendor: 'Dell Inc.',
      product: 'R650',
      serial: `SN-${at}`,
      machineId: `F00D${at}`,
    }
    return {
      identity: { name, kind, evidence },
      labels: { site: 'fra1' },
      first: okSection({ ...DATA, model: `M${at % 3}` }, { volatile }),
    }
  })
  const reports = hosts.map(({ first, ...host }) => reportOf({ ...host, seq: 1, sections: { gadget: first } }))
  for (let at = 0; at < 30; at += 10) await api.post(...reports.slice(at, at + 10))
  const changed = okSection({ ...DATA, model: 'changed', parts: [] })
  await api.post(...hosts.slice(0, 20).map(({ identity, labels }) => reportOf({ identity, labels, seq: 2, sections: { gadget: changed } })))
}

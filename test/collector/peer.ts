import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import type { Receipt, Report } from '../../cmdb-api/contract.ts'
import type { Api } from '../../collector/api-client.ts'
import { receiptOf } from './reports.ts'

export interface Asked {
  readonly headers: IncomingHttpHeaders
  readonly reports: readonly Report[]
  readonly bytes: number
}

/** What the peer does with a request; an array is answered as receipts. */
export type Behaviour = (asked: Asked, response: ServerResponse) => Receipt[] | undefined

/** The other end of the network, not an API: it answers what a test tells it to. */
export async function peer(
  t: TestContext,
  behaviour: Behaviour,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ readonly api: Api; readonly asked: Asked[] }> {
  const asked: Asked[] = []
  const server = (tls === undefined ? createServer() : createTlsServer(tls)).on('request', (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const text = request.headers['content-encoding'] === 'zstd' ? zstdDecompressSync(body) : body
      const { reports } = JSON.parse(text.toString()) as { reports: Report[] }
      const one = { headers: request.headers, reports, bytes: body.length }
      asked.push(one)
      const receipts = behaviour(one, response)
      if (receipts !== undefined) response.setHeader('content-type', 'application/json').end(JSON.stringify({ receipts }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  return { api: { url, token: 'rc_1.secret', ca: null, timeoutSeconds: 5 }, asked }
}

/** Takes digests as an API does: data once, then the digest will do. */
export function register(): Behaviour {
  const known = new Map<string, string>()
  return ({ reports }) =>
    reports.map((report) => {
      const key = (section: string): string => `${report.identity.name}/${section}`
      const sections = Object.entries(report.sections)
      const needs = sections.flatMap(([name, { digest, data }]) => (data === undefined && digest !== known.get(key(name)) ? [name] : []))
      if (needs.length > 0) return receiptOf(report, 'incomplete', needs)
      const isNews = sections.some(([name, { digest }]) => digest !== known.get(key(name)))
      for (const [name, { digest }] of sections) if (digest !== undefined) known.set(key(name), digest)
      return receiptOf(report, isNews ? 'updated' : 'unchanged')
    })
}

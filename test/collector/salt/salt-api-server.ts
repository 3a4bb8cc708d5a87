import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { scratch } from '../scratch.ts'
import { isForbidden, matching, said, type Estate } from './estate.ts'

export const noOpenssl = spawnSync('openssl', ['version']).error !== undefined && 'openssl is not installed'

export const USER = 'inventory'
export const PASSWORD = 'open sesame'

interface Low {
  readonly client: string
  readonly tgt: string | readonly string[]
  readonly tgt_type: string
  readonly fun: string
  readonly arg: readonly unknown[]
  readonly kwarg: Readonly<Record<string, unknown>>
}

/** Stands in for salt-api (rest_cherrypy), as it documents `/login` and `/`: what a minion does not return is `false`. */
export async function serveSaltApi(
  t: Pick<TestContext, 'after'>,
  estate: Estate,
  {
    lifeSeconds = 43_200,
    onJob = () => undefined,
  }: { readonly lifeSeconds?: number; readonly onJob?: (low: Low, response: ServerResponse) => boolean | undefined } = {},
) {
  const folder = scratch(t as TestContext)
  const [keyFile, ca] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1'
  execFileSync('openssl', [...made.split(' '), '-keyout', keyFile, '-out', ca], { stdio: 'ignore' })
  const asked: { readonly path: string; readonly body: unknown }[] = []
  const tokens = new Set<string>()
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(ca) }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
      asked.push({ path: request.url!, body })
      if (request.url === '/login') logIn(body as Readonly<Record<string, string>>, response)
      else if (!tokens.has(String(request.headers['x-auth-token']))) answer(response, 401, 'No permission -- see authorization schemes')
      else run((body as readonly [Low])[0], response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca, asked } // It listens on TCP.

  function logIn({ username, password, eauth }: Readonly<Record<string, string>>, response: ServerResponse): void {
    if (username !== USER || password !== PASSWORD || eauth !== 'pam')
      return answer(response, 401, 'Could not authenticate using provided credentials')
    const token = `token-${tokens.size}`
    tokens.add(token)
    const start = 1_700_000_000.5
    answer(response, 200, { return: [{ token, start, expire: start + lifeSeconds, user: username, eauth, perms: ['.*'] }] })
  }

  function run(low: Low, response: ServerResponse): void {
    if (onJob(low, response) === true) return
    const targets = typeof low.tgt === 'string' ? matching(estate, low.tgt) : low.tgt.filter((id) => id in estate.minions)
    if (low.client !== 'local' || low.tgt_type !== (typeof low.tgt === 'string' ? 'glob' : 'list'))
      return answer(response, 400, 'bad lowstate')
    if (isForbidden(estate, targets)) return answer(response, 401, 'Authorization error occurred.')
    const own = targets.map((id) => [id, said(estate, id, { ...low, targets }) ?? false] as const)
    answer(response, 200, { return: [Object.fromEntries(own)] })
  }
}

/** Errors of CherryPy are pages. */
function answer(response: ServerResponse, status: number, body: string | object): void {
  response.statusCode = status
  response.setHeader('content-type', typeof body === 'string' ? 'text/html' : 'application/json')
  response.end(typeof body === 'string' ? `<p>${body}</p>` : JSON.stringify(body))
}

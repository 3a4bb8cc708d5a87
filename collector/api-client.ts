import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { promisify } from 'node:util'
import { ApiRefused, ApiUnauthorised, ApiUnreachable, ApiUntrusted } from './errors.ts'
import { codeOf } from './write-file.ts'

/** Where reports go, and what opens the door. */
export interface Api {
  /** Without path, such as `https://cmdb.example:8700`. */
  readonly url: string
  readonly token: string
  /** PEM text of the authority that signed the API's certificate; null: those that Node knows. */
  readonly ca: string | null
  readonly timeoutSeconds: number
  /** Ends the requests under way, and lets no other begin. */
  readonly signal?: AbortSignal
}

/** Below this a request fits one packet or two anyway. */
const COMPRESS_FROM_BYTES = 1024
const ANSWER_BYTES = 32 * 1024 * 1024

/**
 * Posts JSON and gives back the JSON that the API answers. Through node:http(s) rather than fetch, which takes no CA of one's own
 * before Node 22.19 and costs 12 ms at its first use.
 *
 * @throws {ApiError}
 */
export async function postJson(api: Api, path: string, body: string): Promise<unknown> {
  const isBig = Buffer.byteLength(body) > COMPRESS_FROM_BYTES
  const payload = isBig ? await compressed(body) : Buffer.from(body)
  const headers = { 'content-type': 'application/json', 'content-length': payload.length, ...(isBig && { 'content-encoding': 'zstd' }) }
  return await call(api, path, 'POST', { headers, payload })
}

/**
 * Reads from the API.
 *
 * @throws {ApiError}
 */
export async function getJson(api: Api, path: string): Promise<unknown> {
  return await call(api, path, 'GET')
}

/**
 * Reads from the API what has changed since it said `etag`; null where nothing has.
 *
 * @throws {ApiError}
 */
export async function getIfChanged(
  api: Api,
  path: string,
  etag: string | null,
): Promise<{ readonly body: unknown; readonly etag: string | null } | null> {
  const headers = etag === null ? {} : { 'if-none-match': etag }
  const answer = await ask(api, path, 'GET', { headers })
  return answer.status === 304 && etag !== null ? null : { body: jsonOf(api, answer.text), etag: answer.etag }
}

/**
 * Puts JSON in the place of what is at a path; null as body makes a link. With `version`, only where that is still the one there. Null where the
 * API answers without a body.
 *
 * @throws {ApiError}
 */
export async function putJson(api: Api, path: string, body: string | null, version?: number): Promise<unknown> {
  const payload = body === null ? null : Buffer.from(body)
  const headers = {
    ...(payload !== null && { 'content-type': 'application/json' }),
    'content-length': payload?.length ?? 0,
    ...(version !== undefined && { 'if-match': `"${version}"` }),
  }
  return await call(api, path, 'PUT', { headers, payload })
}

/** Null where the API answers without a body. */
export async function deleteAt(api: Api, path: string): Promise<unknown> {
  return await call(api, path, 'DELETE')
}

interface Body {
  readonly headers?: Readonly<Record<string, string | number>>
  readonly payload?: Buffer | null
}

async function call(api: Api, path: string, method: string, body: Body = {}): Promise<unknown> {
  const { text } = await ask(api, path, method, body)
  return text === '' ? null : jsonOf(api, text)
}

/** A good answer; 304 is one. */
async function ask(api: Api, path: string, method: string, { headers: own = {}, payload = null }: Body): Promise<Answer> {
  if (!/^[!-~]+$/.test(api.token))
    throw new ApiUnauthorised(
      'the token holds spaces, line ends or other characters that no token has. Name one made by "rollcall token create" in the setting api.token',
    )
  const headers = { authorization: `Bearer ${api.token}`, accept: 'application/json, application/problem+json', ...own }
  const answer = await exchange(api, path, { method, headers }, payload)
  const { status, text } = answer
  if ((status >= 200 && status < 300) || status === 304) return answer
  const said = problemOf(text)
  const told = `${api.url} answered ${status}${said && `: ${said}`}`
  if (status === 401 || status === 403)
    throw new ApiUnauthorised(`${told}. Make another token with "rollcall token create", and name it in the setting api.token`)
  if (status === 429 || status >= 500) throw new ApiUnreachable(told, { retryAfterMs: answer.retryAfterMs })
  // What the register itself explains needs no word about HTTP.
  throw new ApiRefused(
    detailOf(text) ?? (status === 404 && said === '' ? `${told}. Is api.url the address of a rollcall API?` : told),
    status,
  )
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly etag: string | null
  readonly retryAfterMs: number | null
}

async function exchange(api: Api, path: string, options: RequestOptions, payload: Buffer | null): Promise<Answer> {
  let sent: ClientRequest | undefined
  // By hand: each AbortSignal.any leaves something with a signal that lives as long as an agent, and AbortSignal.timeout its timer.
  let isLate = false
  const stop = (): void => void sent?.destroy(new Error('stopped'))
  const late = setTimeout(() => {
    isLate = true
    stop()
  }, api.timeoutSeconds * 1000)
  api.signal?.addEventListener('abort', stop, { once: true })
  try {
    const url = new URL(`${api.url.replace(/\/+$/, '')}${path}`)
    // As an ES module, node:http runs its lazy getters, a WebSocket client among them: 13 MB and 20 ms.
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    sent = request(url, { ...options, ...(api.ca !== null && { ca: api.ca }) }, (response) => {
      readText(response).then((text) => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, text, etag: headers.etag ?? null, retryAfterMs: retryAfter(headers) })
      }, reject)
    })
    sent.on('error', reject)
    if (api.signal?.aborted === true) stop()
    sent.end(payload ?? undefined)
    return await promise
  } catch (error) {
    throw translate(api, isLate, error)
  } finally {
    clearTimeout(late)
    api.signal?.removeEventListener('abort', stop)
  }
}

/** Costs a quarter of gzip's time, and what a hundred reports of one image have in common takes a fortieth of its bytes. */
async function compressed(text: string): Promise<Buffer> {
  const { zstdCompress } = process.getBuiltinModule('node:zlib')
  return await promisify(zstdCompress)(text)
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES) throw new Error(`the answer is longer than ${ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function translate(api: Api, isLate: boolean, error: unknown): Error {
  if (isLate) return new ApiUnreachable(`${api.url} did not answer within ${api.timeoutSeconds} s`, { cause: error })
  if (api.signal?.aborted === true) return new ApiUnreachable(`${api.url} had not answered when all was stopped`, { cause: error })
  const code = codeOf(error)
  if (/CERT|SELF_SIGNED|ISSUER|ALTNAME|UNABLE_TO_VERIFY/.test(code)) {
    const advice = 'name the authority that signed it in the setting api.ca, or mend the address in api.url'
    return new ApiUntrusted(`the certificate of ${api.url} is not trusted (${code}): ${advice}`, { cause: error })
  }
  const why = UNREACHABLE[code] ?? (error instanceof Error ? error.message : String(error))
  return new ApiUnreachable(`${api.url} cannot be reached: ${why}`, { cause: error })
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start the API with "rollcall up" or "rollcall serve", or mend the setting api.url',
  ENOTFOUND: 'its name is not known; mend the setting api.url, or the name service',
  EAI_AGAIN: 'the name service does not answer',
  ECONNRESET: 'the connection was cut',
  EPROTO: 'it does not speak TLS; mend the setting api.url',
  ERR_INVALID_URL: 'that is no address; mend the setting api.url',
}

function jsonOf(api: Api, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiRefused(`${api.url} answered with something that is no JSON: is api.url the address of a rollcall API?`, 200)
  }
}

/** What an RFC 9457 document says; empty where it is none. */
function problemOf(text: string): string {
  try {
    const { title = '', detail = '' } = JSON.parse(text) as { readonly title?: unknown; readonly detail?: unknown }
    return [title, detail]
      .filter((one) => typeof one === 'string' && one !== '')
      .join(': ')
      .slice(0, 500)
  } catch {
    return ''
  }
}

/** What it says of this very case; null where it does not. */
function detailOf(text: string): string | null {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    return typeof detail === 'string' && detail !== '' ? detail.slice(0, 500) : null
  } catch {
    return null
  }
}

/** Retry-After in seconds, or as a date by the API's own clock. */
function retryAfter({ 'retry-after': after = '', date = '' }: IncomingMessage['headers']): number | null {
  if (/^\d{1,6}$/.test(after)) return Number(after) * 1000
  const milliseconds = Date.parse(after) - Date.parse(date)
  return Number.isNaN(milliseconds) ? null : Math.max(0, milliseconds)
}

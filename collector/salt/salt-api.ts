import { RunnerError } from '../errors.ts'
import { excerpt } from '../ssh/causes.ts'
import type { Secret } from '../ssh/secret.ts'
import { postJsonTo, type HttpsAnswer, type HttpsServer } from './https-json.ts'
import { JobRefused, type Master, type MinionAnswer, type SaltCall, type SaltTarget } from './master.ts'

export interface SaltLogin {
  readonly user: string
  readonly password: Secret
  /** Which of the master's external_auth backends knows the user: `pam`, `ldap`, `auto`, ... */
  readonly eauth: string
}

/** A session of salt-api, while it lasts. */
interface Session {
  readonly token: string
  /** By our own clock, in milliseconds. */
  readonly endsAt: number
}

/**
 * A master through salt-api (rest_cherrypy) over HTTPS. By the client `local`, which answers when all minions have: `local_async` would need
 * a permission for the job runner, too, and to be asked again and again.
 */
export function saltApi(server: HttpsServer, { login, callMs }: { readonly login: SaltLogin; readonly callMs: number }): Master {
  let session: Session | null = null

  async function* ask(target: SaltTarget, call: SaltCall, signal: AbortSignal): AsyncGenerator<MinionAnswer> {
    const until = AbortSignal.any([signal, AbortSignal.timeout(callMs)])
    let answer: HttpsAnswer
    try {
      if (session === null || performance.now() > session.endsAt) session = await logIn(server, login, until)
      const { token } = session
      answer = await postJsonTo(server, '/', { body: [lowstate(target, call)], headers: { 'x-auth-token': token }, signal: until })
    } catch (error) {
      if (until.aborted) return
      throw error
    }
    yield* answersIn(server.url, answer)
  }
  return { ask }
}

function lowstate(target: SaltTarget, { fun, arg, kwarg }: SaltCall): unknown {
  const own = 'list' in target ? { tgt: target.list, tgt_type: 'list' } : { tgt: target.glob, tgt_type: 'glob' }
  return { client: 'local', ...own, fun, arg, kwarg }
}

/** @throws {RunnerError} where it is refused: it is not tried again, so that no account is locked */
async function logIn(server: HttpsServer, { user, password, eauth }: SaltLogin, signal: AbortSignal): Promise<Session> {
  const asked = performance.now()
  const { status, text } = await postJsonTo(server, '/login', { body: { username: user, password: password.reveal(), eauth }, signal })
  if (status === 401 || status === 403)
    throw new RunnerError(
      `${server.url} refused the login of ${user}: see salt.user, salt.password, salt.eauth, and external_auth of the master`,
    )
  const own = returnIn(server.url, { status, text })
  const { token, start, expire } = (typeof own === 'object' && own !== null ? own : {}) as Readonly<Record<string, unknown>>
  if (typeof token !== 'string' || token === '') throw new RunnerError(`${server.url} gave no token to ${user}: is it salt-api?`)
  const seconds = typeof start === 'number' && typeof expire === 'number' ? expire - start : USUAL_SECONDS
  return { token, endsAt: asked + Math.max(0, seconds - SPARE_SECONDS) * 1000 }
}

/** The master's token_expire by default is 12 hours. */
const USUAL_SECONDS = 3600
const SPARE_SECONDS = 60

function answersIn(url: string, answer: HttpsAnswer): MinionAnswer[] {
  if (answer.status === 401 || answer.status === 403) throw new JobRefused(`${url} answered ${answer.status}`)
  const own = returnIn(url, answer)
  if (typeof own === 'string') {
    if (/authenticat|authori[sz]|permitted/i.test(own)) throw new JobRefused(excerpt(own))
    throw new RunnerError(`${url}: ${excerpt(own)}`)
  }
  return Object.entries(own ?? {}).map(([minion, said]) => ({ minion, said: said as unknown }))
}

/** The one element of `return`: as many as were asked for. */
function returnIn(url: string, { status, text }: HttpsAnswer): unknown {
  let said: unknown = null
  try {
    said = JSON.parse(text)
  } catch {
    // Told below.
  }
  const own = typeof said === 'object' && said !== null && 'return' in said ? said.return : undefined
  if (status >= 200 && status < 300 && Array.isArray(own)) return own[0] as unknown
  throw new RunnerError(`${url} answered ${status}: ${excerpt(typeof own === 'string' ? own : text) || 'nothing'}`)
}

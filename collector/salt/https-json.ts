import { request } from 'node:https'
import { RunnerError } from '../errors.ts'
import { codeOf } from '../write-file.ts'

export interface HttpsServer {
  /** Without path, such as `https://salt.example:8000`. */
  readonly url: string
  /** PEM text of the authority that signed its certificate; null: those that Node knows. */
  readonly ca: string | null
}

export interface HttpsAnswer {
  readonly status: number
  readonly text: string
}

/**
 * Posts JSON and gives back what was answered, whatever it is.
 *
 * @throws {RunnerError} where the server cannot be reached, or says too much; the signal's reason when it comes
 */
export async function postJsonTo(
  { url, ca }: HttpsServer,
  path: string,
  {
    body,
    headers = {},
    signal,
  }: { readonly body: unknown; readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<HttpsAnswer> {
  const payload = Buffer.from(JSON.stringify(body))
  const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>()
  const sent = request(
    `${url.replace(/\/+$/, '')}${path}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'content-length': payload.length, ...headers },
      signal,
      ...(ca !== null && { ca }),
    },
    (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= ANSWER_BYTES) chunks.push(chunk)
        else response.destroy(new Error(`the answer is longer than ${ANSWER_BYTES} bytes: ask fewer minions at once (salt.batch)`))
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
    },
  )
  sent.on('error', reject)
  sent.end(payload)
  try {
    return await promise
  } catch (cause) {
    if (signal.aborted) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    const hint = /CERT|SELF_SIGNED|ISSUER|ALTNAME|UNABLE_TO_VERIFY/.test(codeOf(cause))
      ? ': name the authority that signed its certificate in the setting salt.ca'
      : ''
    throw new RunnerError(`${url} cannot be used: ${message}${hint}`, { cause })
  }
}

/** A batch of a hundred minions says some 10 MB. */
const ANSWER_BYTES = 256 * 1024 * 1024

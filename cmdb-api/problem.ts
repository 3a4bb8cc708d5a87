import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { STATUS_CODES } from 'node:http'
import { Type } from 'typebox'
import { DatabaseBusy } from '../repository/errors.ts'
import { ApiError } from './errors.ts'

/** Who was refused because the database is locked should leave it alone for a moment. */
const BUSY_SECONDS = 5

/** The body of every answer that is none. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'What went wrong and what to do' }),
  requestId: Type.String({ description: "Found in the API's log" }),
  errors: Type.Optional(
    Type.Array(Type.Object({ pointer: Type.String({ description: 'JSON Pointer into the body, or ?parameter' }), message: Type.String() })),
  ),
})

/** An error as problem+json (RFC 9457). What the API did not expect is logged, and told only by its request id. */
export function sendProblem(error: FastifyError | ApiError | DatabaseBusy, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof DatabaseBusy) {
    request.log.error({ err: error }, 'the database is locked')
    return problem(reply.header('retry-after', BUSY_SECONDS), 503, error.message)
  }
  const status = error instanceof ApiError ? error.status : (error.statusCode ?? 500)
  if (status >= 500) request.log.error({ err: error }, 'request failed')
  const invalid = 'validation' in error && Array.isArray(error.validation) ? error.validation : []
  const context = 'validationContext' in error ? error.validationContext : undefined
  const errors =
    error instanceof ApiError
      ? error.errors
      : invalid.map(({ instancePath, message }) => ({
          pointer: `${context === 'querystring' ? '?' : ''}${instancePath}`,
          message: message ?? 'does not fit',
        }))
  return problem(
    reply,
    status,
    status >= 500 && !(error instanceof ApiError)
      ? `something went wrong here: look for request ${request.id} in the API's log`
      : error.message,
    errors,
  )
}

export function problem(
  reply: FastifyReply,
  status: number,
  detail: string,
  errors: readonly { readonly pointer: string; readonly message: string }[] = [],
): FastifyReply {
  const title = STATUS_CODES[status] ?? 'Error'
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: 'about:blank', title, status, detail, requestId: reply.request.id, ...(errors.length > 0 && { errors }) })
}

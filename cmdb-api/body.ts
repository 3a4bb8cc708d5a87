import type { FastifyInstance, FastifyRequest } from 'fastify'
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import { BATCH_BYTES } from './contract.ts'
import { ApiError } from './errors.ts'

const UNPACK = { gzip: promisify(gunzip), zstd: promisify(zstdDecompress) } as const

/**
 * What a client still sends after its refusal is thrown away for a while. A connection that is closed with unread data is reset, and the reset
 * may overtake the answer, so that the client never learns why (RFC 9112, section 9.6).
 */
export function lingerAfterRefusal(app: FastifyInstance, ms = 5_000): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.getHeader('connection') === 'close' && !request.raw.complete) {
      const { socket } = request.raw
      reply.removeHeader('connection')
      const late = setTimeout(() => socket.destroy(), ms).unref()
      for (const end of ['end', 'close']) request.raw.once(end, () => clearTimeout(late))
    }
    done(null, payload)
  })
}

/** JSON bodies, plain, gzip or zstd, never more than 32 MB unpacked; nothing but `application/json` is read. */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const bytes = await unpack(request.headers['content-encoding'], body, BATCH_BYTES)
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
    } catch (error) {
      throw new ApiError(400, 'the body is not JSON in UTF-8', { cause: error })
    }
  })
}

/**
 * A body as it was before it was packed for the way.
 *
 * @throws {ApiError} 413 where it is longer than `most` bytes, 415 for other encodings than gzip and zstd, 400 where it is broken
 */
export async function unpack(encoding: string | undefined, body: Buffer, most: number): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'zstd')
    throw new ApiError(415, 'the body may be sent plain, or with content-encoding gzip or zstd')
  try {
    return await UNPACK[encoding](body, { maxOutputLength: most })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new ApiError(413, `the body is more than ${most} bytes unpacked`, { cause: error })
    throw new ApiError(400, `the body is not good ${encoding}`, { cause: error })
  }
}

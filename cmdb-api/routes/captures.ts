import type { FastifyInstance, FastifyRequest } from 'fastify'
import { unpack } from '../body.ts'
import type { Context } from '../context.ts'
import { Receipts } from '../contract.ts'
import { CAPTURE_BYTES, readCapture } from '../read-capture.ts'
import { reportOfCapture } from '../report-of-capture.ts'

const TYPE = 'application/vnd.rollcall.capture'

/** For hosts that may have no Node: they send what they were asked as it is, and the plugins run here. */
export function captures(api: FastifyInstance, { ingest, specs }: Context): void {
  // In a scope of its own, for no other route takes such a body, and this one takes no other.
  void api.register((app, _options, done) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(TYPE, { parseAs: 'buffer', bodyLimit: CAPTURE_BYTES }, (request: FastifyRequest, body: Buffer) =>
      unpack(request.headers['content-encoding'], body, CAPTURE_BYTES),
    )
    app.post<{ Body: Buffer }>(
      '/captures',
      {
        config: { roles: ['capture', 'collector'] },
        schema: {
          summary: 'Send the capture of a host',
          description: `What the script of "rollcall script --post" gathered, at most ${CAPTURE_BYTES} bytes unpacked; gzip and zstd are understood. Answers one receipt.`,
          tags: ['reports'],
          body: { content: { [TYPE]: { schema: {} } } },
          response: { 200: Receipts },
        },
      },
      async ({ body }) => {
        const { head, capture } = readCapture(body)
        return { receipts: await ingest.submit([reportOfCapture(head, capture, (name) => specs.get(name)?.plugin)]) }
      },
    )
    done()
  })
}

import type { FastifyInstance } from 'fastify'
import { Batch, BATCH_REPORTS, Receipts } from '../contract.ts'
import type { Context } from '../context.ts'

export function reports(app: FastifyInstance, { ingest }: Context): void {
  app.post<{ Body: { reports: unknown[] } }>(
    '/reports',
    {
      config: { roles: ['collector'] },
      schema: {
        summary: 'Send reports of hosts',
        description: `1 to ${BATCH_REPORTS} reports, at most 32 MB unpacked; gzip and zstd are understood. Answers one receipt for each, in their order. A receipt is durable.`,
        tags: ['reports'],
        body: Batch,
        response: { 200: Receipts },
      },
    },
    async ({ body }) => ({ receipts: await ingest.submit(body.reports) }),
  )
}

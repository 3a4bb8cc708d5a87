import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifySchema, RouteOptions } from 'fastify'
import { Type } from 'typebox'
import { Batch, BATCH_REPORTS, Report } from './contract.ts'
import { Problem } from './problem.ts'

/** How the API describes itself in OpenAPI 3.1, from the schemas of its routes. */
export function describeApi(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'rollcall', version, description: 'The register of hosts and of every real change to them.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'rc_<id>.<secret>' } } },
      security: [{ token: [] }],
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => (typeof schema.$id === 'string' ? schema.$id : `def-${index}`),
    },
    transform,
  }
}

const FAILED = {
  description: 'What went wrong, as RFC 9457 tells it',
  content: { 'application/problem+json': { schema: Problem } },
}

/** Reports are validated one by one, so that a bad one costs only its own receipt; who reads the description wants to see them whole. */
const WholeBatch = Type.Object({ reports: Type.Array(Report, { minItems: 1, maxItems: BATCH_REPORTS }) }, { additionalProperties: false })

function transform({ schema, url, route }: { schema: FastifySchema; url: string; route: RouteOptions }) {
  return {
    url,
    schema: {
      ...schema,
      ...(schema.body === Batch && { body: WholeBatch }),
      ...(route.config?.roles === undefined && { security: [] }),
      // Objects by status code.
      response: { ...(schema.response as object | undefined), default: FAILED },
    },
  }
}

import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { randomBytes } from 'node:crypto'
import { authorise } from './auth.ts'
import { acceptJson, lingerAfterRefusal } from './body.ts'
import type { Context } from './context.ts'
import { BATCH_BYTES } from './contract.ts'
import { ApiError } from './errors.ts'
import { describeApi } from './openapi.ts'
import { problem, sendProblem } from './problem.ts'
import { agents } from './routes/agents.ts'
import { assets } from './routes/assets.ts'
import { captures } from './routes/captures.ts'
import { changes } from './routes/changes.ts'
import { conflicts } from './routes/conflicts.ts'
import { groups } from './routes/groups.ts'
import { links } from './routes/links.ts'
import { reports } from './routes/reports.ts'
import { tasks } from './routes/tasks.ts'
import { templates } from './routes/templates.ts'
import { tokens } from './routes/tokens.ts'
import { TokensUsed } from './tokens-used.ts'

export interface AppOptions {
  readonly context: Context
  readonly version: string
  readonly logger: FastifyBaseLogger
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | null
}

/** The API as a server that does not listen yet. */
export async function buildApp({ context, version, logger, tls }: AppOptions): Promise<FastifyInstance> {
  // Another server type with TLS; for routes the two are the same.
  const app = fastify({
    loggerInstance: logger,
    bodyLimit: BATCH_BYTES,
    trustProxy: false,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // What is wrong before there is a route: a path that is no UTF-8.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    ...(tls != null && ({ https: tls } as object)),
  })
  app.setValidatorCompiler(validator())
  // Answers are made by our own views: what is written is what they say.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request, reply) =>
    problem(reply, 404, `there is nothing at ${request.method} ${request.url.split('?', 1)[0]}; the API is described at /docs`),
  )
  acceptJson(app)
  lingerAfterRefusal(app)
  app.decorateRequest('actor', null)
  const used = new TokensUsed(context.register, (error) => app.log.error({ err: error }, 'when tokens were used could not be written'))
  app.addHook('onClose', async () => await used.flush())
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id)
    if (/%00/.test(request.url)) throw new ApiError(400, 'the address holds a NUL character')
    await authorise(request, context.register.reader, used, context.now())
  })
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
    strictTransportSecurity: tls != null,
  })
  await app.register(swagger, describeApi(version))
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { layout: 'BaseLayout', validatorUrl: null, persistAuthorization: true },
    theme: { title: 'rollcall API' },
  })
  await app.register(
    (api, _options, done) => {
      for (const routes of [reports, captures, assets, changes, conflicts, templates, groups, links, agents, tasks, tokens])
        routes(api, context)
      api.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
      done()
    },
    { prefix: '/api/v1' },
  )
  app.get('/healthz', { schema: { summary: 'Whether the API answers and reaches its database', tags: ['health'] } }, async () => {
    await context.register.reader.selectFrom('chain_head').select('id').execute()
    return { status: 'ok' }
  })
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))
  return app
}

/** An asset's name, each character of it in UTF-8 and escaped. */
const LONGEST_PARAMETER = 255 * 12

/** Ids that can be looked for in the log also after a restart. */
function requestIds(): () => string {
  const run = randomBytes(4).toString('hex')
  let count = 0
  return () => `${run}-${++count}`
}

/** Query parameters arrive as text and are converted; bodies are taken as they are. */
function validator() {
  const options = { strict: true, allErrors: false, useDefaults: true, keywords: ['source'] }
  const strict = new Ajv2020(options)
  const coercing = new Ajv2020({ ...options, coerceTypes: true })
  for (const ajv of [strict, coercing]) (formats as unknown as typeof formats.default)(ajv, ['date-time'])
  return ({ schema, httpPart }: { schema: unknown; httpPart?: string | undefined }) =>
    (httpPart === 'body' ? strict : coercing).compile(schema as object)
}

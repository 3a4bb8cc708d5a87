import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { readFileSync } from 'node:fs'
import { makeFolder } from '../conf/make-folder.ts'
import type { Plugin } from '../plugins/define.ts'
import { connect, type Register } from '../repository/connect.ts'
import { migrate } from '../repository/migrations/index.ts'
import { buildApp } from './app.ts'
import { ListenError } from './errors.ts'
import { firstToken, writeLocalApi } from './first-tokens.ts'
import { Ingest } from './ingest.ts'
import { sectionSpec } from './section-spec.ts'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** `sqlite:///path` or `postgres://…`. */
  readonly database: string
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly staleAfterMs: number
  /** How often agents ask for their configuration. */
  readonly configUpdateSeconds: number
  /** The data folder, for the first token and what a collector on this machine needs. */
  readonly folder: string
  readonly plugins: readonly Plugin[]
  readonly version: string
  readonly logger: FastifyBaseLogger
}

export interface Server {
  readonly url: string
  /** Path of the first admin token, where it was made just now. */
  readonly tokenFile: string | null
  readonly register: Register
  /** Stops taking requests, finishes those under way, and writes what is pending. */
  close(): Promise<void>
}

/**
 * Opens the register and listens.
 *
 * @throws {DatabaseError} when the database cannot be opened or brought to this version
 * @throws {ListenError} when the port cannot be had
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { host, port, folder, logger, staleAfterMs, configUpdateSeconds, version } = options
  makeFolder(folder, 0o700)
  const register = await connect(options.database)
  try {
    await migrate(register)
    const specs = new Map(options.plugins.map((plugin) => [plugin.name, sectionSpec(plugin)]))
    const ingest = new Ingest({ register, specs, staleAfterMs, now: Date.now, log: logger })
    const tls = options.tls === null ? null : { cert: readFileSync(options.tls.cert), key: readFileSync(options.tls.key) }
    const context = { register, ingest, specs, staleAfterMs, configUpdateSeconds, now: Date.now }
    const app = await buildApp({ context, version, logger, tls })
    const tokenFile = await firstToken(register, folder, Date.now())
    const url = urlOf(await listen(app, host, port), tls !== null)
    await writeLocalApi(register, folder, url, Date.now())
    const close = async () => {
      await app.close()
      await ingest.close()
      await register.close()
    }
    return { url, tokenFile, register, close }
  } catch (error) {
    await register.close()
    throw error
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<{ readonly address: string; readonly port: number }> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    const hint =
      code === 'EADDRINUSE'
        ? 'something else listens there: stop it, or choose another port with ROLLCALL_PORT'
        : 'choose another with server.host and server.port'
    throw new ListenError(`cannot listen on ${host}:${port}: ${hint}`, { cause: error })
  }
  const bound = app.server.address()
  return bound === null || typeof bound === 'string' ? { address: host, port } : bound
}

/** A server that listens everywhere is named by the address at which this machine reaches it. */
function urlOf({ address, port }: { readonly address: string; readonly port: number }, tls: boolean): string {
  const name = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address.includes(':') ? `[${address}]` : address
  return `${tls ? 'https' : 'http'}://${name}:${port}`
}

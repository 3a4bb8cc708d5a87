import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startServer, type Server } from '../cmdb-api/server.ts'
import { getJson } from '../collector/api-client.ts'
import { ApiRefused, isApiError, StorageError } from '../collector/errors.ts'
import { findApi } from '../collector/local-api.ts'
import { codeOf } from '../collector/write-file.ts'
import { makeFolder } from '../conf/make-folder.ts'
import { resolveSecret } from '../conf/secrets.ts'
import { UsageError } from './errors.ts'
import { logger } from './logger.ts'
import { loadPlugins, type Setup } from './setup.ts'
import { VERSION } from './version.ts'

/** The register's database: the settings', or SQLite in the data folder. */
export function databaseOf({ settings, folder }: Setup): string {
  const { database } = settings.server
  return database === null ? `sqlite://${pathToFileURL(join(folder, 'rollcall.db')).pathname}` : resolveSecret(database, 'server.database')
}

/**
 * Starts the API with the settings in force.
 *
 * @throws {UsageError} where another one works with this data folder: commands and collectors on this machine would find this one, and at its end none
 * @throws {StorageError} where there can be no data folder
 */
export async function start(loaded: Setup, level: string): Promise<Server> {
  const other = await otherApi(loaded)
  if (other !== null)
    throw new UsageError(
      `an API works with ${loaded.folder} already: ${other}. Use that one, or another folder with --data (ROLLCALL_DATA)`,
    )
  try {
    makeFolder(loaded.folder, 0o700)
  } catch (error) {
    throw new StorageError(loaded.folder, codeOf(error), error)
  }
  const { host, port, tls, configUpdateSeconds } = loaded.settings.server
  const options = {
    host,
    port,
    tls,
    database: databaseOf(loaded),
    staleAfterMs: loaded.staleAfterMs,
    configUpdateSeconds,
    folder: loaded.folder,
    plugins: await loadPlugins(loaded),
    version: VERSION,
    logger: logger(level),
  }
  try {
    return await startServer(options)
  } catch (error) {
    const isInFolder = error instanceof Error && 'path' in error && String(error.path).startsWith(loaded.folder)
    throw isInFolder ? new StorageError(loaded.folder, codeOf(error), error) : error
  }
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

/** The address of the API that has left its token in the data folder and knows it: at that address another one may listen by now. */
async function otherApi({ settings, folder }: Setup): Promise<string | null> {
  try {
    const api = await findApi({ url: null, token: null, ca: settings.api.ca, timeoutSeconds: LOOK_SECONDS }, folder)
    if (api === null) return null
    // Without what it needs, so that nobody is noted as an agent: that something is missing is told only to who may ask.
    await getJson(api, '/api/v1/agent/config').catch((error: unknown) => {
      if (!(error instanceof ApiRefused) || error.status === 404) throw error
    })
    return api.url
  } catch (error) {
    if (isApiError(error)) return null
    throw error
  }
}

const LOOK_SECONDS = 5

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startServer, type Server } from '../cmdb-api/server.ts'
import { StorageError } from '../collector/errors.ts'
import { codeOf } from '../collector/write-file.ts'
import { resolveSecret } from '../conf/secrets.ts'
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
 * @throws {StorageError} where the data folder cannot be used
 */
export async function start(loaded: Setup, level: string): Promise<Server> {
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

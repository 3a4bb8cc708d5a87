import { Migrator, type Migration } from 'kysely/migration'
import type { Dialect, Register } from '../connect.ts'
import { DatabaseBusy, DatabaseError } from '../errors.ts'
import { register } from './0001-register.ts'
import { templates } from './0002-templates.ts'
import { tasks } from './0003-tasks.ts'

/** In order, for ever: a released migration is never edited. */
const MIGRATIONS: Readonly<Record<string, (dialect: Dialect) => Migration>> = {
  '0001-register': register,
  '0002-templates': templates,
  '0003-tasks': tasks,
}

/**
 * Brings the database to this version; returns the names of the steps it took. Of several processes that begin at once one takes them, and
 * the others wait for it.
 *
 * @throws {DatabaseError} when a step failed (nothing of it is kept), or the database is newer than this program
 */
export async function migrate({ db, dialect }: Register): Promise<string[]> {
  const migrations = Object.fromEntries(Object.entries(MIGRATIONS).map(([name, make]) => [name, make(dialect)]))
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error instanceof DatabaseBusy) throw new DatabaseError(error.message, { cause: error })
  if (error !== undefined)
    throw new DatabaseError('the database could not be brought to this version: it may be of a newer rollcall, or no rollcall database', {
      cause: error,
    })
  return (results ?? []).map((result) => result.migrationName)
}

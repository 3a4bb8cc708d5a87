import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  SqliteDialect,
  sql,
  type ColumnDataType,
  type DatabaseConnection,
  type Dialect as KyselyDialect,
  type Expression,
  type Transaction,
} from 'kysely'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseBusy, DatabaseError } from './errors.ts'
import { Patience } from './patience.ts'
import type { Tables } from './tables.ts'

export type Reader = Kysely<Tables>
export type Writer = Kysely<Tables> | Transaction<Tables>

/** The register's database; the only place that knows which one it is. */
export interface Register {
  readonly db: Kysely<Tables>
  /** For reads that must not wait for, or see, a transaction under way. */
  readonly reader: Reader
  readonly dialect: Dialect
  close(): Promise<void>
}

/** All in which SQLite and PostgreSQL differ for us. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  readonly id: ColumnDataType | Expression<unknown>
  readonly integer: ColumnDataType
  readonly bytes: ColumnDataType
  /** Whether rows must be locked by hand: SQLite has one writer anyway. */
  readonly locks: boolean
  /**
   * Held to the end of the transaction by whoever makes hosts known, one at a time: of a host that two processes see for the first time at
   * once the second must find what the first has made.
   */
  lockNewcomers(db: Writer): Promise<void>
  /** Most values in one statement. */
  readonly values: number
  /** Whether an error says that another process was in the way: a unique value taken meanwhile, a deadlock. The same again may do. */
  isContention(error: unknown): boolean
  /** Whether an error lies in the values that were to be stored, rather than in the database or the way to it. */
  isOfValues(error: unknown): boolean
  backup(file: string): Promise<void>
}

/**
 * Opens `sqlite:///path/rollcall.db` or `postgres://…`. Drivers are imported on demand: a collector has neither.
 *
 * @throws {DatabaseError} when it cannot be opened
 */
export async function connect(url: string): Promise<Register> {
  if (url.startsWith('sqlite:')) return connectSqlite(decodeURIComponent(new URL(url).pathname))
  if (/^postgres(?:ql)?:/.test(url)) return connectPostgres(url)
  throw new DatabaseError(`server.database must begin with sqlite:/// or postgres://, not ${JSON.stringify(url.slice(0, 20))}`)
}

async function connectSqlite(file: string): Promise<Register> {
  const { default: Database } = await import('better-sqlite3')
  try {
    makeFolder(dirname(file))
    // It holds what intruders look for; SQLite gives its side files the same mode.
    closeSync(openSync(file, 'a', 0o600))
    const open = (readonly: boolean) => {
      // SQLite's own waiting would hold up the event loop.
      const handle = new Database(file, { readonly, timeout: 0 })
      if (!readonly) handle.pragma('journal_mode = WAL')
      // A receipt means durable: the collector deletes its copy on it.
      handle.pragma('synchronous = FULL')
      handle.pragma('foreign_keys = ON')
      handle.pragma('cache_size = -65536')
      return handle
    }
    const patience = new Patience(isBusy)
    const handle = await patience.run(() => open(false))
    // Who reads first and then writes is refused where another process wrote in between: a writer takes the lock at once.
    const writer = new Kysely<Tables>({ dialect: sqliteDialect(handle, 'begin immediate') })
    const reader = new Kysely<Tables>({ dialect: sqliteDialect(await patience.run(() => open(true)), 'begin') })
    const dialect: Dialect = {
      name: 'sqlite',
      id: 'integer',
      integer: 'integer',
      bytes: 'blob',
      locks: false,
      lockNewcomers: () => Promise.resolve(),
      values: 30_000,
      isContention: (error) => /^SQLITE_(?:CONSTRAINT_(?:UNIQUE|PRIMARYKEY)|BUSY)/.test(code(error)),
      isOfValues: (error) => /^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH|RANGE)/.test(code(error)),
      backup: async (to) => void (await handle.backup(to)),
    }
    return { db: writer, reader, dialect, close: async () => void (await Promise.all([reader.destroy(), writer.destroy()])) }
  } catch (error) {
    if (error instanceof DatabaseBusy) throw new DatabaseError(`${file}: ${error.message}`, { cause: error })
    throw new DatabaseError(
      `cannot open the database ${file}: check that the folder is there and yours, and that the file is a rollcall database`,
      { cause: error },
    )
  }
}

/** @param begin the statement that begins a transaction */
function sqliteDialect(database: import('better-sqlite3').Database, begin: string): KyselyDialect {
  const patience = new Patience(isBusy)
  const dialect = new SqliteDialect({
    database: cached(database),
    onCreateConnection: (connection) => {
      const execute = connection.executeQuery.bind(connection)
      // Only what writes, or begins to, has a number of rows.
      connection.executeQuery = async (query) =>
        await patience.run(
          () => execute(query),
          (result) => result.numAffectedRows !== undefined,
        )
      return Promise.resolve()
    },
  })
  return {
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    // So that all migrations are one transaction, and a second process waits for them. That Kysely takes SQLite for unable is about foreign
    // keys, which some migrations would have to switch off.
    createAdapter: () => Object.defineProperty(dialect.createAdapter(), 'supportsTransactionalDdl', { value: true }),
    createDriver: () =>
      Object.assign(dialect.createDriver(), {
        beginTransaction: async (connection: DatabaseConnection) => void (await connection.executeQuery(CompiledQuery.raw(begin))),
      }),
  }
}

async function connectPostgres(url: string): Promise<Register> {
  const { default: pg } = await import('pg')
  // int8 arrives as text otherwise; our ids and times stay far below 2^53.
  const types = new pg.TypeOverrides()
  types.setTypeParser(20, Number)
  const pool = new pg.Pool({ connectionString: url, max: 10, types })
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => undefined)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await sql`select 1`.execute(db)
  } catch (error) {
    await db.destroy()
    throw new DatabaseError('cannot reach the PostgreSQL server: check server.database, that it runs, and that the user may connect', {
      cause: error,
    })
  }
  const dialect: Dialect = {
    name: 'postgres',
    id: sql`bigint generated always as identity`,
    integer: 'bigint',
    bytes: 'bytea',
    locks: true,
    // Any number that no other lock has: the migrator's is 3853314791062309107.
    lockNewcomers: async (trx) => void (await sql`select pg_advisory_xact_lock(7217114561)`.execute(trx)),
    values: 30_000,
    isContention: (error) => ['23505', '40P01', '40001'].includes(code(error)),
    isOfValues: (error) => /^(?:22|23|54)/.test(code(error)),
    backup: () =>
      Promise.reject(
        new DatabaseError('a PostgreSQL database is backed up with pg_dump: pg_dump --format=custom DATABASE > rollcall.dump'),
      ),
  }
  return { db, reader: db, dialect, close: () => db.destroy() }
}

/** Most of a small query's time goes into preparing it: 22 µs without this cache, 6 µs with it. */
function cached(database: import('better-sqlite3').Database) {
  const statements = new Map<string, import('better-sqlite3').Statement>()
  return {
    prepare(text: string) {
      const known = statements.get(text)
      if (known !== undefined) return known
      const made = database.prepare(text)
      if (statements.size >= 500) statements.clear()
      statements.set(text, made)
      return made
    },
    close: () => void database.close(),
  }
}

function isBusy(error: unknown): boolean {
  return code(error).startsWith('SQLITE_BUSY')
}

function code(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The folders above it first, each tried once: `recursive` of Node tries for ever where nothing can be made, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

import type { Transaction } from 'kysely'
import { setTimeout } from 'node:timers/promises'
import type { Reader, Register } from './connect.ts'
import type { Tables } from './tables.ts'

const TRIES = 6
/** Between two tries, at most and times their number: long enough for the other one to be done. */
const PAUSE_MS = 20

/** One transaction, run again from its beginning where another process was in the way: a deadlock, or a unique value taken meanwhile. */
export async function transact<T>({ db, dialect }: Register, run: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(run)
    } catch (error) {
      if (attempt >= TRIES || !dialect.isContention(error)) throw error
      await setTimeout(Math.random() * PAUSE_MS * attempt)
    }
  }
}

/** Reads of one moment: nothing that is recorded between them is seen. In a transaction they are of its moment. */
export async function snapshot<T>(db: Reader, read: (db: Reader) => Promise<T>): Promise<T> {
  return db.isTransaction ? await read(db) : await db.transaction().setIsolationLevel('repeatable read').execute(read)
}

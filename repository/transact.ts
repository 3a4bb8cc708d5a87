import type { Transaction } from 'kysely'
import { setTimeout } from 'node:timers/promises'
import type { Register } from './connect.ts'
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

import { type Kysely, sql } from 'kysely'
import type { Database } from './tables/schema.ts'

/** Runs reads on one unchanging view of the database, however long they take and whatever is imported meanwhile. */
export async function inSnapshot<Result>(
  db: Kysely<Database>,
  read: (db: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      // Core works on a chunk between two statements; that is not an abandoned transaction.
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx)
      return await read(trx)
    })
}

/** Runs writes that core decides on between two statements, which may take it longer than an abandoned transaction may. */
export async function inLongTransaction<Result>(
  db: Kysely<Database>,
  write: (transaction: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  return await db.transaction().execute(async (trx) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx)
    return await write(trx)
  })
}

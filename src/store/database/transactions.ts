import type { Kysely } from 'kysely'
import type { Database } from './tables/schema.ts'

/** Runs `work` in the caller's transaction when `db` is one, else in a transaction of its own. */
export async function inTransaction<Result>(
  db: Kysely<Database>,
  work: (transaction: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  return db.isTransaction ? await work(db) : await db.transaction().execute(work)
}

/** Runs `work` in a transaction, commits it if `isKept(result)`, else rolls it back. @returns the result either way */
export async function inTransactionIf<Result>(
  db: Kysely<Database>,
  isKept: (result: Result) => boolean,
  work: (transaction: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  const transaction = await db.startTransaction().execute()
  try {
    const result = await work(transaction)
    if (isKept(result)) await transaction.commit().execute()
    else await transaction.rollback().execute()
    return result
  } catch (error) {
    // The first error is the one to report. The server rolls back a lost connection.
    if (!transaction.isCommitted && !transaction.isRolledBack)
      await transaction
        .rollback()
        .execute()
        .catch(() => undefined)
    throw error
  }
}

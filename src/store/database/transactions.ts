import type { Kysely } from 'kysely'
import type { Database } from './tables/schema.ts'

/** Runs `work` in the caller's transaction when `db` is one, else in a transaction of its own. */
export async function inTransaction<Result>(
  db: Kysely<Database>,
  work: (transaction: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  return db.isTransaction ? await work(db) : await db.transaction().execute(work)
}

/** Runs `work` in a transaction that is committed only for a result that is to be kept; its result either way. */
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
    // What went wrong first matters; a connection that is lost is rolled back by the server.
    if (!transaction.isCommitted && !transaction.isRolledBack)
      await transaction
        .rollback()
        .execute()
        .catch(() => undefined)
    throw error
  }
}

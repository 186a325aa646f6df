import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/tables/schema.ts'

/**
 * Takes accounts from the score queue, the longest waiting first, and skips those that another transaction has locked.
 * Called in the transaction that stores the scores, before it reads any fact: a transaction that queues one of them from now
 * on waits until it
 * ends, and what was queued before is committed. As-of must be a later instant than this, or the newest facts do not count.
 * After a rollback they are queued again.
 */
export async function takeAccountsToScore(transaction: Kysely<Database>, most: number): Promise<readonly number[]> {
  const { rows } = await sql<{ account_id: number }>`
    delete from account_to_score where account_id = any (array(
      select account_id from account_to_score order by since, account_id limit ${most} for update skip locked
    )) returning account_id`.execute(transaction)
  return rows.map((row) => row.account_id).toSorted((one, other) => one - other)
}

/** An entry of the score queue as it was read; an account that was queued again since has another entry. */
export interface SeenEntry {
  readonly account_id: number
  readonly version: string
}

/** Read before the as-of of a run of all accounts. */
export async function listQueuedScores(db: Kysely<Database>): Promise<readonly SeenEntry[]> {
  const { rows } = await sql<SeenEntry>`
    select account_id, xmin::text as version from account_to_score order by account_id`.execute(db)
  return rows
}

/** Deletes the entries that were read before a run of all accounts, without accounts that were queued again since. */
export async function removeQueuedScores(transaction: Kysely<Database>, seen: readonly SeenEntry[]): Promise<void> {
  await sql`
    delete from account_to_score n
    using unnest(${seen.map((note) => note.account_id)}::bigint[], ${seen.map((note) => note.version)}::text[])
      as s (account_id, version)
    where n.account_id = s.account_id and n.xmin::text = s.version`.execute(transaction)
}

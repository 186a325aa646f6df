import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/tables/schema.ts'

/**
 * Removes the oldest entries from the score queue; entries that another transaction has locked are skipped. Call it in the transaction
 * that stores the scores, before it reads facts: a concurrent entry for one of these accounts waits until the transaction ends, and the
 * facts behind the removed entries are committed. As-of must be later than this call. A rollback restores the entries.
 */
export async function takeQueuedAccounts(transaction: Kysely<Database>, most: number): Promise<readonly number[]> {
  const { rows } = await sql<{ account_id: number }>`
    delete from account_to_score where account_id = any (array(
      select account_id from account_to_score order by since, account_id limit ${most} for update skip locked
    )) returning account_id`.execute(transaction)
  return rows.map((row) => row.account_id).toSorted((one, other) => one - other)
}

/** An entry of the score queue. `version` changes when the account is queued again. */
export interface QueueEntry {
  readonly account_id: number
  readonly version: string
}

/** Call it before the as-of of a run over all accounts. */
export async function listQueuedScores(db: Kysely<Database>): Promise<readonly QueueEntry[]> {
  const { rows } = await sql<QueueEntry>`
    select account_id, xmin::text as version from account_to_score order by account_id`.execute(db)
  return rows
}

/** Removes the entries that a run over all accounts has done, unless the account was queued again. */
export async function removeQueuedScores(transaction: Kysely<Database>, entries: readonly QueueEntry[]): Promise<void> {
  await sql`
    delete from account_to_score q
    using unnest(${entries.map((entry) => entry.account_id)}::bigint[], ${entries.map((entry) => entry.version)}::text[])
      as e (account_id, version)
    where q.account_id = e.account_id and q.xmin::text = e.version`.execute(transaction)
}

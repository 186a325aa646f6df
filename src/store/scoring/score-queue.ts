import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/tables/schema.ts'

/**
 * Takes accounts that were noted to be scored, those that wait longest first; what another transaction is at is left to it.
 * In the transaction that stores the scores, before it reads any fact: whoever notes one of them from now on waits until it
 * ends, and what was noted before is committed. As-of must be a later instant than this, or the newest facts do not count.
 * Rolled back, they are noted still.
 */
export async function takeAccountsToScore(transaction: Kysely<Database>, most: number): Promise<readonly number[]> {
  const { rows } = await sql<{ account_id: number }>`
    delete from account_to_score where account_id = any (array(
      select account_id from account_to_score order by since, account_id limit ${most} for update skip locked
    )) returning account_id`.execute(transaction)
  return rows.map((row) => row.account_id).toSorted((one, other) => one - other)
}

/** A note as it was when it was looked at: one that was made again since is another. */
export interface SeenEntry {
  readonly account_id: number
  readonly version: string
}

/** Before the as-of by which all accounts are scored. */
export async function listQueuedScores(db: Kysely<Database>): Promise<readonly SeenEntry[]> {
  const { rows } = await sql<SeenEntry>`
    select account_id, xmin::text as version from account_to_score order by account_id`.execute(db)
  return rows
}

/** After all accounts were scored: forgets what was noted by then, and nothing that was noted again since. */
export async function removeQueuedScores(transaction: Kysely<Database>, seen: readonly SeenEntry[]): Promise<void> {
  await sql`
    delete from account_to_score n
    using unnest(${seen.map((note) => note.account_id)}::bigint[], ${seen.map((note) => note.version)}::text[])
      as s (account_id, version)
    where n.account_id = s.account_id and n.xmin::text = s.version`.execute(transaction)
}

import { type Kysely, type RawBuilder, sql } from 'kysely'
import { StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import { isPartOf, mergedInto } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'
import { storedBy } from '../features/stored-by.ts'

export interface ScoreOnRecord {
  readonly accountId: number
  readonly score: StoredScore
  readonly storedAt: Instant
}

/**
 * The scores of these accounts as they were stored at an instant, bit for bit, without accounts that had none:
 * the last change that was stored by then, as of the last run by then that read the account.
 */
export async function listScoresAt(
  db: Kysely<Database>,
  accountIds: readonly number[],
  at: Instant,
): Promise<readonly ScoreOnRecord[]> {
  const { rows } = await sql<{
    account_id: number
    score: Record<string, unknown>
    as_of: Instant
    stored_at: Instant
  }>`
    select a.account_id, change.score, seen.as_of, seen.stored_at
    from unnest(${[...accountIds]}::bigint[]) with ordinality as a (account_id, place)
    cross join lateral (${lastChangeBy(sql`a.account_id`, at)}) change
    cross join lateral (
      select r.as_of, r.stored_at from scoring_run r
      where ${storedBy('scoring_run', 'r', at)} and (r.scope = 'everybody' or a.account_id = any(r.account_ids))
      order by r.scoring_run_id desc limit 1
    ) seen
    where change.score is not null
    order by a.place`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    score: StoredScore.parse({ ...row.score, as_of: row.as_of }),
    storedAt: row.stored_at,
  }))
}

/**
 * The last change of an account's score that was stored by an instant: null where the account was no longer scored, no row
 * where it had no score.
 */
export function lastChangeBy(accountId: RawBuilder<unknown>, at: Instant | RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select c.score from account_score_change c join scoring_run r on r.scoring_run_id = c.scoring_run_id
    where c.account_id = ${accountId} and ${storedBy('scoring_run', 'r', at)}
    order by c.scoring_run_id desc limit 1`
}

export interface ScoreChange {
  readonly runId: number
  /** The account that was scored: the requested one, or one that had been merged into it. */
  readonly accountId: number
  readonly externalId: string
  readonly storedAt: Instant
  readonly asOf: Instant
  readonly version: string | null
  /** Null: from then on the account was no longer scored. */
  readonly score: StoredScore | null
}

/**
 * The score history of an account and of those that were merged into it, the newest first.
 * @param page `before` is the position at which the previous page ended
 */
export async function listScoreChanges(
  db: Kysely<Database>,
  accountId: number,
  page: { readonly limit: number; readonly before?: Pick<ScoreChange, 'runId' | 'accountId'> | undefined },
): Promise<readonly ScoreChange[]> {
  const rows = await db
    .selectFrom('account_score_change as c')
    .innerJoin('scoring_run as r', 'r.scoring_run_id', 'c.scoring_run_id')
    .innerJoin('account as a', 'a.account_id', 'c.account_id')
    .select(['c.scoring_run_id', 'c.account_id', 'a.external_id', 'r.stored_at', 'r.as_of', 'c.version', 'c.score'])
    .where(isPartOf('c', mergedInto(sql`${accountId}::bigint`, sql`now()`)))
    .$if(page.before !== undefined, (query) =>
      query.where(sql<boolean>`(c.scoring_run_id, c.account_id) < (${page.before?.runId}, ${page.before?.accountId})`),
    )
    .orderBy('c.scoring_run_id', 'desc')
    .orderBy('c.account_id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({
    runId: row.scoring_run_id,
    accountId: row.account_id,
    externalId: row.external_id,
    storedAt: row.stored_at,
    asOf: row.as_of,
    version: row.version,
    score: row.score && StoredScore.parse(row.score),
  }))
}

import type { Kysely } from 'kysely'
import { StoredScore } from '../core/scoring/published-score.ts'
import type { Instant } from '../core/time.ts'
import type { Database } from './schema.ts'

/**
 * An account's score as it stood on record just before an instant, with the as-of at which it became so; undefined where none
 * did, or where the account had been merged away or deleted.
 * @throws ZodError when a row does not hold a score: another version wrote it
 */
export async function findStoredScore(
  db: Kysely<Database>,
  accountId: number,
  at: Instant,
): Promise<StoredScore | undefined> {
  const row = await db
    .selectFrom('account_score_change as c')
    .innerJoin('scoring_run as r', 'r.scoring_run_id', 'c.scoring_run_id')
    .select('c.score')
    .where('c.account_id', '=', accountId)
    .where('r.stored_at', '<', at)
    .orderBy('r.stored_at', 'desc')
    .orderBy('r.scoring_run_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.score ? StoredScore.parse(row.score) : undefined
}

/** The version that was in use just before an instant; undefined before the first promotion. */
export async function findChampionVersionAt(db: Kysely<Database>, at: Instant): Promise<string | undefined> {
  const row = await db
    .selectFrom('promotion as p')
    .select('p.version')
    .where('p.promoted_at', '<', at)
    .orderBy('p.promotion_id', 'desc')
    .executeTakeFirst()
  return row?.version
}

import type { Kysely } from 'kysely'
import { StoredScore } from '../core/scoring/published-score.ts'
import type { Instant } from '../core/time.ts'
import type { Database } from './schema.ts'

/**
 * An account's score as it stood on record just before an instant; undefined where none did.
 * @throws ZodError when a row does not hold a score: another version wrote it
 */
export async function findStoredScore(
  db: Kysely<Database>,
  accountId: number,
  at: Instant,
): Promise<StoredScore | undefined> {
  const row = await db
    .selectFrom('account_score')
    .select('account_score.score')
    .where('account_score.account_id', '=', accountId)
    .where('account_score.scored_at', '<', at)
    .executeTakeFirst()
  return row && StoredScore.parse(row.score)
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

import { type Kysely, sql } from 'kysely'
import type { z } from 'zod'
import { PublishedScore, StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

const { shape } = PublishedScore
/** The contributions are not stored: a list shows reasons, and the score of a single account is computed on request. */
export const QualifiedScore = StoredScore.extend({
  qualified_probability: shape.qualified_probability.unwrap(),
  qualified_interval: shape.qualified_interval.unwrap(),
  in_market_probability: shape.in_market_probability.unwrap(),
  in_market_interval: shape.in_market_interval.unwrap(),
})
export type QualifiedScore = z.infer<typeof QualifiedScore>

export function isQualifiedScore(score: StoredScore): score is QualifiedScore {
  return QualifiedScore.safeParse(score).success
}

/** The scores with the highest qualified probability, whether or not their accounts are on a list. */
export async function listHighestScores(
  db: Kysely<Database>,
  { limit }: { readonly limit: number },
): Promise<readonly { readonly accountId: number; readonly score: QualifiedScore }[]> {
  const { rows } = await sql<{ account_id: number; score: Record<string, unknown>; as_of: Instant }>`
    select s.account_id, s.score, ${SEEN_AS_OF} as as_of from account_score s ${LAST_RUNS}
    where s.qualified_probability is not null
    order by s.qualified_probability desc, s.external_id limit ${limit}`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    score: QualifiedScore.parse({ ...row.score, as_of: row.as_of }),
  }))
}

/**
 * An unchanged score is not written again: it is as of the last run that read the account, which
 * is its own run or the newest run of all accounts.
 */
export const LAST_RUNS = sql`
    left join scoring_run own on own.scoring_run_id = s.scoring_run_id
    left join (
      select scoring_run_id, as_of, stored_at from scoring_run
      where scope = 'everybody' order by scoring_run_id desc limit 1
    ) newest on newest.scoring_run_id > s.scoring_run_id`
export const SEEN_AS_OF = sql`coalesce(newest.as_of, s.as_of)`
export const SEEN_AT = sql`coalesce(newest.stored_at, own.stored_at, s.scored_at)`

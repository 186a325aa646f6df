import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { PublishedScore } from '../core/scoring/published-score.ts'
import type { Instant } from '../core/time.ts'
import type { Database } from './schema.ts'

const { shape } = PublishedScore
/** The contributions are not stored: a list shows reasons, and an account's own score is computed fresh. */
const QualifiedScore = PublishedScore.omit({ contributions: true }).extend({
  qualified_probability: shape.qualified_probability.unwrap(),
  qualified_interval: shape.qualified_interval.unwrap(),
  in_market_probability: shape.in_market_probability.unwrap(),
  in_market_interval: shape.in_market_interval.unwrap(),
})

export interface QualifiedAccount {
  readonly accountId: number
  readonly externalId: string
  readonly score: z.infer<typeof QualifiedScore>
  readonly scoredAt: Instant
}

/** The last account of a page, in the order of the list. */
export interface QualifiedPosition {
  readonly qualifiedProbability: number
  readonly externalId: string
}

export interface QualifiedQuery {
  /** Listed at or above it. */
  readonly threshold: number
  readonly limit: number
  readonly after?: QualifiedPosition | undefined
}

/**
 * By qualified probability, highest first; ties by external id.
 * @throws ZodError when a row does not hold a score: another version wrote it
 */
export async function listQualified(db: Kysely<Database>, query: QualifiedQuery): Promise<readonly QualifiedAccount[]> {
  const { after } = query
  let select = db
    .selectFrom('account_score')
    .select(['account_score.account_id', 'account_score.external_id', 'account_score.score', 'account_score.scored_at'])
    .where('account_score.qualified_probability', '>=', query.threshold)
    .orderBy('account_score.qualified_probability', 'desc')
    .orderBy('account_score.external_id')
    .limit(query.limit)
  if (after) {
    select = select
      // The first condition alone bounds the index scan.
      .where('account_score.qualified_probability', '<=', after.qualifiedProbability)
      .where((where) =>
        where.or([
          where('account_score.qualified_probability', '<', after.qualifiedProbability),
          where('account_score.external_id', '>', after.externalId),
        ]),
      )
  }
  const rows = await select.execute()
  return rows.map((row) => ({
    accountId: row.account_id,
    externalId: row.external_id,
    score: QualifiedScore.parse(row.score),
    scoredAt: row.scored_at,
  }))
}

import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { PublishedScore } from '../core/scoring/published-score.ts'
import type { Instant } from '../core/time.ts'
import type { Database } from './schema.ts'

/** The contributions are not stored: reasons are what a list shows, and an account's own score is computed fresh. */
const StoredContent = PublishedScore.omit({ contributions: true })

export interface StoredScore {
  readonly accountId: number
  readonly score: z.infer<typeof StoredContent>
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

/** By qualified probability, highest first; ties by external id. */
export async function listQualified(db: Kysely<Database>, query: QualifiedQuery): Promise<readonly StoredScore[]> {
  const { after } = query
  let select = db
    .selectFrom('account_score')
    .select(['account_score.account_id', 'account_score.score', 'account_score.scored_at'])
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
  return rows.map(toStoredScore)
}

/** @throws when a row does not hold a score: it was not written by this version */
function toStoredScore(row: { account_id: number; score: Record<string, unknown>; scored_at: Instant }): StoredScore {
  return { accountId: row.account_id, score: StoredContent.parse(row.score), scoredAt: row.scored_at }
}

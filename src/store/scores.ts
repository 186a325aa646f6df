import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { z } from 'zod'
import { PublishedScore, StoredScore } from '../core/scoring/published-score.ts'
import { ON_THE_LIST, type State } from '../core/qualification/state.ts'
import type { Instant } from '../core/time.ts'
import type { Database } from './schema.ts'

const { shape } = PublishedScore
/** The contributions are not stored: a list shows reasons, and an account's own score is computed fresh. */
const QualifiedScore = StoredScore.extend({
  qualified_probability: shape.qualified_probability.unwrap(),
  qualified_interval: shape.qualified_interval.unwrap(),
  in_market_probability: shape.in_market_probability.unwrap(),
  in_market_interval: shape.in_market_interval.unwrap(),
})
type QualifiedScore = z.infer<typeof QualifiedScore>

export function isQualifiedScore(score: StoredScore): score is QualifiedScore {
  return QualifiedScore.safeParse(score).success
}

export interface QualifiedAccount {
  readonly accountId: number
  readonly externalId: string
  readonly motion: string
  readonly state: State
  /** Since when it is on the list. */
  readonly qualifiedSince: Instant
  readonly score: QualifiedScore
  readonly scoredAt: Instant
}

/** The last account of a page, in the order of the list. */
export interface QualifiedPosition {
  readonly qualifiedProbability: number
  readonly externalId: string
  readonly motion: string
}

export interface QualifiedQuery {
  /** Of those on the list, only at or above it. */
  readonly minimumProbability: number
  readonly limit: number
  /** Whose pause has ended by now is on the list again. */
  readonly now: Instant
  readonly after?: QualifiedPosition | undefined
}

interface QualifiedRow {
  readonly account_id: number
  readonly external_id: string
  readonly motion: string
  readonly state: State
  readonly qualified_since: Instant
  readonly score: Record<string, unknown>
  readonly as_of: Instant
  readonly stored_at: Instant
}

/**
 * Qualified accounts that nobody works and whose delivery is not paused, by qualified probability, highest first; ties by
 * external id. @throws ZodError when a row does not hold a score: another version wrote it
 */
export async function listQualified(db: Kysely<Database>, query: QualifiedQuery): Promise<readonly QualifiedAccount[]> {
  const { after } = query
  // The first condition alone bounds the index scan.
  const following: RawBuilder<unknown> = after
    ? sql`and s.qualified_probability <= ${after.qualifiedProbability}
        and (s.qualified_probability < ${after.qualifiedProbability}
          or (s.external_id, st.motion) > (${after.externalId}::key_text, ${after.motion}::key_text))`
    : sql``
  const { rows } = await sql<QualifiedRow>`
    select s.account_id, s.external_id, st.motion, st.state, (st.detail ->> 'enteredAt')::timestamptz as qualified_since,
      s.score, ${SEEN_AS_OF} as as_of, ${SEEN_AT} as stored_at
    from account_score s
    join account_state st on st.account_id = s.account_id
    ${LAST_RUNS}
    where st.state = any(${[...ON_THE_LIST]}::text[]) and st.owner is null
      and (st.paused_until is null or st.paused_until <= ${query.now}::timestamptz)
      and s.qualified_probability >= ${query.minimumProbability} ${following}
    order by s.qualified_probability desc, s.external_id, st.motion
    limit ${query.limit}`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    externalId: row.external_id,
    motion: row.motion,
    state: row.state,
    qualifiedSince: row.qualified_since,
    score: QualifiedScore.parse({ ...row.score, as_of: row.as_of }),
    scoredAt: row.stored_at,
  }))
}

/** The scores with the highest qualified probability, whoever is on a list. */
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
 * A stored score is not written again when it is found the same: it is as of the last run that looked at the account, which
 * is its own or the newest of everybody.
 */
export const LAST_RUNS = sql`
    left join scoring_run own on own.scoring_run_id = s.scoring_run_id
    left join (
      select scoring_run_id, as_of, stored_at from scoring_run
      where scope = 'everybody' order by scoring_run_id desc limit 1
    ) newest on newest.scoring_run_id > s.scoring_run_id`
export const SEEN_AS_OF = sql`coalesce(newest.as_of, s.as_of)`
export const SEEN_AT = sql`coalesce(newest.stored_at, own.stored_at, s.scored_at)`

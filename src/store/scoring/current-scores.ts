import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'
import { LAST_RUNS, SEEN_AS_OF } from './scores.ts'

interface CurrentScoreRow {
  readonly account_id: number
  readonly score: string
  readonly as_of: Instant
}

/** Why an account has no score. */
export const NOT_STORED = 'no score of this account is stored'

/** The statement alone, which the benchmark sends too. */
export function currentScores(accountIds: readonly number[]): RawBuilder<CurrentScoreRow> {
  return sql<CurrentScoreRow>`
    select s.account_id, s.score::text as score, ${SEEN_AS_OF} as as_of from account_score s ${LAST_RUNS}
    where s.account_id = any(${[...accountIds]}::bigint[])`
}

/**
 * The stored scores of these accounts, as of the last run that read them, without accounts that have none;
 * each as JSON of a `StoredScore`, so that an answer that contains it unchanged neither parses nor serialises it.
 */
export async function listCurrentScores(
  db: Kysely<Database>,
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (accountIds.length === 0) return new Map()
  const { rows } = await currentScores(accountIds).execute(db)
  return new Map(rows.map((row) => [row.account_id, row.score.replace(AS_OF, `"as_of": "${row.as_of}"`)]))
}

/** No other member has this name, and a quote inside a text is written `\"`. Much cheaper than `jsonb_set`. */
const AS_OF = /"as_of": "[^"]*"/

import { type Kysely, sql } from 'kysely'
import type { PublishedScore } from '../core/scoring/published-score.ts'
import type { Instant } from '../core/time.ts'
import type { Database } from './schema.ts'

const BATCH = 2_000

interface AccountScore {
  readonly accountId: number
  readonly score: PublishedScore
}

/** Puts these scores in place of all earlier ones, in one transaction: a reader sees one version's list or the other's. */
export async function replaceScores(
  db: Kysely<Database>,
  version: string,
  asOf: Instant,
  scores: readonly AccountScore[],
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('winrate.scores'))`.execute(trx)
    await trx.deleteFrom('account_score').execute()
    for (let start = 0; start < scores.length; start += BATCH) {
      await insertScores(trx, version, asOf, scores.slice(start, start + BATCH))
    }
  })
}

async function insertScores(db: Kysely<Database>, version: string, asOf: Instant, scores: readonly AccountScore[]) {
  const stored = scores.map(({ accountId, score: { contributions: _, ...score } }) => ({
    account_id: accountId,
    external_id: score.account_external_id,
    qualified_probability: score.qualified_probability,
    in_market_probability: score.in_market_probability,
    win_probability: score.win_probability,
    score,
  }))
  await sql`
    insert into account_score (account_id, external_id, version, as_of, qualified_probability, in_market_probability,
      win_probability, score)
    select s.account_id, s.external_id, ${version}, ${asOf}::timestamptz, s.qualified_probability,
      s.in_market_probability, s.win_probability, s.score
    from json_to_recordset(${JSON.stringify(stored)}::json) as s (account_id bigint, external_id text,
      qualified_probability float8, in_market_probability float8, win_probability float8, score jsonb)`.execute(db)
}

import { type Kysely, sql } from 'kysely'
import type { Stage } from '../../core/scoring/stages/stages.ts'
import { ON_THE_LIST } from '../../core/qualification/state.ts'
import { StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import { type AccountToTell, TREND_DAYS } from '../../core/delivery/write-back/fields.ts'
import { isMergedAway } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'
import { lastChangeBy } from '../scoring/score-history.ts'
import { LAST_RUNS, SEEN_AS_OF } from '../scoring/scores.ts'

interface AccountToTellRow {
  readonly account_id: number
  readonly external_id: string
  readonly score: Record<string, unknown> | null
  readonly as_of: Instant | null
  readonly stage: Stage | null
  readonly lists: readonly string[]
  readonly qualified_since: Instant | null
  readonly owner: string | null
  readonly earlier: number | null
}

/** These accounts as they are now. Those that were merged into others are left out: they are no accounts any more. */
export async function listAccountsToWrite(
  db: Kysely<Database>,
  accountIds: readonly number[],
): Promise<readonly AccountToTell[]> {
  const { rows } = await sql<AccountToTellRow>`
    select a.account_id, a.external_id, s.score, ${SEEN_AS_OF} as as_of, g.stage, coalesce(l.lists, '{}') as lists,
      l.qualified_since, l.owner, (e.score ->> 'qualified_probability')::float8 as earlier
    from account a left join account_score s using (account_id) ${LAST_RUNS}
    left join account_stage g on g.account_id = a.account_id
    left join lateral (
      select array_agg(t.motion::text order by t.motion) as lists, min(t.since) as qualified_since, min(t.owner) as owner
      from account_state t where t.account_id = a.account_id and t.state = any (${[...ON_THE_LIST]}::text[])
    ) l on true
    left join lateral (${lastChangeBy(sql`a.account_id`, sql`now() - make_interval(days => ${TREND_DAYS})`)}) e on true
    where a.account_id = any (${[...accountIds]}::bigint[]) and not ${isMergedAway(sql`a.account_id`, sql`now()`)}
    order by a.account_id`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    externalId: row.external_id,
    score: row.score === null ? null : StoredScore.parse({ ...row.score, as_of: row.as_of }),
    stage: row.stage,
    lists: row.lists,
    qualifiedSince: row.qualified_since,
    owner: row.owner,
    earlierProbability: row.earlier,
  }))
}

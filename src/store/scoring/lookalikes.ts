import { type Kysely, sql } from 'kysely'
import { StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import { newestAccountVersions } from '../features/newest-versions.ts'
import { isPartOf, mergedInto } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'
import { LAST_RUNS, SEEN_AS_OF } from './scores.ts'

/** An account that is not in the CRM, with its stored score. */
export interface Candidate {
  readonly accountId: number
  readonly externalId: string
  readonly asOf: Instant
  readonly winProbability: number
  readonly score: StoredScore
}

/** The last candidate of a page, in the order of the list. */
export interface CandidatePosition {
  readonly winProbability: number
  readonly externalId: string
}

/**
 * By win probability, the highest first; ties by external id. An account is outside the CRM when a source says so and none
 * says otherwise, each by its newest version; accounts that must not be contacted are left out.
 */
export async function listCandidates(
  db: Kysely<Database>,
  { limit, after }: { readonly limit: number; readonly after?: CandidatePosition | undefined },
): Promise<readonly Candidate[]> {
  const [accountId, asOf] = [sql`s.account_id`, SEEN_AS_OF]
  const history = mergedInto(accountId, asOf)
  const newest = newestAccountVersions(accountId, (alias) => isPartOf(alias, history), asOf)
  const from = after
    ? sql`and s.win_probability <= ${after.winProbability}
        and (s.win_probability < ${after.winProbability} or s.external_id > ${after.externalId})`
    : sql``
  const { rows } = await sql<{
    account_id: number
    external_id: string
    as_of: Instant
    win_probability: number
    score: unknown
  }>`
    select s.account_id, s.external_id, ${asOf} as as_of, s.win_probability, s.score
    from account_score s ${LAST_RUNS}
    cross join lateral (
      select bool_or(newest.attributes ->> 'in_crm' = 'true') as inside,
        bool_or(newest.attributes ->> 'in_crm' = 'false') as outside,
        bool_or(newest.attributes ->> 'do_not_contact' = 'true') as blocked
      from ${newest} newest
    ) said
    where s.win_probability is not null and s.score ->> 'open_opportunity' is null
      and said.outside and not coalesce(said.inside, false) and not coalesce(said.blocked, false) ${from}
    order by s.win_probability desc, s.external_id
    limit ${limit}`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    externalId: row.external_id,
    asOf: row.as_of,
    winProbability: row.win_probability,
    score: StoredScore.parse(row.score),
  }))
}

/** The names of the scored accounts among these, by external id. */
export async function listAccountNames(
  db: Kysely<Database>,
  externalIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ external_id: string; name: string | null }>`
    select s.external_id, s.score ->> 'account_name' as name from account_score s
    where s.external_id = any(${[...externalIds]}::text[])`.execute(db)
  return new Map(rows.flatMap(({ external_id: id, name }) => (name === null ? [] : [[id, name] as const])))
}

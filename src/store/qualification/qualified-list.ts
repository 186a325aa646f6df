import { type Kysely, type RawBuilder, sql } from 'kysely'
import { FAMILIES } from '../../core/features/types.ts'
import type { ListFilter, ListSort } from '../../core/qualification/list-filter.ts'
import type { ContactHours } from '../../core/qualification/service-level.ts'
import { type MotionState, ON_THE_LIST } from '../../core/qualification/state.ts'
import type { Instant } from '../../core/base/time.ts'
import { newestAccountVersions } from '../features/newest-versions.ts'
import { isPartOf, mergedInto } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'
import { LAST_RUNS, QualifiedScore, SEEN_AS_OF, SEEN_AT } from '../scoring/scores.ts'

export interface QualifiedAccount {
  readonly accountId: number
  readonly externalId: string
  readonly motion: string
  readonly state: MotionState
  /** Since when the account is on the list. */
  readonly qualifiedSince: Instant
  readonly score: QualifiedScore
  readonly scoredAt: Instant
  readonly position: QualifiedPosition
}

/** An account's place in a sort: smaller comes first, then by external id and motion. */
export interface QualifiedPosition {
  /** The newest run at the time of the first page: its scores give the order of every page. */
  readonly run: number
  readonly place: number
  readonly externalId: string
  readonly motion: string
}

/** Filters that only the current list has. */
export interface CurrentFilter extends ListFilter {
  readonly segment?: string | undefined
  /** By its sources, the preferred one first. */
  readonly region?: string | undefined
  /** The account has an event since, or its score changed since. */
  readonly changedSince?: Instant | undefined
}

export interface QualifiedQuery extends CurrentFilter {
  readonly limit: number
  /** Accounts whose pause has ended by now are on the list again. */
  readonly now: Instant
  readonly after?: QualifiedPosition | undefined
  readonly sort?: ListSort
  /** For the sort by contact_due_at. */
  readonly contactHours?: ContactHours | undefined
  /** Of sources, strongest first. */
  readonly precedence?: readonly string[] | undefined
}

interface QualifiedRow {
  readonly account_id: number
  readonly external_id: string
  readonly motion: string
  readonly detail: MotionState
  readonly score: Record<string, unknown>
  readonly as_of: Instant
  readonly stored_at: Instant
  readonly place: number
}

/**
 * The accounts on the list that meet a filter, in the order of a sort.
 *
 * Scores change between two pages. So that no account is missed or repeated, all pages are ordered by the scores that
 * were stored at the first page: a position names the last run of that time, and an account that was scored since keeps its
 * place. What
 * is shown and filtered by is what is stored now.
 *
 * Example: the first page is read after run 7 with B 0.3, A 0.2, one account a page. Then run 8 gives A 0.4
 * and B 0.1. The second page begins after 0.3, where A still has 0.2, and shows A with 0.4; B is not repeated.
 * @throws ZodError when a row does not hold a score: another version wrote it
 */
export async function listQualified(db: Kysely<Database>, query: QualifiedQuery): Promise<readonly QualifiedAccount[]> {
  const { after } = query
  const run = after?.run ?? (await findLastRun(db))?.runId ?? 0
  const byScore = (query.sort ?? 'qualified_probability') in SCORE_PLACES
  const following = after
    ? sql`and (place, external_id, motion) > (${after.place}::float8, ${after.externalId}::key_text, ${after.motion}::key_text)`
    : sql``
  const { rows } = await sql<QualifiedRow>`
    with standing as (
      select st.account_id, st.motion, st.detail, s.external_id, ${placeOf(query)} as place
      from account_state st join account_score s on s.account_id = st.account_id
      ${after && byScore ? scoreBefore(run) : sql`cross join (select null::jsonb as score) before`}
      where ${sql.join(conditions(query), sql` and `)}
    ), page as (
      select * from standing where true ${following} order by place, external_id, motion limit ${query.limit}
    )
    select page.*, s.score, ${SEEN_AS_OF} as as_of, ${SEEN_AT} as stored_at
    from page join account_score s on s.account_id = page.account_id
    ${LAST_RUNS}
    order by page.place, page.external_id, page.motion`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    externalId: row.external_id,
    motion: row.motion,
    state: row.detail,
    qualifiedSince: row.detail.enteredAt ?? row.detail.since,
    score: QualifiedScore.parse({ ...row.score, as_of: row.as_of }),
    scoredAt: row.stored_at,
    position: { run, place: row.place, externalId: row.external_id, motion: row.motion },
  }))
}

/** The newest run that stored scores, and its as-of. */
export async function findLastRun(
  db: Kysely<Database>,
): Promise<{ readonly runId: number; readonly asOf: Instant } | undefined> {
  // Runs of merges do not commit in the order of their ids.
  const row = await db
    .selectFrom('scoring_run as r')
    .select(['r.scoring_run_id', 'r.as_of'])
    .where('r.scope', '<>', 'merged')
    .orderBy('r.scoring_run_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { runId: row.scoring_run_id, asOf: row.as_of }
}

/**
 * The score at the first page of an account that was scored since; without one, its first score since: it has one place on all
 * pages, too.
 */
function scoreBefore(run: number): RawBuilder<unknown> {
  const stored = sql`
    select c.score from account_score_change c
    where c.account_id = st.account_id and c.score ->> 'qualified_probability' is not null`
  return sql`cross join lateral (
    select case when s.scoring_run_id > ${run} then coalesce(
      (${stored} and c.scoring_run_id <= ${run} order by c.scoring_run_id desc limit 1),
      (${stored} and c.scoring_run_id > ${run} order by c.scoring_run_id limit 1)
    ) end as score
  ) before`
}

/** Negated, since the highest comes first. An unknown expected value comes last. */
const SCORE_PLACES = {
  qualified_probability: sql`- coalesce((before.score ->> 'qualified_probability')::float8, s.qualified_probability)`,
  expected_value: sql`- coalesce((coalesce(before.score, s.score) ->> 'expected_value')::float8, -1)`,
} as const

const ENTERED_AT = sql`coalesce(st.detail ->> 'enteredAt', st.detail ->> 'since')::timestamptz`
/** Microseconds: exact in a float8 until the year 2255. */
const ENTERED_MICROS = sql`(extract(epoch from ${ENTERED_AT}) * 1000000)::float8`

function placeOf({ sort = 'qualified_probability', contactHours }: QualifiedQuery): RawBuilder<number> {
  switch (sort) {
    case 'qualified_since':
      return sql`- ${ENTERED_MICROS}`
    case 'contact_due_at': {
      const { common = 0, by = {} } = contactHours ?? {}
      return sql`${ENTERED_MICROS} + coalesce((${JSON.stringify(by)}::jsonb ->> st.motion)::float8, ${common}::float8) * 3600000000`
    }
    default:
      return sql`${SCORE_PLACES[sort]}`
  }
}

/** As `core/qualification/list-filter.ts` has it, and those that only the present has. */
function conditions(query: QualifiedQuery): readonly RawBuilder<unknown>[] {
  const { stages, grades = {}, states, owner, untouched, qualifiedSince, motion, segment, region, changedSince } = query
  const all = [
    sql`st.state = any(${[...ON_THE_LIST]}::text[])`,
    sql`(st.owner is not null or st.paused_until is null or st.paused_until <= ${query.now}::timestamptz)`,
    sql`s.qualified_probability >= ${query.minimumProbability}`,
  ]
  if (stages) all.push(sql`s.score ->> 'buying_stage' = any(${[...stages]}::text[])`)
  for (const family of FAMILIES) {
    const among = grades[family]
    if (among) all.push(sql`s.score -> 'grades' ->> ${family} = any(${[...among]}::text[])`)
  }
  if (motion !== undefined) all.push(sql`st.motion = ${motion}`)
  if (states) all.push(sql`st.state = any(${[...states]}::text[])`)
  if (owner !== undefined) all.push(sql`st.owner = ${owner}`)
  if (!states && owner === undefined) all.push(sql`st.owner is null`)
  if (untouched !== undefined) all.push(sql`(st.detail ->> 'touchedAt' is null) = ${untouched}`)
  if (qualifiedSince !== undefined) all.push(sql`${ENTERED_AT} >= ${qualifiedSince}::timestamptz`)
  if (segment !== undefined) {
    all.push(sql`exists (select from segment_member m where m.segment = ${segment} and m.account_id = st.account_id)`)
  }
  if (region !== undefined) all.push(sql`${regionOf(query)} = ${region}`)
  if (changedSince !== undefined) all.push(hasChangedSince(changedSince))
  return all
}

/** As `mergeAttributes` of core/features defines it. */
function regionOf({ now, precedence = [] }: QualifiedQuery): RawBuilder<unknown> {
  const asOf = sql`${now}::timestamptz`
  const accountId = sql`st.account_id`
  const history = mergedInto(accountId, asOf)
  return sql`(
    select v.attributes ->> 'region' from ${newestAccountVersions(accountId, (alias) => isPartOf(alias, history), asOf)} v
    where v.attributes ->> 'region' is not null
    order by array_position(${[...precedence]}::text[], v.source::text) nulls last, v.source limit 1
  )`
}

function hasChangedSince(since: Instant): RawBuilder<unknown> {
  return sql`(
    exists (
      select from event e where e.account_id = st.account_id and e.in_feed and e.occurred_at >= ${since}::timestamptz
    ) or exists (
      select from account_score_change c join scoring_run r on r.scoring_run_id = c.scoring_run_id
      where c.account_id = st.account_id and r.stored_at >= ${since}::timestamptz
    )
  )`
}

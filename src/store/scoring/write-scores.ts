import { type Kysely, sql } from 'kysely'
import type { PreviousScore } from '../../core/qualification/decide.ts'
import type { StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

const BATCH = 2_000

export interface AccountScore {
  readonly accountId: number
  readonly score: StoredScore
}

export interface NewRun {
  /** Null: all accounts. */
  readonly accountIds: readonly number[] | null
  readonly version: string
  readonly asOf: Instant
  readonly policySha256: string
}

/**
 * Begins a run, in the transaction that stores its results; one at a time. Its scores count from `finishRun` on.
 * @returns its id
 */
export async function beginRun(transaction: Kysely<Database>, run: NewRun): Promise<number> {
  await lockScores(transaction)
  const row = await transaction
    .insertInto('scoring_run')
    .values({
      scope: run.accountIds === null ? 'everybody' : 'some',
      account_ids: run.accountIds && [...run.accountIds],
      version: run.version,
      as_of: run.asOf,
      policy_sha256: run.policySha256,
    })
    .returning('scoring_run.scoring_run_id')
    .executeTakeFirstOrThrow()
  return row.scoring_run_id
}

/** Serialises transactions that store scores, or decide qualification for all accounts. */
export async function lockScores(transaction: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('winrate.scores'))`.execute(transaction)
}

export async function finishRun(
  transaction: Kysely<Database>,
  runId: number,
  counts: { readonly scored: number; readonly changed: number },
): Promise<void> {
  await sql`
    update scoring_run set scored = ${counts.scored}, changed = ${counts.changed}, stored_at = clock_timestamp()
    where scoring_run_id = ${runId}`.execute(transaction)
}

/** The newest committed run. */
export async function findLastRunId(db: Kysely<Database>): Promise<number> {
  const row = await db
    .selectFrom('scoring_run as r')
    .select('r.scoring_run_id')
    .orderBy('r.scoring_run_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.scoring_run_id ?? 0
}

/**
 * Accounts that were scored by themselves after one run and before another: their scores include newer facts than the first
 * run's.
 */
export async function listAccountsScoredBetween(
  db: Kysely<Database>,
  afterRun: number,
  beforeRun: number,
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ account_id: number }>`
    select distinct unnest(r.account_ids) as account_id from scoring_run r
    where r.scoring_run_id > ${afterRun} and r.scoring_run_id < ${beforeRun} and r.scope = 'some'`.execute(db)
  return new Set(rows.map((row) => row.account_id))
}

/** The stored scores of these accounts. */
export async function listPreviousScores(
  db: Kysely<Database>,
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, PreviousScore>> {
  const found = new Map<number, PreviousScore>()
  for (let start = 0; start < accountIds.length; start += BATCH) {
    const { rows } = await sql<{
      account_id: number
      version: string
      grades: PreviousScore['grades']
      not_scored_because: PreviousScore['notScoredBecause']
      told_scores: PreviousScore['toldScores']
    }>`
      select s.account_id, s.version, s.score -> 'grades' as grades, s.score ->> 'not_scored_because' as not_scored_because,
        coalesce(told.scores, stored.scores, s.score -> 'scores') as told_scores
      from account_score s
      left join lateral (
        select e.payload -> 'scores' as scores from event e
        where e.account_id = s.account_id and e.type = 'score.changed' order by e.event_id desc limit 1
      ) told on true
      left join lateral (
        select c.score -> 'scores' as scores from account_score_change c
        where told.scores is null and c.account_id = s.account_id order by c.scoring_run_id limit 1
      ) stored on true
      where s.account_id = any(${accountIds.slice(start, start + BATCH)}::bigint[])`.execute(db)
    for (const row of rows) {
      const { account_id: accountId, version, grades, not_scored_because: notScoredBecause, told_scores } = row
      found.set(accountId, { version, grades, notScoredBecause, toldScores: told_scores })
    }
  }
  return found
}

/**
 * Stores the scores that changed, as the newest and in the history. A later as-of
 * alone is no change. @returns how many changed
 */
export async function writeScores(
  transaction: Kysely<Database>,
  runId: number,
  run: NewRun,
  scores: readonly AccountScore[],
): Promise<number> {
  let changed = 0
  for (let start = 0; start < scores.length; start += BATCH) {
    changed += await writeBatch(transaction, runId, run, scores.slice(start, start + BATCH))
  }
  if (run.accountIds !== null) {
    await sql`
      update account_score set scoring_run_id = ${runId}, as_of = ${run.asOf}::timestamptz, scored_at = clock_timestamp()
      where account_id = any(${[...run.accountIds]}::bigint[]) and scoring_run_id <> ${runId}`.execute(transaction)
  }
  return changed
}

async function writeBatch(db: Kysely<Database>, runId: number, run: NewRun, scores: readonly AccountScore[]) {
  const rows = scores.map(({ accountId, score }) => ({
    account_id: accountId,
    external_id: score.account_external_id,
    qualified_probability: score.qualified_probability,
    in_market_probability: score.in_market_probability,
    win_probability: score.win_probability,
    score,
  }))
  const { numAffectedRows } = await sql`
    with changed as (
      insert into account_score as t (account_id, external_id, version, as_of, qualified_probability,
        in_market_probability, win_probability, score, scoring_run_id, scored_at)
      select s.account_id, s.external_id, ${run.version}, ${run.asOf}::timestamptz, s.qualified_probability,
        s.in_market_probability, s.win_probability, s.score, ${runId}::bigint, clock_timestamp()
      from json_to_recordset(${JSON.stringify(rows)}::json) as s (account_id bigint, external_id text,
        qualified_probability float8, in_market_probability float8, win_probability float8, score jsonb)
      order by s.account_id
      on conflict (account_id) do update set external_id = excluded.external_id, version = excluded.version,
        as_of = excluded.as_of, qualified_probability = excluded.qualified_probability,
        in_market_probability = excluded.in_market_probability, win_probability = excluded.win_probability,
        score = excluded.score, scoring_run_id = excluded.scoring_run_id, scored_at = excluded.scored_at
      where t.score - 'as_of' is distinct from excluded.score - 'as_of' or t.version <> excluded.version
      returning t.account_id, t.version, t.score
    )
    insert into account_score_change (account_id, scoring_run_id, version, score)
    select changed.account_id, ${runId}::bigint, changed.version, changed.score from changed`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** Deletes the scores of accounts that are no longer scored, and notes it in the history. @returns how many had a score */
export async function closeScores(
  transaction: Kysely<Database>,
  runId: number,
  accountIds: readonly number[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    with gone as (
      delete from account_score s where s.account_id = any(${[...accountIds]}::bigint[]) returning s.account_id
    )
    insert into account_score_change (account_id, scoring_run_id, version, score)
    select gone.account_id, ${runId}::bigint, null, null from gone`.execute(transaction)
  return Number(numAffectedRows ?? 0)
}

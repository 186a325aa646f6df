import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { FieldHistory } from '../../core/evaluation/leakage/close.ts'
import type { FactsAround } from '../../core/evaluation/leakage/future.ts'
import type { Instant } from '../../core/base/time.ts'
import type { SnapshotRequest } from '../features/snapshot-statement.ts'
import { newestAccountVersions, newestVersions } from '../features/newest-versions.ts'
import { knownBefore } from '../features/known-before.ts'
import {
  filedUnder,
  isMergedAway,
  isPartOf,
  mergedInto,
  sharedHistory,
  survivorOf,
} from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

/** Pairs per statement. */
const CHUNK = 5_000

/**
 * How many buyer facts each account shows in the `days` before and in the `days` after as-of, by all that was known
 * before `end`, in the order of the requests. The leakage audit compares features with it. An account's facts include those
 * of the
 * accounts that had been merged into it by as-of. This reads the future of as-of on
 * purpose: nothing here may be used by a feature.
 */
export async function listFactsAround(
  db: Kysely<Database>,
  requests: readonly SnapshotRequest[],
  days: number,
  end: Instant,
): Promise<readonly FactsAround[]> {
  const found: FactsAround[] = []
  for (let start = 0; start < requests.length; start += CHUNK) {
    const chunk = requests.slice(start, start + CHUNK)
    const { rows } = await sql<FactsAround>`
      select count(a.activity_id) filter (where a.occurred_at < p.as_of)::integer as before,
        count(a.activity_id) filter (where a.occurred_at >= p.as_of)::integer as after
      from unnest(${chunk.map((request) => request.accountId)}::bigint[], ${chunk.map((request) => request.asOf)}::timestamptz[])
        with ordinality as p (account_id, as_of, ordinality)
      left join activity a on ${isPartOf('a', mergedInto(sql`p.account_id`, sql`p.as_of`))} and a.evidence
        and a.occurred_at >= p.as_of - ${days} * interval '24 hours'
        and a.occurred_at < p.as_of + ${days} * interval '24 hours'
        and ${knownBefore('activity', 'a', sql`${end}::timestamptz`)}
      group by p.ordinality
      order by p.ordinality`.execute(db)
    found.push(...rows)
  }
  return found
}

interface FieldRow {
  readonly field: string
  readonly won: number
  readonly won_changed: number
  readonly lost: number
  readonly lost_changed: number
  readonly otherwise: number
  readonly otherwise_changed: number
  readonly closed_accounts: number
  readonly closed_filled: number
  readonly other_accounts: number
  readonly other_filled: number
  readonly backfilled: number
}

/**
 * How each field of the accounts changed around the close of their opportunities (from a day before to 31 days after),
 * over as long a span ending a month before, and whose accounts have a value at all, by what was known before `end`.
 */
export async function listFieldHistories(
  db: Kysely<Database>,
  fields: readonly { readonly field: string; readonly columns: readonly string[] }[],
  end: Instant,
): Promise<readonly FieldHistory[]> {
  if (fields.length === 0) return []
  const cutoff = sql`${end}::timestamptz`
  const { rows } = await sql<FieldRow>`
    with closed as materialized (
      select o.opportunity_id, ${filedUnder('o')} as account_id, ${survivorOf(filedUnder('o'), cutoff)} as survivor_id, v.outcome, v.closed_at
      from opportunity o
      join lateral ${newestVersions('opportunity_version', sql`version.opportunity_id = o.opportunity_id`, cutoff)} v on true
      where ${filedUnder('o')} is not null and v.closed_at < ${cutoff} and not v.deleted
    ),
    around as materialized (
      select c.outcome, ${stateAt(-1)} as before, ${stateAt(31)} as after,
        ${stateAt(-65)} as earlier, ${stateAt(-33)} as later
      from closed c
      where c.closed_at + 31 * interval '24 hours' <= ${cutoff}
    ),
    latest as materialized (
      select account.account_id, ${stateOf(sql`account.account_id`, cutoff)} as state,
        exists (select 1 from closed c where c.survivor_id = account.account_id) as has_closed
      from account
      where ${knownBefore('account', 'account', cutoff)} and not ${isMergedAway(sql`account.account_id`, cutoff)}
    ),
    wanted as (select field from unnest(${fields.map(({ field }) => field)}::text[]) as field)
    select w.field, change.*, fill.*, dates.*
    from wanted w
    cross join lateral (
      select count(*) filter (where a.outcome = 'won' and a.before is not null)::integer as won,
        count(*) filter (where a.outcome = 'won' and ${hasChanged('a.before', 'a.after')})::integer as won_changed,
        count(*) filter (where a.outcome = 'lost' and a.before is not null)::integer as lost,
        count(*) filter (where a.outcome = 'lost' and ${hasChanged('a.before', 'a.after')})::integer as lost_changed,
        count(*) filter (where a.earlier is not null)::integer as otherwise,
        count(*) filter (where ${hasChanged('a.earlier', 'a.later')})::integer as otherwise_changed
      from around a
    ) change
    cross join lateral (
      select count(*) filter (where l.has_closed)::integer as closed_accounts,
        count(*) filter (where l.has_closed and ${isFilled()})::integer as closed_filled,
        count(*) filter (where not l.has_closed)::integer as other_accounts,
        count(*) filter (where not l.has_closed and ${isFilled()})::integer as other_filled
      from latest l
    ) fill
    cross join lateral (
      select coalesce(avg(v.backfilled::integer), 0)::float8 as backfilled
      from account_version v
      where v.attributes -> w.field not in ('null', '""') and ${knownBefore('account_version', 'v', cutoff)}
    ) dates
    order by w.field`.execute(db)
  return rows.map((row) => ({
    field: row.field,
    columns: fields.find(({ field }) => field === row.field)?.columns ?? [],
    changedWhenWon: { count: row.won_changed, of: row.won },
    changedWhenLost: { count: row.lost_changed, of: row.lost },
    changedOtherwise: { count: row.otherwise_changed, of: row.otherwise },
    filledClosed: { count: row.closed_filled, of: row.closed_accounts },
    filledOthers: { count: row.other_filled, of: row.other_accounts },
    backfilled: row.backfilled,
  }))
}

/** The attributes that each source gave of the account just before an instant, by source; null where no source did. */
function stateOf(accountId: RawBuilder<unknown>, at: RawBuilder<unknown>) {
  const history = sharedHistory(accountId, at)
  return sql`(
    select jsonb_object_agg(s.source, s.attributes)
    from ${newestAccountVersions(survivorOf(accountId, at), (alias) => isPartOf(alias, history), at)} s
  )`
}

function stateAt(daysAfterClose: number) {
  return stateOf(sql`c.account_id`, sql`(c.closed_at + ${daysAfterClose} * interval '24 hours')`)
}

/** Whether any source changed the field; a source without a version had no value. */
function hasChanged(before: string, after: string) {
  return sql`(${sql.ref(before)} is not null and exists (
    select 1 from jsonb_each(${sql.ref(after)}) s
    where nullif(s.value -> w.field, 'null') is distinct from nullif(${sql.ref(before)} -> s.key -> w.field, 'null')
  ))`
}

function isFilled() {
  return sql`exists (select 1 from jsonb_each(l.state) s where s.value -> w.field not in ('null', '""'))`
}

import { type Kysely, sql } from 'kysely'
import type { FactReadiness } from '../../core/evaluation/readiness/report.ts'
import type { Instant } from '../../core/base/time.ts'
import { knownBefore, type TimedFact } from '../features/known-before.ts'
import { newestVersions } from '../features/newest-versions.ts'
import { isMergedAway } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

/** Tables of facts, with the time rule of each and whether a row may lack an account. */
const FACTS: readonly { table: keyof Database; timed: TimedFact | null; matched: boolean }[] = [
  { table: 'account', timed: 'account', matched: false },
  { table: 'account_version', timed: 'account_version', matched: false },
  { table: 'account_link', timed: null, matched: false },
  { table: 'contact', timed: 'contact', matched: false },
  { table: 'contact_version', timed: 'contact_version', matched: true },
  { table: 'activity', timed: 'activity', matched: true },
  { table: 'intent_signal', timed: 'intent_signal', matched: true },
  { table: 'business_event', timed: 'business_event', matched: true },
  { table: 'customer_event', timed: 'customer_event', matched: true },
  { table: 'opportunity', timed: null, matched: true },
  { table: 'opportunity_version', timed: 'opportunity_version', matched: false },
  { table: 'opportunity_contact', timed: null, matched: false },
  { table: 'stage_history', timed: null, matched: false },
  { table: 'spend', timed: null, matched: false },
]

const BACKFILLED = {
  attributes: 'account_version',
  contacts: 'contact_version',
  account_links: 'account_link',
  opportunity_contacts: 'opportunity_contact',
  opportunities: 'opportunity_version',
} as const

const HAPPENED = [
  { fact: 'activity', source: 'source', at: 'occurred_at' },
  { fact: 'intent_signal', source: 'provider', at: 'observed_at' },
  { fact: 'business_event', source: 'source', at: 'occurred_at' },
  { fact: 'customer_event', source: 'source', at: 'occurred_at' },
] as const

/** For each kind of fact: how many there are, how far back they go, how many have no date, and what imports rejected. */
export async function readFactReadiness(db: Kysely<Database>, asOf: Instant): Promise<FactReadiness> {
  const facts: FactReadiness['facts'] = []
  for (const { table, timed, matched } of FACTS) {
    const known = timed
      ? sql`count(*) filter (where ${knownBefore(timed, 'f', cutoffOf(asOf))} and ${isItself(table, asOf)})::integer`
      : sql`null::integer`
    const unmatched = matched ? sql`count(*) filter (where f.account_id is null)::integer` : sql`0`
    const { rows } = await sql<{ stored: number; known: number | null; unmatched: number }>`
      select count(*)::integer as stored, ${known} as known, ${unmatched} as unmatched
      from ${sql.table(table)} f`.execute(db)
    facts.push({ fact: table, ...(rows[0] ?? { stored: 0, known: null, unmatched: 0 }) })
  }
  const history = await readHistory(db, asOf)
  return {
    facts,
    opportunities: await readOutcomes(db, asOf),
    newest_on: await readNewestDay(db, asOf, history),
    history,
    backfilled: await readBackfilled(db),
    imports: await readImports(db),
  }
}

/** A merged account does not count as an account; the facts that were imported for it do. */
function isItself(table: keyof Database, asOf: Instant) {
  return table === 'account' ? sql`not ${isMergedAway(sql`f.account_id`, cutoffOf(asOf))}` : sql`true`
}

function cutoffOf(asOf: Instant) {
  return sql`${asOf}::timestamptz`
}

async function readOutcomes(db: Kysely<Database>, asOf: Instant): Promise<FactReadiness['opportunities']> {
  const { rows } = await sql<FactReadiness['opportunities']>`
    select count(*) filter (where v.outcome = 'won')::integer as won,
      count(*) filter (where v.outcome = 'lost')::integer as lost,
      count(*) filter (where v.outcome = 'open')::integer as open
    from (
      select case when newest.closed_at < ${cutoffOf(asOf)} then newest.outcome else 'open' end as outcome
      from ${newestVersions('opportunity_version', sql`true`, cutoffOf(asOf))} newest
      where not newest.deleted
    ) v`.execute(db)
  return rows[0] ?? { won: 0, lost: 0, open: 0 }
}

async function readHistory(db: Kysely<Database>, asOf: Instant): Promise<FactReadiness['history']> {
  const history: FactReadiness['history'] = []
  for (const { fact, source, at } of HAPPENED) {
    const day = (which: 'min' | 'max') => sql`(${sql.raw(which)}(f.${sql.ref(at)}) at time zone 'UTC')::date`
    const { rows } = await sql<Omit<FactReadiness['history'][number], 'fact'>>`
      select f.${sql.ref(source)} as source, count(*)::integer as facts, ${day('min')}::text as first_on,
        ${day('max')}::text as last_on, ${day('max')} - ${day('min')} + 1 as days
      from ${sql.table(fact)} f
      where ${knownBefore(fact, 'f', cutoffOf(asOf))}
      group by 1
      order by 1`.execute(db)
    history.push(...rows.map((row) => ({ fact, ...row })))
  }
  return history
}

/** The newest day of a fact with a time, or of the opening or close of an opportunity. */
async function readNewestDay(
  db: Kysely<Database>,
  asOf: Instant,
  history: FactReadiness['history'],
): Promise<string | null> {
  const { rows } = await sql<{ day: string | null }>`
    select (greatest(max(o.opened_at) filter (where o.opened_at < ${cutoffOf(asOf)}), max(o.closed_at) filter (where o.closed_at < ${cutoffOf(asOf)}))
      at time zone 'UTC')::date::text as day
    from ${newestVersions('opportunity_version', sql`true`, cutoffOf(asOf))} o
    where not o.deleted`.execute(db)
  const days = [...rows.map(({ day }) => day), ...history.map(({ last_on: day }) => day)]
  return (
    days
      .filter((day) => day !== null)
      .toSorted()
      .at(-1) ?? null
  )
}

async function readBackfilled(db: Kysely<Database>): Promise<FactReadiness['backfilled']> {
  const part = async (table: keyof Database) => {
    const { rows } = await sql<{ count: number; of: number }>`
      select count(*) filter (where f.backfilled)::integer as count, count(*)::integer as of
      from ${sql.table(table)} f`.execute(db)
    return rows[0] ?? { count: 0, of: 0 }
  }
  return {
    attributes: await part(BACKFILLED.attributes),
    contacts: await part(BACKFILLED.contacts),
    account_links: await part(BACKFILLED.account_links),
    opportunity_contacts: await part(BACKFILLED.opportunity_contacts),
    opportunities: await part(BACKFILLED.opportunities),
  }
}

/** The latest import of each file, by kind: what an earlier one rejected may have been corrected and imported since. */
async function readImports(db: Kysely<Database>): Promise<FactReadiness['imports']> {
  const { rows } = await sql<FactReadiness['imports'][number]>`
    with newest as (
      select distinct on (r.kind, f.file) r.import_run_id
      from import_run r cross join unnest(r.files) f (file)
      order by r.kind, f.file, r.import_run_id desc
    ), latest as (
      select r.kind, r.counts, r.reasons from import_run r
      where r.import_run_id in (select n.import_run_id from newest n)
    )
    select l.kind,
      (select count(*)::integer from import_run r where r.kind = l.kind) as runs,
      coalesce(sum((l.counts ->> 'read')::integer), 0)::integer as read,
      coalesce(sum((l.counts ->> 'rejected')::integer), 0)::integer as rejected,
      coalesce((
        select jsonb_object_agg(s.reason, s.times)
        from (
          select e.key as reason, sum(e.value::integer)::integer as times
          from latest i cross join lateral jsonb_each_text(i.reasons) e
          where i.kind = l.kind
          group by e.key
        ) s
      ), '{}') as reasons
    from latest l
    group by l.kind
    order by l.kind`.execute(db)
  return [...rows]
}

import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { AccountInstant } from '../../core/evaluation/time-machine/pick-pairs.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

/**
 * The facts that were in the database at an earlier instant, made by deleting what came later. This file decides on its
 * own, without known-before.ts, from when on a fact may count, so that a mistake there shows as a difference.
 */
interface CopiedTable {
  readonly table: string
  /** The instant after which a row may count; null for rows without a time of their own. */
  readonly from: string | null
  readonly rows: 'of_accounts' | 'of_opportunities' | 'all'
  readonly indexes: readonly string[]
}

const ROWS = {
  all: 'true',
  of_accounts: 'account_id in (select s.account_id from sampled_account s)',
  // From here on the name means the copy.
  of_opportunities: 'opportunity_id in (select o.opportunity_id from opportunity o)',
}

const COPIES: readonly CopiedTable[] = [
  { table: 'account', from: 'known_at', rows: 'of_accounts', indexes: ['account_id'] },
  { table: 'merged_account', from: 'known_at', rows: 'all', indexes: ['account_id', 'survivor_id'] },
  { table: 'account_version', from: 'known_at', rows: 'of_accounts', indexes: ['account_id'] },
  { table: 'contact', from: 'known_at', rows: 'all', indexes: ['contact_id'] },
  { table: 'contact_version', from: 'known_at', rows: 'all', indexes: ['account_id', 'contact_id'] },
  {
    table: 'activity',
    from: 'greatest(occurred_at, known_at, linked_at)',
    rows: 'of_accounts',
    indexes: ['account_id, occurred_at', 'contact_id', 'superseded_at'],
  },
  fact('intent_signal', 'observed_at'),
  fact('business_event', 'occurred_at'),
  fact('customer_event', 'occurred_at'),
  { table: 'opportunity', from: null, rows: 'of_accounts', indexes: ['account_id'] },
  {
    table: 'opportunity_version',
    from: 'greatest(opened_at, known_at)',
    rows: 'of_opportunities',
    indexes: ['opportunity_id', 'closed_at'],
  },
  { table: 'feed_start', from: 'greatest(occurred_at, known_at)', rows: 'all', indexes: [] },
]

const CORRECTED = ['activity', 'intent_signal', 'business_event', 'customer_event'] as const

function fact(table: string, happenedAt: string): CopiedTable {
  const from = `greatest(${happenedAt}, known_at, linked_at)`
  return { table, from, rows: 'of_accounts', indexes: [`account_id, ${happenedAt}`, 'superseded_at'] }
}

/** A transaction with one snapshot of the database, in which `copyFacts` may hide the tables behind copies. It is rolled back. */
export async function inTimeMachine<Result>(
  db: Kysely<Database>,
  use: (view: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (view) => {
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(view)
      return await use(view)
    })
}

/**
 * Copies all facts of some accounts into temporary tables of the same names. PostgreSQL looks there first: from now on
 * the same queries, on this connection and until the transaction ends, read the copies.
 */
export async function copyFacts(view: Kysely<Database>, accountIds: readonly number[]): Promise<void> {
  await sql`create temporary table sampled_account (account_id bigint primary key) on commit drop`.execute(view)
  // With the accounts that are part of their histories by now.
  await sql`
    insert into sampled_account
    select unnest(${[...accountIds]}::bigint[])
    union select account_id from merged_account where survivor_id = any (${[...accountIds]}::bigint[])`.execute(view)
  for (const { table, from, rows, indexes } of COPIES) {
    const statements = [
      `create temporary table ${table} on commit drop as select * from ${table} where ${ROWS[rows]}`,
      ...[...indexes, ...(from === null ? [] : [`(${from})`])].map(
        (columns) => `create index on ${table} (${columns})`,
      ),
      `analyze ${table}`,
    ]
    for (const statement of statements) await sql.raw(statement).execute(view)
  }
}

/**
 * Deletes from the copies what was not known before `asOf`. The instants must decrease.
 * @param from the instant of the previous step; null for the first step
 */
export async function goBackTo(view: Kysely<Database>, asOf: Instant, from: Instant | null): Promise<void> {
  // Rows that the previous step deleted are not searched again: each step costs only what it deletes.
  const deletions = new Map<string, RawBuilder<unknown>>()
  for (const { table, from: countsFrom } of COPIES) {
    if (countsFrom === null) continue
    const column = sql.raw(countsFrom)
    const bound = from === null ? sql`` : sql`and ${column} < ${from}::timestamptz`
    deletions.set(table, sql`delete from ${sql.table(table)} where ${column} >= ${asOf}::timestamptz ${bound}`)
  }
  // An activity can be older than the first knowledge of its contact.
  await sql`with gone as (${deletions.get('contact')} returning contact_id)
    update activity a set contact_id = null from gone where a.contact_id = gone.contact_id`.execute(view)
  await sql`update opportunity_version set outcome = 'open', closed_at = null
    where closed_at >= ${asOf}::timestamptz`.execute(view)
  // Until the correction was known, the corrected row was in force.
  for (const table of CORRECTED) {
    await sql`update ${sql.table(table)} set superseded_at = null where superseded_at >= ${asOf}::timestamptz`.execute(
      view,
    )
  }
  deletions.delete('contact')
  const steps = [...deletions].map(([table, deletion]) => sql`${sql.id(`gone_${table}`)} as (${deletion})`)
  await sql`with ${sql.join(steps)} select`.execute(view)
}

/** When something of these accounts happened or became known later than other things of it, by account, kind and time. */
export async function listMoments(
  db: Kysely<Database>,
  accountIds: readonly number[],
): Promise<readonly AccountInstant[]> {
  const { rows } = await sql<{ readonly account_id: number; readonly kind: string; readonly at: Instant }>`
    select m.account_id, m.kind, m.at from (
      select v.account_id, 'account_version' as kind, v.known_at as at from account_version v
      union all
      select v.account_id, 'contact_version', v.known_at from contact_version v
      union all
      select unnest(array[g.account_id, g.survivor_id]), 'merge', g.known_at from merged_account g
      union all
      select a.account_id, 'activity', unnest(array[a.occurred_at, a.known_at])
      from activity a where greatest(a.occurred_at, a.known_at) <> a.occurred_at
      union all
      select a.account_id, 'activity_ahead', a.occurred_at
      from activity a where greatest(a.occurred_at, a.known_at) <> a.known_at
      union all
      select a.account_id, 'activity_link', a.linked_at
      from activity a where a.linked_at > greatest(a.occurred_at, a.known_at)
      union all
      select a.account_id, 'activity_person', c.known_at
      from activity a join contact c on c.contact_id = a.contact_id
      where greatest(a.linked_at, c.known_at) <> a.linked_at
      union all
      ${sql.join(
        CORRECTED.map(
          (table) =>
            sql`select c.account_id, ${`${table}_corrected`}::text, c.superseded_at from ${sql.table(table)} c`,
        ),
        sql` union all `,
      )}
      union all
      select s.account_id, 'intent_signal', unnest(array[s.observed_at, s.known_at]) from intent_signal s
      union all
      select s.account_id, 'intent_signal_link', s.linked_at
      from intent_signal s where s.linked_at > greatest(s.observed_at, s.known_at)
      union all
      select e.account_id, 'business_event', unnest(array[e.occurred_at, e.known_at, e.linked_at]) from business_event e
      union all
      select e.account_id, 'customer_event', unnest(array[e.occurred_at, e.known_at, e.linked_at]) from customer_event e
      union all
      select o.account_id, 'opportunity', unnest(array[v.opened_at, v.known_at, v.closed_at])
      from opportunity o join opportunity_version v on v.opportunity_id = o.opportunity_id
    ) m
    where m.account_id = any (${[...accountIds]}::bigint[]) and m.at > '1901-01-01T00:00:00Z'
    order by m.account_id, m.kind, m.at`.execute(db)
  return rows.map((row) => ({ accountId: row.account_id, kind: row.kind, at: row.at }))
}

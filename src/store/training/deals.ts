import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import { knownBefore } from '../features/known-before.ts'
import { newestVersions } from '../features/newest-versions.ts'
import { filedUnder, isPartOf, mergedInto, survivorOf } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

export interface DealFacts {
  readonly externalId: string
  /** In the currency of most opportunities; null for other currencies and for a missing amount. */
  readonly amount: number | null
  /** From when the first fact of the account's history could count; null where there is none. */
  readonly firstFactAt: Instant | null
}

/** What the policy replay reads of every opportunity besides its history, by what was known before `asOf`. */
export async function listDealFacts(db: Kysely<Database>, asOf: Instant): Promise<readonly DealFacts[]> {
  const cutoff = sql`${asOf}::timestamptz`
  const { rows } = await sql<{ external_id: string; amount: string | null; first_fact_at: Instant | null }>`
    with newest as (
      select o.external_id, ${survivorOf(filedUnder('o'), cutoff)} as account_id, v.amount, v.currency
      from opportunity o
      join ${newestVersions('opportunity_version', sql`true`, cutoff)} v on v.opportunity_id = o.opportunity_id
    ), main as (
      select currency from newest where currency is not null group by currency order by count(*) desc, currency limit 1
    )
    select n.external_id, case when n.currency = main.currency then n.amount end as amount,
      (select min(greatest(a.occurred_at, a.known_at, a.linked_at)) from activity a
        where ${isPartOf('a', mergedInto(sql`n.account_id`, cutoff))} and a.evidence and ${knownBefore('activity', 'a', cutoff)}) as first_fact_at
    from newest n left join main on true
    order by n.external_id`.execute(db)
  return rows.map((row) => ({
    externalId: row.external_id,
    amount: row.amount === null ? null : Number(row.amount),
    firstFactAt: row.first_fact_at,
  }))
}

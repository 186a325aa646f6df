import { type Kysely, sql } from 'kysely'
import type { ExchangeRate } from '../../core/scoring/expected-amount.ts'
import type { Instant } from '../../core/base/time.ts'
import { newestVersions } from '../features/newest-versions.ts'
import type { Database } from '../database/tables/schema.ts'

interface DealAmount {
  readonly amount: number | null
  readonly currency: string | null
}

/** The amount of each opportunity by the newest version known before `asOf`, by external id. */
export async function readDealAmounts(db: Kysely<Database>, asOf: Instant): Promise<ReadonlyMap<string, DealAmount>> {
  const { rows } = await sql<{ external_id: string; amount: string | null; currency: string | null }>`
    select o.external_id, v.amount, v.currency
    from opportunity o
    join ${newestVersions('opportunity_version', sql`true`, sql`${asOf}::timestamptz`)} v
      on v.opportunity_id = o.opportunity_id
    order by v.opportunity_id`.execute(db)
  return new Map(
    rows.map(({ external_id: id, amount, currency }) => [
      id,
      { amount: amount === null ? null : Number(amount), currency },
    ]),
  )
}

export async function listExchangeRates(db: Kysely<Database>): Promise<readonly ExchangeRate[]> {
  const rows = await db
    .selectFrom('exchange_rate as r')
    .select(['r.currency', 'r.day', 'r.usd_per_unit'])
    .orderBy('r.currency')
    .orderBy('r.day')
    .execute()
  return rows.map((row) => ({ currency: row.currency, day: row.day, usdPerUnit: Number(row.usd_per_unit) }))
}

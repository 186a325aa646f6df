import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { type BatchOutcome, NO_NEWS } from '../batch.ts'
import { copyRows, KEY, type Staging } from './staging.ts'

/** One value for a period: a later value replaces it. */
interface PeriodTable {
  readonly table: string
  readonly key: string
  readonly value: string
  readonly staging: Staging
}

export const PERIOD_TABLES = {
  spend: {
    table: 'spend',
    key: 'month, channel, currency',
    value: 'amount',
    staging: {
      table: 'staged_spend',
      columns: { month: 'date', channel: KEY, currency: KEY, amount: 'numeric(18, 4)' },
    },
  },
  rates: {
    table: 'exchange_rate',
    key: 'currency, day',
    value: 'usd_per_unit',
    staging: {
      table: 'staged_rate',
      columns: { currency: KEY, day: 'date', usd_per_unit: 'numeric(20, 10)' },
    },
  },
} as const satisfies Record<string, PeriodTable>

export async function writePeriods(
  client: PoolClient,
  { table, key, value, staging }: PeriodTable,
  rows: readonly StagedRow[],
): Promise<BatchOutcome> {
  await copyRows(client, staging, rows)
  const { rows: counted } = await client.query<{ kept: number; inserted: number; updated: number }>(`
    with latest as materialized (
      select distinct on (${key}) * from ${staging.table} order by ${key}, row desc
    ), written as (
      insert into ${table} as t (${key}, ${value})
      select ${key}, ${value} from latest order by ${key}
      on conflict (${key}) do update set ${value} = excluded.${value} where t.${value} <> excluded.${value}
      returning t.xmax = 0 as inserted
    )
    select (select count(*) from latest) as kept, count(*) filter (where inserted) as inserted,
      count(*) filter (where not inserted) as updated from written`)
  const { kept, inserted, updated } = counted[0] ?? { kept: 0, inserted: 0, updated: 0 }
  return {
    inserted,
    updated,
    unchanged: kept - inserted - updated,
    duplicate: rows.length - kept,
    rejected: [],
    unmatched: 0,
    news: NO_NEWS,
  }
}

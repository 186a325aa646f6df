import type { PoolClient } from 'pg'
import type { StagedRow } from '../../core/import/complete.ts'
import type { BatchOutcome } from './batch.ts'
import { copyRows, KEY, type Staging } from './staging.ts'

export const SPEND_STAGING: Staging = {
  table: 'staged_spend',
  columns: { month: 'date', channel: KEY, currency: KEY, amount: 'numeric(18, 4)' },
}

export async function writeSpend(client: PoolClient, rows: readonly StagedRow[]): Promise<BatchOutcome> {
  await copyRows(client, SPEND_STAGING, rows)
  const { rows: counted } = await client.query<{ kept: number; inserted: number; updated: number }>(`
    with latest as materialized (
      select distinct on (month, channel, currency) * from staged_spend order by month, channel, currency, row desc
    ), written as (
      insert into spend as t (month, channel, currency, amount)
      select month, channel, currency, amount from latest order by month, channel, currency
      on conflict (month, channel, currency) do update set amount = excluded.amount where t.amount <> excluded.amount
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
  }
}

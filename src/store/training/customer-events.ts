import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import { knownBefore } from '../features/known-before.ts'
import { filedUnder, survivorOf } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

export interface CustomerEvent {
  /** The customer's account when the event happened. */
  readonly accountId: number
  readonly kind: 'renewal' | 'expansion' | 'churn'
  readonly occurredAt: Instant
}

/** Renewals, expansions and churn by what was known before `asOf`, in the order in which they happened. */
export async function listCustomerEvents(db: Kysely<Database>, asOf: Instant): Promise<readonly CustomerEvent[]> {
  const { rows } = await sql<{ account_id: number; kind: CustomerEvent['kind']; occurred_at: Instant }>`
    select ${survivorOf(filedUnder('c'), sql`c.occurred_at`)} as account_id, c.kind, c.occurred_at from customer_event c
    where ${filedUnder('c')} is not null and ${knownBefore('customer_event', 'c', sql`${asOf}::timestamptz`)}
    order by c.occurred_at, account_id, c.kind`.execute(db)
  return rows.map((row) => ({ accountId: row.account_id, kind: row.kind, occurredAt: row.occurred_at }))
}

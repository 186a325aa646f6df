import { type Kysely, sql } from 'kysely'
import type { Stage } from '../../core/scoring/stages/stages.ts'
import type { EventType } from '../../core/qualification/event-types.ts'
import type { StateEvent } from '../../core/qualification/state.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'
import { storedBy } from '../features/stored-by.ts'

export interface MotionEvent extends StateEvent {
  readonly accountId: number
  readonly motion: string
}

/**
 * The events that the states of accounts follow from, written by an instant, in order.
 * @param accountId of this account only
 */
export async function listMotionEvents(
  db: Kysely<Database>,
  at: Instant,
  accountId?: number,
): Promise<readonly MotionEvent[]> {
  const rows = await db
    .selectFrom('event as e')
    .select(['e.account_id', 'e.motion', 'e.type', 'e.as_of', 'e.actor', 'e.payload'])
    .where('e.motion', 'is not', null)
    .where(storedBy('event', 'e', at))
    .$if(accountId !== undefined, (query) => query.where('e.account_id', '=', accountId ?? 0))
    .orderBy('e.account_id')
    .orderBy('e.event_id')
    .execute()
  return rows.map((row) => ({
    accountId: row.account_id ?? 0,
    motion: row.motion ?? '',
    type: row.type as EventType,
    asOf: row.as_of,
    actor: row.actor,
    payload: row.payload as StateEvent['payload'],
  }))
}

export interface StageMove {
  /** Null: in no stage, because the account had no score or had an open opportunity. */
  readonly from: Stage | null
  readonly to: Stage | null
  readonly reason: string
  readonly asOf: Instant
  readonly version: string | null
}

/** The buying stages of an account that were written by an instant, the oldest first. */
export async function listStageMoves(
  db: Kysely<Database>,
  accountId: number,
  at: Instant,
): Promise<readonly StageMove[]> {
  const { rows } = await sql<{
    from: Stage | null
    to: Stage | null
    reason: string
    as_of: Instant
    model_version: string | null
  }>`
    select e.payload ->> 'from' as "from", e.payload ->> 'to' as "to", e.payload ->> 'reason' as reason, e.as_of,
      e.model_version
    from event e
    where e.account_id = ${accountId} and e.type = 'account.stage_changed' and ${storedBy('event', 'e', at)}
    order by e.event_id`.execute(db)
  return rows.map(({ from, to, reason, as_of: asOf, model_version: version }) => ({ from, to, reason, asOf, version }))
}

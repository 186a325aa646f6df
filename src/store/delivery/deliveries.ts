import { type Kysely, sql } from 'kysely'
import type { FeedType } from '../../core/qualification/event-types.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** The delivery of one event to one endpoint. */
export interface Delivery {
  readonly deliveryId: number
  readonly endpointId: string
  readonly eventId: number
  readonly sequence: number
  readonly type: FeedType
  /** The same in every attempt. */
  readonly messageId: string
  readonly state: DeliveryState
  /** Incremented at the beginning of an attempt. */
  readonly attempts: number
  readonly nextAttemptAt: Instant | null
  readonly lastAttemptAt: Instant | null
  readonly lastStatus: number | null
  readonly lastProblem: string | null
  readonly deliveredAt: Instant | null
}

export interface DeliveryFilter {
  readonly endpointId?: string | undefined
  readonly state?: DeliveryState | undefined
  readonly eventId?: number | undefined
}

/** The newest first. @param page `before` is the id that the page before ended with */
export async function listDeliveries(
  db: Kysely<Database>,
  filter: DeliveryFilter,
  { limit, before }: { readonly limit: number; readonly before?: number | undefined },
): Promise<readonly Delivery[]> {
  const { endpointId, state, eventId } = filter
  const rows = await selectDeliveries(db)
    .$if(endpointId !== undefined, (query) => query.where('d.webhook_endpoint_id', '=', endpointId ?? ''))
    .$if(state !== undefined, (query) => query.where('d.state', '=', state ?? 'waiting'))
    .$if(eventId !== undefined, (query) => query.where('d.event_id', '=', eventId ?? 0))
    .$if(before !== undefined, (query) => query.where('d.delivery_id', '<', before ?? 0))
    .orderBy('d.delivery_id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toDelivery)
}

export async function findDelivery(db: Kysely<Database>, deliveryId: number): Promise<Delivery | undefined> {
  const row = await selectDeliveries(db).where('d.delivery_id', '=', deliveryId).executeTakeFirst()
  return row && toDelivery(row)
}

export interface ReplayRange {
  readonly endpointId: string
  readonly state: DeliveryState
  /** Positions in the feed: after the first, up to and including the second. */
  readonly after: number
  readonly upTo: number
}

/** Queues deliveries again, the oldest first: the same message with the same id and a new retry schedule. */
export async function replayDelivery(db: Kysely<Database>, deliveryId: number): Promise<Delivery | undefined> {
  await db.updateTable('delivery').set(AGAIN).where('delivery_id', '=', deliveryId).execute()
  return await findDelivery(db, deliveryId)
}

/** The same for a range, at most `limit`. @returns how many, and the position of the last */
export async function replayRange(
  db: Kysely<Database>,
  range: ReplayRange,
  limit: number,
): Promise<{ readonly replayed: number; readonly lastSequence: number | null }> {
  const { rows } = await sql<{ replayed: number; last_sequence: number | null }>`
    with chosen as (
      select d.delivery_id, e.sequence from delivery d join event e using (event_id)
      where d.webhook_endpoint_id = ${range.endpointId} and d.state = ${range.state}
        and e.sequence > ${range.after} and e.sequence <= ${range.upTo}
      order by e.sequence limit ${limit}
    ), again as (
      update delivery d set state = 'waiting', attempts = 0, next_attempt_at = now(), delivered_at = null
      from chosen c where d.delivery_id = c.delivery_id
      returning c.sequence
    )
    select count(*) as replayed, max(sequence) as last_sequence from again`.execute(db)
  const [row] = rows
  return { replayed: row?.replayed ?? 0, lastSequence: row?.last_sequence ?? null }
}

const AGAIN = {
  state: 'waiting',
  attempts: 0,
  next_attempt_at: sql<Instant>`now()`,
  delivered_at: null,
} as const

function selectDeliveries(db: Kysely<Database>) {
  return db
    .selectFrom('delivery as d')
    .innerJoin('event as e', 'e.event_id', 'd.event_id')
    .select([
      'd.delivery_id',
      'd.webhook_endpoint_id',
      'd.event_id',
      'e.sequence',
      'e.type',
      'd.message_id',
      'd.state',
      'd.attempts',
      'd.next_attempt_at',
      'd.last_attempt_at',
      'd.last_status',
      'd.last_problem',
      'd.delivered_at',
    ])
}

type DeliveryRow = Awaited<ReturnType<ReturnType<typeof selectDeliveries>['executeTakeFirstOrThrow']>>

function toDelivery(row: DeliveryRow): Delivery {
  return {
    deliveryId: row.delivery_id,
    endpointId: row.webhook_endpoint_id,
    eventId: row.event_id,
    sequence: row.sequence ?? 0,
    type: row.type as FeedType,
    messageId: row.message_id,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    lastAttemptAt: row.last_attempt_at,
    lastStatus: row.last_status,
    lastProblem: row.last_problem,
    deliveredAt: row.delivered_at,
  }
}

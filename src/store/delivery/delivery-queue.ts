import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import { type FeedEvent, FEED_COLUMNS, toFeedEvent } from './events.ts'
import type { Database } from '../database/tables/schema.ts'

/**
 * Deliveries as a queue: created from the feed, claimed, and settled. One statement creates and one claims, each with its rows
 * locked and locked rows skipped, so that any number of workers can run.
 */
const MADE_AT_ONCE = 2_000

/** The enabled endpoints that lack deliveries of the newest events. */
export async function listEndpointsBehind(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ webhook_endpoint_id: string }>`
    select w.webhook_endpoint_id from webhook_endpoint w, event_feed f
    where w.disabled_because is null and w.made_up_to < f.last_sequence`.execute(db)
  return rows.map((row) => row.webhook_endpoint_id)
}

/**
 * Creates the next deliveries of an endpoint. The feed has no gaps up to its last number, so each event is read once.
 * @returns whether there may be more
 */
export async function makeDeliveries(db: Kysely<Database>, endpointId: string): Promise<boolean> {
  const { rows } = await sql<{ met: number }>`
    with endpoint as (
      select webhook_endpoint_id, made_up_to, event_types from webhook_endpoint
      where webhook_endpoint_id = ${endpointId} and disabled_because is null
      for no key update skip locked
    ), slice as (
      select e.event_id, e.sequence, e.type from event e, endpoint w
      where e.sequence > w.made_up_to order by e.sequence limit ${MADE_AT_ONCE}
    ), made as (
      insert into delivery (webhook_endpoint_id, event_id)
      select w.webhook_endpoint_id, s.event_id from slice s, endpoint w
      where w.event_types is null or s.type = any (w.event_types)
      order by s.sequence
    ), met as (
      select count(*) as met, max(sequence) as up_to from slice
    )
    update webhook_endpoint w set made_up_to = met.up_to
    from met, endpoint where w.webhook_endpoint_id = endpoint.webhook_endpoint_id and met.met > 0
    returning met.met`.execute(db)
  return (rows[0]?.met ?? 0) === MADE_AT_ONCE
}

/** The enabled endpoints with deliveries that are due. */
export async function listEndpointsDue(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ webhook_endpoint_id: string }>`
    select w.webhook_endpoint_id from webhook_endpoint w
    where w.disabled_because is null and coalesce(w.paused_until, '-infinity') <= now()
      and exists (select from delivery d where d.webhook_endpoint_id = w.webhook_endpoint_id and d.state = 'waiting'
        and d.next_attempt_at <= now())`.execute(db)
  return rows.map((row) => row.webhook_endpoint_id)
}

export interface ClaimedDelivery {
  readonly deliveryId: number
  readonly messageId: string
  /** This one included. Identifies the attempt: the result of an earlier attempt is ignored. */
  readonly attempts: number
  readonly endpointId: string
  readonly url: string
  /** The signing secrets, the newest first. */
  readonly secrets: readonly Buffer[]
  readonly event: FeedEvent
  /** By the database's clock; it is sent at once. */
  readonly claimedAt: Instant
}

/**
 * Claims deliveries that are due, the oldest first, for `leaseSeconds`: a worker that has not settled one by then counts as
 * dead,
 * and the delivery is due again.
 */
export async function claimDeliveries(
  db: Kysely<Database>,
  endpointId: string,
  { limit, leaseSeconds }: { readonly limit: number; readonly leaseSeconds: number },
): Promise<readonly ClaimedDelivery[]> {
  const rows = await db
    .with('due', (qb) =>
      qb
        .selectFrom('delivery as d')
        .innerJoin('webhook_endpoint as w', 'w.webhook_endpoint_id', 'd.webhook_endpoint_id')
        .select('d.delivery_id')
        .where('d.webhook_endpoint_id', '=', endpointId)
        .where('d.state', '=', 'waiting')
        .where('d.next_attempt_at', '<=', sql<never>`now()`)
        .where('w.disabled_because', 'is', null)
        .where(sql<boolean>`coalesce(w.paused_until, '-infinity') <= now()`)
        .orderBy('d.next_attempt_at')
        .orderBy('d.delivery_id')
        .limit(limit)
        .forUpdate('d')
        .skipLocked(),
    )
    .updateTable('delivery as d')
    .from('due')
    .innerJoin('webhook_endpoint as w', (join) => join.on('w.webhook_endpoint_id', '=', endpointId))
    .innerJoin('event as e', (join) => join.onTrue())
    .set((eb) => ({
      attempts: eb('d.attempts', '+', 1),
      last_attempt_at: sql<never>`clock_timestamp()`,
      next_attempt_at: sql<never>`clock_timestamp() + make_interval(secs => ${leaseSeconds})`,
    }))
    .whereRef('d.delivery_id', '=', 'due.delivery_id')
    .whereRef('e.event_id', '=', 'd.event_id')
    .returning([
      'd.delivery_id',
      'd.message_id',
      'd.attempts',
      'w.webhook_endpoint_id',
      'w.url',
      'w.secret',
      sql<Buffer | null>`case when w.previous_secret_until > now() then w.previous_secret end`.as('previous_secret'),
      sql<Instant>`clock_timestamp()`.as('claimed_at'),
      ...FEED_COLUMNS,
    ])
    .execute()
  return rows
    .map((row) => ({
      deliveryId: row.delivery_id,
      messageId: row.message_id,
      attempts: row.attempts,
      endpointId: row.webhook_endpoint_id,
      url: row.url,
      secrets: row.previous_secret ? [row.secret, row.previous_secret] : [row.secret],
      event: toFeedEvent(row),
      claimedAt: row.claimed_at,
    }))
    .toSorted((a, b) => a.deliveryId - b.deliveryId)
}

type Claim = Pick<ClaimedDelivery, 'deliveryId' | 'attempts' | 'endpointId'>

/** Stores that a delivery arrived. Ends the endpoint's failure. */
export async function settleDelivered(
  db: Kysely<Database>,
  { deliveryId, endpointId }: Claim,
  status: number,
): Promise<void> {
  // Also when another worker has claimed it since: it has arrived.
  await sql`
    with settled as (
      update delivery set state = 'delivered', delivered_at = clock_timestamp(), next_attempt_at = null, last_status = ${status},
        last_problem = null
      where delivery_id = ${deliveryId} and state = 'waiting'
    )
    update webhook_endpoint set failing_since = null
    where webhook_endpoint_id = ${endpointId} and failing_since is not null`.execute(db)
}

/** Stores that an attempt failed. @returns for how many seconds every attempt has failed, this one included */
export async function noteFailing(db: Kysely<Database>, endpointId: string): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    update webhook_endpoint set failing_since = coalesce(failing_since, clock_timestamp())
    where webhook_endpoint_id = ${endpointId}
    returning extract(epoch from clock_timestamp() - failing_since)::float8 as seconds`.execute(db)
  return rows[0]?.seconds ?? 0
}

export interface FailedAttempt {
  readonly status: number | null
  readonly problem: string | null
  /** Null: the delivery is dead. */
  readonly againInSeconds: number | null
  readonly restSeconds: number | null
}

export async function settleFailed(db: Kysely<Database>, claim: Claim, failed: FailedAttempt): Promise<void> {
  const { status, problem, againInSeconds, restSeconds } = failed
  await sql`
    update delivery set state = case when ${againInSeconds}::float8 is null then 'dead' else 'waiting' end,
      next_attempt_at = clock_timestamp() + make_interval(secs => ${againInSeconds}::float8), last_status = ${status},
      last_problem = ${problem}
    where delivery_id = ${claim.deliveryId} and attempts = ${claim.attempts} and state = 'waiting'`.execute(db)
  if (restSeconds === null) return
  await sql`
    update webhook_endpoint
    set paused_until = greatest(paused_until, clock_timestamp() + make_interval(secs => ${restSeconds}::float8))
    where webhook_endpoint_id = ${claim.endpointId}`.execute(db)
}

const KEPT_DAYS = 30
const REMOVED_AT_ONCE = 10_000

/** Deletes deliveries that were settled a month ago. @returns how many; there may be more */
export async function removeOldDeliveries(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql`
    delete from delivery where delivery_id in (
      select delivery_id from delivery where state <> 'waiting' and last_attempt_at < now() - make_interval(days => ${KEPT_DAYS})
      limit ${REMOVED_AT_ONCE}) returning 1`.execute(db)
  return rows.length
}

import { type Kysely, sql } from 'kysely'
import { type FeedType, isTold, type Json, type NewEvent } from '../../core/qualification/event-types.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

/** An event with its position in the feed. */
export interface FeedEvent {
  /** Never changes, also when the event is sent twice. */
  readonly eventId: number
  readonly sequence: number
  readonly type: FeedType
  readonly accountId: number | null
  readonly motion: string | null
  readonly asOf: Instant
  readonly occurredAt: Instant
  readonly modelVersion: string | null
  readonly actor: string | null
  readonly payload: { readonly [key: string]: Json }
}

const BATCH = 2_000

/**
 * Writes events, in the transaction of the change that they report. The caller locks the account's state
 * first, so that the events of one account are numbered in the order in which they happened.
 */
export async function appendEvents(transaction: Kysely<Database>, events: readonly NewEvent[]): Promise<void> {
  if (!transaction.isTransaction)
    throw new Error('events must be written in the transaction of the change that they report')
  for (let start = 0; start < events.length; start += BATCH) {
    const rows = events.slice(start, start + BATCH).map((event) => ({
      type: event.type,
      in_feed: isTold(event),
      account_id: event.accountId,
      motion: event.motion,
      as_of: event.asOf,
      model_version: event.modelVersion,
      actor: event.actor,
      payload: event.payload,
    }))
    await sql`
      insert into event (type, in_feed, account_id, motion, as_of, model_version, actor, payload)
      select e.type, e.in_feed, e.account_id, e.motion, e.as_of, e.model_version, e.actor, e.payload
      from rows from (json_to_recordset(${JSON.stringify(rows)}::json) as (type text, in_feed boolean, account_id bigint,
        motion text, as_of timestamptz, model_version text, actor text, payload jsonb)) with ordinality as e
      order by e.ordinality`.execute(transaction)
  }
}

const NUMBERED_AT_ONCE = 10_000

/**
 * Numbers every committed event that has no position in the feed yet, in the order of writing. The worker does it in a short
 * loop, and a reader may do it before it reads.
 *
 * Why not by event_id: transactions commit in another order than they write, and a reader that polls `event_id > last`
 * misses what
 * commits late. Here one process at a time continues from the last committed number, and sees committed rows only: what
 * another transaction has not committed yet gets a later number and delays nothing. The numbers are stored in the rows, so
 * dump and restore keep them.
 * @returns how many were numbered
 * @throws Error inside a transaction, whose view of the rows may be older than the last number
 */
export async function sequenceEvents(db: Kysely<Database>): Promise<number> {
  if (db.isTransaction) throw new Error('events must be numbered outside of a transaction')
  let numbered = 0
  for (;;) {
    const count = await numberSome(db)
    numbered += count
    if (count < NUMBERED_AT_ONCE) return numbered
  }
}

async function numberSome(db: Kysely<Database>): Promise<number> {
  const waiting = await sql`select from event where sequence is null and in_feed limit 1`.execute(db)
  if (waiting.rows.length === 0) return 0
  return await db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (transaction) => {
      // In a statement of its own: the next statement sees all that the previous holder of the lock committed.
      await sql`select pg_advisory_xact_lock(hashtext('winrate.sequencer'))`.execute(transaction)
      const { rows } = await sql<{ numbered: number }>`
        with waiting as (
          select event_id, row_number() over (order by event_id) as place
          from (select event_id from event where sequence is null and in_feed order by event_id limit ${NUMBERED_AT_ONCE}) w
        ), numbered as (
          update event e set sequence = feed.last_sequence + w.place
          from waiting w, event_feed feed where e.event_id = w.event_id
          returning e.sequence
        )
        update event_feed set last_sequence = last_sequence + counted.numbered
        from (select count(*) as numbered from numbered) counted
        returning counted.numbered`.execute(transaction)
      return rows[0]?.numbered ?? 0
    })
}

export interface FeedQuery {
  /** The last number that the reader has read; 0 for the beginning. */
  readonly after: number
  readonly limit: number
  readonly types?: readonly FeedType[] | undefined
}

/** Numbered events after a position in the feed, in order. No event with a lower number appears later. */
export async function listEvents(db: Kysely<Database>, query: FeedQuery): Promise<readonly FeedEvent[]> {
  const { types } = query
  const rows = await db
    .selectFrom('event as e')
    .select(FEED_COLUMNS)
    .where('e.sequence', '>', query.after)
    .$if(types !== undefined, (select) => select.where('e.type', 'in', types?.length ? types : ['']))
    .orderBy('e.sequence')
    .limit(query.limit)
    .execute()
  return rows.map(toFeedEvent)
}

export interface FeedState {
  /** The last number given: all events up to it can be read. */
  readonly last: number
  /** Whether committed events have no number yet. */
  readonly isBehind: boolean
}

/** In one small statement. */
export async function readFeedState(db: Kysely<Database>): Promise<FeedState> {
  const { rows } = await sql<FeedState>`
    select last_sequence as last, exists (select from event where sequence is null and in_feed) as "isBehind"
    from event_feed`.execute(db)
  const [state] = rows
  if (!state) throw new Error('the feed has no last number')
  return state
}

/** The last number given: all events up to it can be read. */
export async function lastSequence(db: Kysely<Database>): Promise<number> {
  const row = await db.selectFrom('event_feed').select('last_sequence').executeTakeFirstOrThrow()
  return row.last_sequence
}

export const FEED_COLUMNS = [
  'e.event_id',
  'e.type',
  'e.account_id',
  'e.motion',
  'e.as_of',
  'e.occurred_at',
  'e.model_version',
  'e.actor',
  'e.payload',
  'e.sequence',
] as const

interface EventRow {
  readonly event_id: number
  readonly sequence: number | null
  readonly type: string
  readonly account_id: number | null
  readonly motion: string | null
  readonly as_of: Instant
  readonly occurred_at: Instant
  readonly model_version: string | null
  readonly actor: string | null
  readonly payload: Record<string, unknown>
}

/** Of a row that has its number. */
export function toFeedEvent(row: EventRow): FeedEvent {
  return {
    eventId: row.event_id,
    sequence: row.sequence ?? 0,
    type: row.type as FeedType,
    accountId: row.account_id,
    motion: row.motion,
    asOf: row.as_of,
    occurredAt: row.occurred_at,
    modelVersion: row.model_version,
    actor: row.actor,
    payload: row.payload as FeedEvent['payload'],
  }
}

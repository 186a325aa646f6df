import { type Kysely, sql } from 'kysely'
import type { NewEvent } from '../../core/qualification/event-types.ts'
import { StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'
import { LAST_RUNS, SEEN_AS_OF, SEEN_AT } from '../scoring/scores.ts'
import { storedBy } from '../features/stored-by.ts'

const BATCH = 5_000

/** By account, its segments. @param accountIds null: all accounts */
export async function listMemberships(
  db: Kysely<Database>,
  accountIds: readonly number[] | null,
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const among = accountIds === null ? sql`` : sql`where account_id = any(${[...accountIds]}::bigint[])`
  const { rows } = await sql<{ account_id: number; segments: readonly string[] }>`
    select account_id, array_agg(segment::text order by segment) as segments from segment_member ${among}
    group by account_id`.execute(db)
  return new Map(rows.map(({ account_id: accountId, segments }) => [accountId, new Set(segments)]))
}

/**
 * Applies the moves that these events report, in their transaction. The caller holds the lock on scores or on the account's
 * states, under which the memberships were read.
 */
export async function writeMoves(transaction: Kysely<Database>, events: readonly NewEvent[]): Promise<void> {
  const moves = events.flatMap(({ type, accountId, asOf, payload }) =>
    accountId !== null && typeof payload['segment'] === 'string'
      ? [{ type, accountId, asOf, segment: payload['segment'] }]
      : [],
  )
  for (let start = 0; start < moves.length; start += BATCH) {
    const batch = moves.slice(start, start + BATCH)
    const left = batch.filter(({ type }) => type === 'segment.left')
    const entered = batch.filter(({ type }) => type === 'segment.entered')
    if (left.length > 0) {
      await sql`
        delete from segment_member m
        using unnest(${left.map(({ segment }) => segment)}::text[], ${left.map(({ accountId }) => accountId)}::bigint[])
          as l (segment, account_id)
        where m.segment = l.segment and m.account_id = l.account_id`.execute(transaction)
    }
    if (entered.length > 0) {
      await sql`
        insert into segment_member (segment, account_id, since)
        select * from unnest(${entered.map(({ segment }) => segment)}::text[],
          ${entered.map(({ accountId }) => accountId)}::bigint[],
          ${entered.map(({ asOf }) => asOf)}::timestamptz[])`.execute(transaction)
    }
  }
}

export interface SegmentMember {
  readonly accountId: number
  readonly externalId: string
  /** Since when the account is in the segment. */
  readonly since: Instant
  readonly score: StoredScore
  readonly scoredAt: Instant
}

export interface MemberQuery {
  readonly limit: number
  /** The last account of the previous page. */
  readonly after?: number | undefined
}

/** The members of a segment, by account id: an order that scores do not change, so that later pages miss no account. */
export async function listMembers(
  db: Kysely<Database>,
  segment: string,
  { limit, after = 0 }: MemberQuery,
): Promise<readonly SegmentMember[]> {
  const { rows } = await sql<{
    account_id: number
    external_id: string
    since: Instant
    score: Record<string, unknown>
    as_of: Instant
    stored_at: Instant
  }>`
    select m.account_id, s.external_id, m.since, s.score, ${SEEN_AS_OF} as as_of, ${SEEN_AT} as stored_at
    from segment_member m join account_score s on s.account_id = m.account_id
    ${LAST_RUNS}
    where m.segment = ${segment} and m.account_id > ${after}
    order by m.account_id limit ${limit}`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    externalId: row.external_id,
    since: row.since,
    score: StoredScore.parse({ ...row.score, as_of: row.as_of }),
    scoredAt: row.stored_at,
  }))
}

/** The members of a segment by what was written until an instant, in the same order. */
export async function listMembersAt(
  db: Kysely<Database>,
  segment: string,
  at: Instant,
  { limit, after = 0 }: MemberQuery,
): Promise<readonly { readonly accountId: number; readonly since: Instant }[]> {
  const { rows } = await sql<{ account_id: number; since: Instant }>`
    select last.account_id, last.as_of as since from (
      select distinct on (e.account_id) e.account_id, e.type, e.as_of from event e
      where e.type in ('segment.entered', 'segment.left') and e.payload ->> 'segment' = ${segment}
        and e.account_id > ${after} and ${storedBy('event', 'e', at)}
      order by e.account_id, e.event_id desc
    ) last
    where last.type = 'segment.entered'
    order by last.account_id limit ${limit}`.execute(db)
  return rows.map(({ account_id: accountId, since }) => ({ accountId, since }))
}

/** Accounts with a score, and members of any segment, with greater ids than `after`, by id. */
export async function listAccountsToEvaluate(
  db: Kysely<Database>,
  after: number,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await sql<{ account_id: number }>`
    (select account_id from account_score where account_id > ${after} order by account_id limit ${limit})
    union
    (select distinct account_id from segment_member where account_id > ${after} order by account_id limit ${limit})
    order by account_id limit ${limit}`.execute(db)
  return rows.map((row) => row.account_id)
}

/** The stored scores of these accounts, without accounts that have none. */
export async function listScoresOf(
  db: Kysely<Database>,
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, StoredScore>> {
  const { rows } = await sql<{ account_id: number; score: Record<string, unknown> }>`
    select account_id, score from account_score where account_id = any(${[...accountIds]}::bigint[])`.execute(db)
  return new Map(rows.map(({ account_id: accountId, score }) => [accountId, StoredScore.parse(score)]))
}

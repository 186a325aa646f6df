import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { RecordOutcome } from '../../core/delivery/write-back/outcome.ts'
import type { Database } from '../database/tables/schema.ts'

// The caller holds the adapter's lock (withExclusiveWork), so these statements claim no rows.

const READ_AT_ONCE = 5_000

/** Starts or resumes an adapter. At the first start and after a change of the mapping, every scored account is queued. */
export async function openWriteBack(
  db: Kysely<Database>,
  adapter: string,
  mappingSha256: string,
  everything: boolean,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ mapping_sha256: string }>`
      select mapping_sha256 from write_back where adapter = ${adapter}`.execute(transaction)
    if (rows[0]?.mapping_sha256 === mappingSha256 && !everything) return
    await sql`
      insert into write_back (adapter, read_up_to, mapping_sha256)
      select ${adapter}, last_sequence, ${mappingSha256} from event_feed
      on conflict (adapter) do update set mapping_sha256 = excluded.mapping_sha256, failures = 0, paused_until = null,
        problem = null`.execute(transaction)
    await waitEverybody(transaction, adapter)
    if (!everything) return
    await sql`update write_back_account set written_sha256 = null where adapter = ${adapter}`.execute(transaction)
  })
}

async function waitEverybody(transaction: Kysely<Database>, adapter: string): Promise<void> {
  await sql`
    insert into write_back_account (adapter, account_id)
    select ${adapter}, account_id from account_score
    union select ${adapter}, account_id from write_back_account where adapter = ${adapter}
    on conflict (adapter, account_id) do update set state = 'waiting', attempts = 0, next_attempt_at = now()`.execute(
    transaction,
  )
}

/**
 * Queues the accounts of the next events, in one transaction with the position in the feed: after a kill the write-back
 * continues at the committed position.
 * @returns whether there may be more
 */
export async function readFeed(db: Kysely<Database>, adapter: string): Promise<boolean> {
  return await db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ up_to: number | null; met: number; for_all: boolean; account_ids: number[] }>`
      select max(e.sequence) as up_to, count(*)::integer as met,
        coalesce(bool_or(e.type = 'model.promoted'), false) as for_all,
        coalesce(array_agg(distinct e.account_id) filter (where e.account_id is not null), '{}')::float8[] as account_ids
      from (
        select e.sequence, e.type, e.account_id from event e, write_back w
        where w.adapter = ${adapter} and e.sequence > w.read_up_to order by e.sequence limit ${READ_AT_ONCE}
      ) e`.execute(transaction)
    const [read] = rows
    if (!read || read.up_to === null) return false
    await sql`update write_back set read_up_to = ${read.up_to} where adapter = ${adapter}`.execute(transaction)
    if (read.for_all) await waitEverybody(transaction, adapter)
    await sql`
      insert into write_back_account (adapter, account_id)
      select ${adapter}, account_id from unnest(${read.account_ids}::bigint[]) as a (account_id)
      on conflict (adapter, account_id) do update set state = 'waiting', attempts = 0, next_attempt_at = now()
      where write_back_account.state <> 'waiting'`.execute(transaction)
    return read.met === READ_AT_ONCE
  })
}

export interface DueAccount {
  readonly accountId: number
  readonly attempts: number
  readonly writtenSha256: string | null
}

/** The accounts to write now, the longest waiting first; none while the adapter pauses. */
export async function listDue(db: Kysely<Database>, adapter: string, limit: number): Promise<readonly DueAccount[]> {
  const { rows } = await sql<{ account_id: number; attempts: number; written_sha256: string | null }>`
    select a.account_id, a.attempts, a.written_sha256 from write_back_account a join write_back w using (adapter)
    where a.adapter = ${adapter} and a.state = 'waiting' and a.next_attempt_at <= now()
      and coalesce(w.paused_until, '-infinity') <= now()
    order by a.next_attempt_at, a.account_id limit ${limit}`.execute(db)
  return rows.map((row) => ({
    accountId: row.account_id,
    attempts: row.attempts,
    writtenSha256: row.written_sha256,
  }))
}

export interface Settled {
  readonly accountId: number
  readonly attempts: number
  readonly outcome: RecordOutcome
  /** The digest of the fields that were written. */
  readonly sha256: string | null
  /** Null: no further attempt until the account changes. */
  readonly againInSeconds: number | null
}

/** Stores the results of a call. Ends the adapter's pause. */
export async function settle(db: Kysely<Database>, adapter: string, settled: readonly Settled[]): Promise<void> {
  const rows = settled.map(({ accountId, attempts, outcome, sha256, againInSeconds }) => ({
    account_id: accountId,
    attempts,
    state: outcome.kind === 'written' ? 'written' : againInSeconds === null ? 'failed' : 'waiting',
    wait: againInSeconds,
    status: outcome.kind === 'written' ? null : outcome.status,
    problem: outcome.kind === 'written' ? null : outcome.problem,
    sha256,
  }))
  await db.transaction().execute(async (transaction) => {
    await sql`
      update write_back_account a set state = s.state, attempts = s.attempts, last_attempt_at = clock_timestamp(),
        next_attempt_at = case when s.state = 'waiting' then clock_timestamp() + make_interval(secs => s.wait) end,
        last_status = s.status, last_problem = s.problem, written_sha256 = coalesce(s.sha256, a.written_sha256)
      from json_to_recordset(${JSON.stringify(rows)}::json) as s (account_id bigint, attempts smallint, state text,
        wait float8, status smallint, problem text, sha256 text)
      where a.adapter = ${adapter} and a.account_id = s.account_id`.execute(transaction)
    await sql`
      update write_back set failures = 0, paused_until = null, problem = null
      where adapter = ${adapter} and failures > 0`.execute(transaction)
  })
}

/** Stores that a whole call failed. */
export async function pauseWriteBack(
  db: Kysely<Database>,
  adapter: string,
  { problem, seconds }: { readonly problem: string; readonly seconds: number },
): Promise<void> {
  await sql`
    update write_back set failures = failures + 1, problem = ${problem},
      paused_until = clock_timestamp() + make_interval(secs => ${seconds}::float8)
    where adapter = ${adapter}`.execute(db)
}

export interface WriteBackState {
  readonly failures: number
  readonly pausedUntil: Instant | null
  readonly problem: string | null
  readonly counts: Readonly<Record<'waiting' | 'written' | 'failed', number>>
}

export async function getWriteBack(db: Kysely<Database>, adapter: string): Promise<WriteBackState> {
  const { rows } = await sql<
    Record<'waiting' | 'written' | 'failed' | 'failures', number> & {
      problem: string | null
      paused_until: Instant | null
    }
  >`
    select w.failures, w.problem, w.paused_until,
      count(*) filter (where a.state = 'waiting')::integer as waiting,
      count(*) filter (where a.state = 'written')::integer as written,
      count(*) filter (where a.state = 'failed')::integer as failed
    from write_back w left join write_back_account a using (adapter) where w.adapter = ${adapter}
    group by w.adapter`.execute(db)
  const [row] = rows
  if (!row) return { failures: 0, pausedUntil: null, problem: null, counts: { waiting: 0, written: 0, failed: 0 } }
  const { failures, problem, paused_until: pausedUntil, waiting, written, failed } = row
  return { failures, problem, pausedUntil, counts: { waiting, written, failed } }
}

export interface FailedAccount {
  readonly externalId: string
  readonly status: number | null
  readonly problem: string | null
  readonly at: Instant | null
}

/** Accounts that the CRM rejected, the newest first. */
export async function listFailed(
  db: Kysely<Database>,
  adapter: string,
  limit: number,
): Promise<readonly FailedAccount[]> {
  const rows = await db
    .selectFrom('write_back_account as a')
    .innerJoin('account as c', 'c.account_id', 'a.account_id')
    .select(['c.external_id', 'a.last_status', 'a.last_problem', 'a.last_attempt_at'])
    .where('a.adapter', '=', adapter)
    .where('a.state', '=', 'failed')
    .orderBy('a.last_attempt_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    externalId: row.external_id,
    status: row.last_status,
    problem: row.last_problem,
    at: row.last_attempt_at,
  }))
}

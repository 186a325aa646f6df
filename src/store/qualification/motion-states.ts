import { type Kysely, sql } from 'kysely'
import type { Stage } from '../../core/scoring/stages/stages.ts'
import { isOnTheList, type MotionState } from '../../core/qualification/state.ts'
import { addMonths, dayOf, firstOfMonth, type Instant, startOfDay } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

const BATCH = 5_000

export type StatesByAccount = ReadonlyMap<number, ReadonlyMap<string, MotionState>>

/** The buying stages of these accounts, without accounts in none. */
export async function listStages(
  db: Kysely<Database>,
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, Stage>> {
  const stages = new Map<number, Stage>()
  for (let start = 0; start < accountIds.length; start += BATCH) {
    const { rows } = await sql<{ account_id: number; stage: Stage }>`
      select account_id, stage from account_stage
      where account_id = any(${accountIds.slice(start, start + BATCH)}::bigint[])`.execute(db)
    for (const row of rows) stages.set(row.account_id, row.stage)
  }
  return stages
}

/**
 * The states of these accounts, locked until the end of the transaction: no account is claimed during its qualification.
 * @param accountIds null: all accounts
 */
export async function lockStates(
  transaction: Kysely<Database>,
  accountIds: readonly number[] | null,
): Promise<StatesByAccount> {
  const among = accountIds === null ? sql`` : sql`where account_id = any(${[...accountIds]}::bigint[])`
  const { rows } = await sql<StateRow>`
    select account_id, motion, detail from account_state ${among} order by account_id, motion for update`.execute(
    transaction,
  )
  return statesByAccount(rows)
}

interface StateRow {
  readonly account_id: number
  readonly motion: string
  readonly detail: MotionState
}

function statesByAccount(rows: readonly StateRow[]): StatesByAccount {
  const found = new Map<number, Map<string, MotionState>>()
  for (const { account_id: accountId, motion, detail } of rows) {
    const own = found.get(accountId) ?? new Map<string, MotionState>()
    found.set(accountId, own.set(motion, detail))
  }
  return found
}

/** The current states of all accounts. */
export async function listAllStates(db: Kysely<Database>): Promise<StatesByAccount> {
  const { rows } = await sql<StateRow>`
    select account_id, motion, detail from account_state order by account_id, motion`.execute(db)
  return statesByAccount(rows)
}

/** The states of one account, by motion. */
export async function listStates(
  db: Kysely<Database>,
  accountId: number,
): Promise<readonly { readonly motion: string; readonly state: MotionState }[]> {
  const { rows } = await sql<{ motion: string; detail: MotionState }>`
    select motion, detail from account_state where account_id = ${accountId} order by motion`.execute(db)
  return rows.map(({ motion, detail }) => ({ motion, state: detail }))
}

export async function writeStates(
  transaction: Kysely<Database>,
  changed: readonly { readonly accountId: number; readonly motion: string; readonly state: MotionState }[],
): Promise<void> {
  for (let start = 0; start < changed.length; start += BATCH) {
    const rows = changed.slice(start, start + BATCH).map(({ accountId, motion, state }) => ({
      account_id: accountId,
      motion,
      state: state.state,
      since: state.since,
      detail: state,
      owner: state.owner,
      paused_until: state.pausedUntil,
    }))
    await sql`
      insert into account_state (account_id, motion, state, since, detail, owner, paused_until)
      select s.account_id, s.motion, s.state, s.since, s.detail, s.owner, s.paused_until
      from json_to_recordset(${JSON.stringify(rows)}::json) as s (account_id bigint, motion text, state text,
        since timestamptz, detail jsonb, owner text, paused_until timestamptz)
      on conflict (account_id, motion) do update set state = excluded.state, since = excluded.since,
        detail = excluded.detail, owner = excluded.owner, paused_until = excluded.paused_until`.execute(transaction)
  }
}

export async function writeStages(
  transaction: Kysely<Database>,
  changed: readonly { readonly accountId: number; readonly stage: Stage | null }[],
  since: Instant,
): Promise<void> {
  const left = changed.flatMap(({ accountId, stage }) => (stage === null ? [accountId] : []))
  const entered = changed.flatMap(({ accountId, stage }) => (stage === null ? [] : [{ accountId, stage }]))
  if (left.length > 0) {
    await sql`delete from account_stage where account_id = any(${left}::bigint[])`.execute(transaction)
  }
  for (let start = 0; start < entered.length; start += BATCH) {
    const rows = entered.slice(start, start + BATCH)
    await sql`
      insert into account_stage (account_id, stage, since)
      select s.account_id, s.stage, ${since}::timestamptz
      from unnest(${rows.map(({ accountId }) => accountId)}::bigint[], ${rows.map(({ stage }) => stage)}::text[])
        as s (account_id, stage)
      on conflict (account_id) do update set stage = excluded.stage, since = excluded.since`.execute(transaction)
  }
}

/** By motion, how many have entered in the month of an instant. */
export async function countEntered(db: Kysely<Database>, asOf: Instant): Promise<ReadonlyMap<string, number>> {
  const month = firstOfMonth(dayOf(asOf))
  const rows = await db
    .selectFrom('event as e')
    .select(({ fn }) => ['e.motion', fn.countAll<number>().as('entered')])
    .where('e.type', '=', 'account.qualified')
    .where('e.as_of', '>=', startOfDay(month))
    .where('e.as_of', '<', startOfDay(addMonths(month, 1)))
    .groupBy('e.motion')
    .execute()
  return new Map(rows.map(({ motion, entered }) => [motion ?? '', entered]))
}

/** Accounts with a score, a stage, a segment or a state, all of which end with the account. */
export async function listKeptAccounts(db: Kysely<Database>, states: StatesByAccount): Promise<readonly number[]> {
  const { rows } = await sql<{ account_id: number }>`
    select account_id from account_score union select account_id from account_stage
    union select account_id from segment_member`.execute(db)
  const kept = new Set(rows.map((row) => row.account_id))
  for (const [accountId, own] of states) {
    const isOpen = [...own.values()].some((state) => isOnTheList(state) || state.state === 'opportunity_opened')
    if (isOpen) kept.add(accountId)
  }
  return [...kept]
}

import { type Kysely, sql } from 'kysely'
import { Action } from '../../core/qualification/playbook/action.ts'
import { ACTION_EVENTS, type ActionEvent } from '../../core/qualification/playbook/history.ts'
import type { History, Triggered } from '../../core/qualification/playbook/evaluate-rules.ts'
import type { EventType } from '../../core/qualification/event-types.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'
import { storedBy } from '../features/stored-by.ts'

const BATCH = 2_000

/** The last action of each rule for each of these accounts. */
export async function listHistories(
  db: Kysely<Database>,
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, History>> {
  const found = new Map<number, Map<string, Triggered>>()
  for (let start = 0; start < accountIds.length; start += BATCH) {
    const { rows } = await sql<{
      account_id: number
      rule: string
      triggered_at: Instant
      expires_at: Instant
      ended_at: Instant | null
      ended_because: string | null
      action: unknown
    }>`
      select account_id, rule, triggered_at, expires_at, ended_at, ended_because, action from account_action
      where account_id = any(${accountIds.slice(start, start + BATCH)}::bigint[])
      order by account_id, rule`.execute(db)
    for (const row of rows) {
      const { ended_at: at, ended_because: because } = row
      const own = found.get(row.account_id) ?? new Map<string, Triggered>()
      own.set(row.rule, {
        action: Action.parse(row.action),
        triggeredAt: row.triggered_at,
        expiresAt: row.expires_at,
        ended: at === null || because === null ? null : { at, because },
      })
      found.set(row.account_id, own)
    }
  }
  return found
}

/** The accounts among these with an action in force at an instant. */
export async function listAccountsWithActions(
  db: Kysely<Database>,
  accountIds: readonly number[],
  at: Instant,
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ account_id: number }>`
    select distinct account_id from account_action
    where account_id = any(${[...accountIds]}::bigint[]) and ended_at is null and expires_at > ${at}::timestamptz`.execute(
    db,
  )
  return new Set(rows.map((row) => row.account_id))
}

export async function writeHistories(
  transaction: Kysely<Database>,
  changed: readonly { readonly accountId: number; readonly triggered: Triggered }[],
): Promise<void> {
  for (let start = 0; start < changed.length; start += BATCH) {
    const rows = changed.slice(start, start + BATCH).map(({ accountId, triggered }) => ({
      account_id: accountId,
      rule: triggered.action.rule,
      triggered_at: triggered.triggeredAt,
      expires_at: triggered.expiresAt,
      ended_at: triggered.ended?.at ?? null,
      ended_because: triggered.ended?.because ?? null,
      action: triggered.action,
    }))
    await sql`
      insert into account_action (account_id, rule, triggered_at, expires_at, ended_at, ended_because, action)
      select a.account_id, a.rule, a.triggered_at, a.expires_at, a.ended_at, a.ended_because, a.action
      from json_to_recordset(${JSON.stringify(rows)}::json) as a (account_id bigint, rule text, triggered_at timestamptz,
        expires_at timestamptz, ended_at timestamptz, ended_because text, action jsonb)
      on conflict (account_id, rule) do update set triggered_at = excluded.triggered_at,
        expires_at = excluded.expires_at, ended_at = excluded.ended_at, ended_because = excluded.ended_because,
        action = excluded.action`.execute(transaction)
  }
}

/** The events of an account's actions that were written by an instant, in order. */
export async function listActionEvents(
  db: Kysely<Database>,
  accountId: number,
  at: Instant,
): Promise<readonly ActionEvent[]> {
  const rows = await db
    .selectFrom('event as e')
    .select(['e.type', 'e.as_of', 'e.payload'])
    .where('e.account_id', '=', accountId)
    .where('e.type', 'in', ACTION_EVENTS)
    .where(storedBy('event', 'e', at))
    .orderBy('e.event_id')
    .execute()
  return rows.map((row) => ({
    type: row.type as EventType,
    asOf: row.as_of,
    payload: row.payload as ActionEvent['payload'],
  }))
}

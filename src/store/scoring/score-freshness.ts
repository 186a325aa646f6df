import { type Kysely, sql } from 'kysely'
import type { ScoresState } from '../../core/scoring/freshness.ts'
import type { Instant } from '../../core/base/time.ts'
import { knownBefore } from '../features/known-before.ts'
import type { Database } from '../database/tables/schema.ts'

interface StateRow {
  readonly champion: string | null
  readonly has_accounts: boolean
  readonly version: string | null
  readonly as_of: Instant | null
  readonly stored_at: Instant | null
  readonly policy_sha256: string | null
  readonly last_import: Instant | null
  readonly policy_set_at: Instant | null
}

export async function readScoresState(db: Kysely<Database>, now: Instant): Promise<ScoresState> {
  const { rows } = await sql<StateRow>`
    select (select version from model_version where is_champion) as champion,
      exists (select from account a where ${knownBefore('account', 'a', sql`${now}::timestamptz`)}) as has_accounts,
      stored.version, stored.as_of, stored.stored_at, stored.policy_sha256,
      (select max(finished_at) from import_run) as last_import,
      (select policy_set_at from model_version where is_champion) as policy_set_at
    from (select) one
    left join (
      select version, as_of, stored_at, policy_sha256 from scoring_run
      where scope = 'everybody' order by scoring_run_id desc limit 1
    ) stored on true`.execute(db)
  const row = rows[0]
  const isStored = row && row.version !== null && row.as_of !== null && row.stored_at !== null
  return {
    champion: row?.champion ?? undefined,
    hasAccounts: row?.has_accounts ?? false,
    stored: isStored
      ? { version: row.version, asOf: row.as_of, scoredAt: row.stored_at, policySha256: row.policy_sha256 }
      : undefined,
    lastImportFinishedAt: row?.last_import ?? undefined,
    policySetAt: row?.policy_set_at ?? undefined,
  }
}

/**
 * Runs `work` while no other process of this database runs work of the same name, else nothing. The lock is a
 * transaction's own: it is released when the process dies, and it works behind a connection pooler too.
 * @returns undefined when another process holds the lock
 */
export async function withExclusiveWork<Result>(
  db: Kysely<Database>,
  name: string,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result } | undefined> {
  return await db.transaction().execute(async (trx) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx)
    const { rows } = await sql<{ taken: boolean }>`
      select pg_try_advisory_xact_lock(hashtext(${name})) as taken`.execute(trx)
    return rows[0]?.taken ? { result: await work() } : undefined
  })
}

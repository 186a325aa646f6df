import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

/**
 * A text that changes whenever the list of qualified accounts, or anything shown with it,
 * may change: the number of events, scoring runs, merged accounts, the champion, and what ended with
 * time: pauses and actions. One statement of index lookups, whatever the size of the list.
 *
 * Events are counted: the last number given plus the events without a number is how many are committed, whichever
 * of two transactions commits first and whenever they are numbered. Runs commit in the order of their ids; runs of merges do
 * not.
 */
export async function readListVersion(db: Kysely<Database>, now: Instant): Promise<string> {
  const { rows } = await sql<{ version: string }>`
    select concat_ws(' ',
      (select last_sequence from event_feed) + (select count(*) from event where sequence is null and in_feed),
      coalesce((select max(scoring_run_id) from scoring_run where scope <> 'merged'), 0),
      (select count(*) from scoring_run where scope = 'merged'),
      coalesce((select version from model_version where is_champion), '-'),
      coalesce((select max(paused_until)::text from account_state where paused_until <= ${now}::timestamptz), '-'),
      coalesce((select max(expires_at)::text from account_action where expires_at <= ${now}::timestamptz), '-')
    ) as version`.execute(db)
  return rows[0]?.version ?? ''
}

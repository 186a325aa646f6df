import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { EventType } from '../../core/qualification/event-types.ts'
import { type LoggedOutcomes, loggedOutcome, OUTCOME_EVENTS } from '../../core/qualification/outcomes.ts'
import type { Database } from '../database/tables/schema.ts'

/** What the log says last of the outcomes of these opportunities. */
export async function listLoggedOutcomes(
  db: Kysely<Database>,
  opportunities: readonly string[],
): Promise<LoggedOutcomes> {
  if (opportunities.length === 0) return new Map()
  const { rows } = await loggedOutcomesOf(opportunities).execute(db)
  return new Map(rows.map(({ opportunity, type, outcome }) => [opportunity, loggedOutcome(type, outcome)]))
}

interface OutcomeRow {
  readonly opportunity: string
  readonly type: EventType
  readonly outcome: string | null
}

/**
 * By opportunity and not by account: one that came with a merged account, or was moved to another, is not told again there.
 * The types are written out, as the index has them.
 */
export function loggedOutcomesOf(opportunities: readonly string[]): RawBuilder<OutcomeRow> {
  const types = sql.join(OUTCOME_EVENTS.map((type) => sql.lit(type)))
  return sql<OutcomeRow>`
    select o.opportunity, e.type, e.outcome
    from unnest(${[...new Set(opportunities)]}::text[]) as o (opportunity)
    cross join lateral (
      select e.type, e.payload ->> 'outcome' as outcome from event e
      where e.type in (${types}) and e.payload ->> 'opportunity' = o.opportunity
      order by e.event_id desc limit 1
    ) e`
}

import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { EventType } from '../../core/qualification/event-types.ts'
import { type LoggedOutcomes, loggedOutcome, OUTCOME_EVENTS } from '../../core/qualification/outcomes.ts'
import type { Database } from '../database/tables/schema.ts'

/** The outcomes of these opportunities that the log reported last. */
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
 * By opportunity and not by account: an opportunity of a merged account, or one that was moved to another, is not reported
 * again.
 * The types are literals, as in the index.
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

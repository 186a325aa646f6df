import { type Instant, instantPlusDays } from '../base/time.ts'
import type { AccountFacts, FactOpportunity } from './account-facts.ts'
import { type AccountInput, scorePayload } from './decide.ts'
import type { EventType, Json, NewEvent } from './event-types.ts'

export type ClosedOutcome = 'won' | 'lost'

/** The last logged outcome of each opportunity, by external id. */
export type LoggedOutcomes = ReadonlyMap<string, ClosedOutcome>

/**
 * Opportunities that closed earlier create no event, whenever they became known: an import of history must not be published
 * as news. Long enough for a CRM that is updated at the end of the month.
 */
const NEWS_DAYS = 30

/** The events that log an outcome, published or not. */
export const OUTCOME_EVENTS = ['opportunity.won', 'opportunity.lost', 'opportunity.known'] as const

function isOutcomeEvent(type: EventType): boolean {
  return (OUTCOME_EVENTS as readonly EventType[]).includes(type)
}

/** The outcome of an event of `OUTCOME_EVENTS`. @param outcome from its payload, for `opportunity.known` */
export function loggedOutcome(type: EventType, outcome: Json | undefined): ClosedOutcome {
  if (type === 'opportunity.known') return outcome === 'won' ? 'won' : 'lost'
  return type === 'opportunity.won' ? 'won' : 'lost'
}

/** The last outcome of each opportunity in these events. */
export function outcomesOf(events: readonly NewEvent[]): LoggedOutcomes {
  const outcomes = new Map<string, ClosedOutcome>()
  for (const { type, payload } of events) {
    const { opportunity } = payload
    if (isOutcomeEvent(type) && typeof opportunity === 'string')
      outcomes.set(opportunity, loggedOutcome(type, payload['outcome']))
  }
  return outcomes
}

interface Closed extends FactOpportunity {
  readonly outcome: ClosedOutcome
}

/** The opportunities that closed within `NEWS_DAYS`. */
export function recentlyClosed({ opportunities }: AccountFacts, asOf: Instant): readonly Closed[] {
  if (opportunities.length === 0) return []
  const since = instantPlusDays(asOf, -NEWS_DAYS)
  return opportunities.filter(
    (one): one is Closed => one.outcome !== 'open' && one.closedAt !== null && one.closedAt >= since,
  )
}

/**
 * The new outcomes: of recently closed opportunities whose outcome differs from the log, including the events of this run.
 * Outcomes of listed accounts are among these events already, with motion and owner.
 *
 * Outcomes that preceded the first score of the account are logged as `opportunity.known`, outside the feed; otherwise the
 * next run would publish them.
 *
 * Example: lost is published; reopening publishes nothing; lost again is no change; won is published; so is lost after that.
 */
export function outcomeEvents(
  input: AccountInput,
  ofThisRound: readonly NewEvent[],
  logged: LoggedOutcomes,
  asOf: Instant,
): readonly NewEvent[] {
  const { accountId, score, previous, facts } = input
  if (!score) return []
  const ofTheList = outcomesOf(ofThisRound)
  const common = { accountId, motion: null, asOf, modelVersion: score.model_version, actor: null }
  return recentlyClosed(facts, asOf).flatMap(({ externalId: opportunity, outcome, openedAt, closedAt }): NewEvent[] => {
    if ((ofTheList.get(opportunity) ?? logged.get(opportunity)) === outcome) return []
    if (!previous) return [{ ...common, type: 'opportunity.known', payload: { opportunity, outcome }, inFeed: false }]
    const payload = { opportunity, owner: null, opened_at: openedAt, closed_at: closedAt, ...scorePayload(score) }
    return [{ ...common, type: `opportunity.${outcome}`, payload }]
  })
}

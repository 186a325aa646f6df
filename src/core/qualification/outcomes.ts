import { type Instant, instantPlusDays } from '../base/time.ts'
import type { AccountFacts, FactOpportunity } from './account-facts.ts'
import { type AccountInput, scorePayload } from './decide.ts'
import type { EventType, Json, NewEvent } from './event-types.ts'

export type ClosedOutcome = 'won' | 'lost'

/** What an opportunity's last outcome in the log was, by external id; none where nothing was ever said of it. */
export type LoggedOutcomes = ReadonlyMap<string, ClosedOutcome>

/**
 * An opportunity that closed longer before as-of is history, whenever it became known: who imports the past of an account
 * does not want it told as if it happened today. Long enough for a CRM that is entered at the end of the month.
 */
const NEWS_DAYS = 30

/** The events by which the log remembers an outcome, told or not. */
export const OUTCOME_EVENTS = ['opportunity.won', 'opportunity.lost', 'opportunity.known'] as const

function isOutcomeEvent(type: EventType): boolean {
  return (OUTCOME_EVENTS as readonly EventType[]).includes(type)
}

/** Which outcome an event of `OUTCOME_EVENTS` is of. @param outcome what its payload says, where its type does not */
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

/** What closed so recently that its outcome may be news. */
export function recentlyClosed({ opportunities }: AccountFacts, asOf: Instant): readonly Closed[] {
  if (opportunities.length === 0) return []
  const since = instantPlusDays(asOf, -NEWS_DAYS)
  return opportunities.filter(
    (one): one is Closed => one.outcome !== 'open' && one.closedAt !== null && one.closedAt >= since,
  )
}

/**
 * The outcomes that are news: of opportunities that closed lately and of which the log, with the events of this round, does not
 * say the same already. What the list pursues has been told by then, with its motion and owner.
 *
 * What had closed when the account got its first score is history. It is written where no feed tells it, or the next round
 * would take it for news.
 *
 * Example: lost is told; open again says nothing; lost again is the same; won is told; lost after that is told too.
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

import { type Stage, STAGES } from '../scoring/stages/stages.ts'
import type { StoredScore } from '../scoring/published-score.ts'
import { type Instant, instantPlusDays } from '../base/time.ts'
import type { AccountFacts } from './account-facts.ts'
import type { EventType, Json, NewEvent } from './event-types.ts'
import type { MotionRules } from './policy.ts'
import { initialState, isOnTheList, isInControlGroup, type MotionState } from './state.ts'

const EVIDENCE = ['low', 'medium', 'high'] as const
const TOP_REASONS = 3

export interface PreviousScore {
  readonly version: string
  readonly grades: StoredScore['grades']
  readonly notScoredBecause: StoredScore['not_scored_because']
  /** The family scores of the last `score.changed`; those first stored if there was none. */
  readonly toldScores: StoredScore['scores']
}

/** The previous state of an account and its present facts. */
export interface AccountInput {
  readonly accountId: number
  /** By motion; none if there were no events. */
  readonly states: ReadonlyMap<string, MotionState>
  readonly stage: Stage | null
  /** From the previous stored score. */
  readonly previous: PreviousScore | null
  /** Null if the account was merged into another or deleted. */
  readonly score: StoredScore | null
  readonly facts: AccountFacts
}

/** An account that meets the conditions of the policy; capacity and holdout decide whether it enters. */
export interface Candidate {
  readonly accountId: number
  readonly rules: MotionRules
  readonly probability: number
  /** The group of an earlier assignment that is still in force. */
  readonly group: MotionState['group']
  /** The event of the entry. */
  readonly entry: NewEvent
}

export interface Decision {
  readonly events: readonly NewEvent[]
  readonly candidate: Candidate | null
}

/**
 * Decides on an account's new score in one motion. The same score again gives no event.
 *
 * Example with enter 0.05, exit 0.03, minimum dwell 10 days: at 0.06 on day 0 the account enters. 0.04 on day 3 changes
 * nothing, since it is above the exit. 0.02 on day 5 is below, but it has been listed for only 5 days; on day 10 it leaves if
 * it is still below. An excluded account leaves at once; so does one with a new opportunity, whatever its probability.
 */
export function decide(input: AccountInput, rules: MotionRules, asOf: Instant): Decision {
  const state = input.states.get(rules.motion) ?? initialState(asOf)
  const write = writer(input, rules, asOf)
  if (isOnTheList(state)) return { events: listed(input, state, rules, asOf, write), candidate: null }
  if (state.state === 'opportunity_opened') return { events: pursued(input, state, write), candidate: null }
  return { events: [], candidate: candidateOf(input, state, rules, asOf, write) }
}

type Write = (type: EventType, payload: { readonly [key: string]: Json }) => NewEvent

function writer(input: AccountInput, rules: MotionRules, asOf: Instant): Write {
  return (type, payload) => ({
    type,
    accountId: input.accountId,
    motion: rules.motion,
    asOf,
    modelVersion: versionOf(input),
    actor: null,
    payload: { ...payload, ...scorePayload(input.score), threshold: { enter: rules.enter, exit: rules.exit } },
  })
}

/** The fields about the account that every event has. */
export function scorePayload(score: StoredScore | null): { readonly [key: string]: Json } {
  return {
    external_id: score?.account_external_id ?? null,
    name: score?.account_name ?? null,
    qualified_probability: score?.qualified_probability ?? null,
    in_market_probability: score?.in_market_probability ?? null,
    win_probability: score?.win_probability ?? null,
    buying_stage: score?.buying_stage ?? null,
    evidence: score?.evidence ?? null,
    reasons: (score?.reasons ?? []).slice(0, TOP_REASONS).map(({ direction, sentence }) => ({ direction, sentence })),
  }
}

function versionOf({ score, previous }: AccountInput): string | null {
  return score?.model_version ?? previous?.version ?? null
}

function isModelChanged({ score, previous }: AccountInput): boolean {
  return score !== null && previous !== null && score.model_version !== previous.version
}

function listed(input: AccountInput, state: MotionState, rules: MotionRules, asOf: Instant, write: Write) {
  const { score, facts } = input
  if (!score) return [write('account.disqualified', { reason: 'account_gone' })]
  const pursuit = opportunityEvents(input, state, write)
  if (pursuit.length > 0) return pursuit
  const exclusion = exclusionOf(facts, rules)
  if (exclusion !== null) return [write('account.disqualified', { reason: 'excluded', exclusion })]
  const reason = whyLeave(score, rules)
  if (reason === null) return []
  if (isModelChanged(input)) return [write('account.disqualified', { reason: 'model_changed', because: reason })]
  // Dwell restarts with each action of a person, so that the account does not leave the day after.
  const stayedSince = [state.enteredAt ?? state.since, state.touchedAt ?? state.since].toSorted().at(-1) ?? state.since
  return instantPlusDays(stayedSince, rules.dwellDays) <= asOf ? [write('account.disqualified', { reason })] : []
}

/** An opportunity that opened since the account entered the list, and its outcome if it has closed. */
function opportunityEvents({ facts, score }: AccountInput, state: MotionState, write: Write): NewEvent[] {
  const since = state.enteredAt ?? state.since
  const open = facts.opportunities.findLast(({ outcome }) => outcome === 'open')
  const found = open ?? facts.opportunities.findLast(({ openedAt }) => openedAt >= since)
  if (!found) return []
  const payload = { opportunity: found.externalId, opened_at: found.openedAt, owner: state.owner }
  const opened = write('account.opportunity_opened', { ...payload, not_scored: score?.not_scored_because ?? null })
  if (found.outcome === 'open') return [opened]
  return [opened, write(found.outcome === 'won' ? 'opportunity.won' : 'opportunity.lost', payload)]
}

function pursued({ facts, score }: AccountInput, state: MotionState, write: Write): NewEvent[] {
  if (!score) return [write('account.disqualified', { reason: 'account_gone' })]
  const { opportunity } = state
  const found = facts.opportunities.find(({ externalId }) => externalId === opportunity)
  if (!found) return [write('account.disqualified', { reason: 'opportunity_gone', opportunity })]
  if (found.outcome === 'open') return []
  return [write(found.outcome === 'won' ? 'opportunity.won' : 'opportunity.lost', { opportunity, owner: state.owner })]
}

function candidateOf(
  input: AccountInput,
  state: MotionState,
  rules: MotionRules,
  asOf: Instant,
  write: Write,
): Candidate | null {
  const { score, facts } = input
  const probability = score?.qualified_probability ?? null
  if (!score || probability === null || probability < rules.enter) return null
  if (placeOf(score.buying_stage) < placeOf(rules.minimumStage)) return null
  if (EVIDENCE.indexOf(score.evidence) < EVIDENCE.indexOf(rules.minimumEvidence)) return null
  if (exclusionOf(facts, rules) !== null || facts.opportunities.some(({ outcome }) => outcome === 'open')) return null
  if (state.leftAt !== null && asOf < instantPlusDays(state.leftAt, rules.coolDownDays)) return null
  if (rules.usesHoldout && isInControlGroup(state, asOf)) return null
  const reason = isModelChanged(input) ? 'model_changed' : 'entered'
  return {
    accountId: input.accountId,
    rules,
    probability,
    group: state.groupUntil !== null && asOf < state.groupUntil ? state.group : null,
    entry: write('account.qualified', { reason }),
  }
}

function exclusionOf(facts: AccountFacts, rules: MotionRules): string | null {
  const [first] = facts.excludedBy
  if (first !== undefined) return first
  if (facts.isCustomer === (rules.takes === 'customers')) return null
  return facts.isCustomer ? 'customer' : 'no_customer'
}

function whyLeave(score: StoredScore, rules: MotionRules): string | null {
  if (score.qualified_probability === null) return 'not_scored'
  if (score.qualified_probability < rules.exit) return 'below_exit'
  return placeOf(score.buying_stage) < placeOf(rules.minimumStage) ? 'below_stage' : null
}

function placeOf(stage: Stage | null): number {
  return stage === null ? -1 : STAGES.indexOf(stage)
}

/** The move between buying stages, if any. An account with an open opportunity has no stage. */
export function stageEvents(input: AccountInput, asOf: Instant): readonly NewEvent[] {
  const { accountId, score, stage: from } = input
  const to = score?.buying_stage ?? null
  if (from === to) return []
  const reason = !score
    ? 'account_gone'
    : (score.not_scored_because ?? (isModelChanged(input) ? 'model_changed' : from === null ? 'first_scored' : 'moved'))
  const event: NewEvent = {
    type: 'account.stage_changed',
    accountId,
    motion: null,
    asOf,
    modelVersion: versionOf(input),
    actor: null,
    payload: { from, to, reason, ...scorePayload(score) },
  }
  // The first stage `target` is not published.
  return [from === null && to === 'target' ? { ...event, inFeed: false } : event]
}

/**
 * `score.changed` if a grade changed, a family score moved by `step` points since its last event, or a score appeared or
 * disappeared. The move counts from the last event, so that many small moves add up to an event.
 */
export function scoreEvents(input: AccountInput, step: number, asOf: Instant): readonly NewEvent[] {
  const { accountId, score, previous } = input
  if (!score || !previous) return []
  const isSame =
    score.not_scored_because === previous.notScoredBecause &&
    GRADED.every((family) => score.grades[family] === previous.grades[family]) &&
    GRADED.every((family) => !isMoved(previous.toldScores[family], score.scores[family], step))
  if (isSame) return []
  const payload = {
    grades: score.grades,
    previous_grades: previous.grades,
    scores: score.scores,
    previous_scores: previous.toldScores,
    not_scored_because: score.not_scored_because,
    ...scorePayload(score),
  }
  const common = { accountId, motion: null, asOf, modelVersion: versionOf(input), actor: null }
  return [{ ...common, type: 'score.changed', payload }]
}

function isMoved(from: number | null, to: number | null, step: number): boolean {
  return from === null || to === null ? from !== to : Math.abs(to - from) >= step
}

const GRADED = ['account_fit', 'contact_fit', 'engagement', 'intent'] as const

import type { AccountFacts, FactOpportunity } from '../../../src/core/qualification/account-facts.ts'
import type { AccountInput, PreviousScore } from '../../../src/core/qualification/decide.ts'
import { type AllDecided, decideAll } from '../../../src/core/qualification/evaluate-policy.ts'
import type { NewEvent } from '../../../src/core/qualification/event-types.ts'
import { type ClosedOutcome, outcomesOf } from '../../../src/core/qualification/outcomes.ts'
import { Policy, rulesOf } from '../../../src/core/qualification/policy.ts'
import { after, initialState, type MotionState } from '../../../src/core/qualification/state.ts'
import type { StoredScore } from '../../../src/core/scoring/published-score.ts'
import type { Stage } from '../../../src/core/scoring/stages/stages.ts'
import { type Instant, instantPlusDays } from '../../../src/core/base/time.ts'
import { publishedScore } from '../../support/accounts.ts'

export const START = '2026-01-01T00:00:00.000000Z' as Instant
export const day = (days: number) => instantPlusDays(START, days)
export const MOTION = 'new_business'

/** Enter 0.05, exit 0.03, dwell and cool-down 10 days, no holdout. */
export function policyOf(changes: object = {}): Policy {
  return Policy.parse({
    qualified_probability: { enter: 0.05, exit: 0.03 },
    dwell_days: 10,
    cool_down_days: 10,
    holdout: { share: 0 },
    ...changes,
  })
}

export const NO_FACTS: AccountFacts = { isCustomer: false, excludedBy: [], opportunities: [], attributes: {} }

export function scoreOf(probability: number | null, changes: Partial<StoredScore> = {}): StoredScore {
  const { contributions: _, ...score } = publishedScore({ qualified_probability: probability, ...changes })
  return score
}

export function openDeal(externalId: string, openedAt: Instant): FactOpportunity {
  return { externalId, outcome: 'open', openedAt, closedAt: null }
}

export function closedDeal(
  externalId: string,
  outcome: ClosedOutcome,
  openedAt: Instant,
  closedAt: Instant,
): FactOpportunity {
  return { externalId, outcome, openedAt, closedAt }
}

function previousOf(score: StoredScore, toldScores: StoredScore['scores']): PreviousScore {
  const { model_version: version, grades, not_scored_because: notScoredBecause } = score
  return { version, grades, notScoredBecause, toldScores }
}

export interface Seen {
  readonly score: StoredScore | null
  readonly facts?: Partial<AccountFacts>
}

/** Accounts whose states are carried from round to round, as the database does. */
export function companyOf(first: Policy = policyOf()) {
  let policy = first
  const states = new Map<number, Map<string, MotionState>>()
  const stages = new Map<number, Stage | null>()
  const previous = new Map<number, PreviousScore>()
  const log: NewEvent[] = []
  const inputOf = (accountId: number, { score, facts }: Seen): AccountInput => ({
    accountId,
    states: states.get(accountId) ?? new Map(),
    stage: stages.get(accountId) ?? null,
    previous: previous.get(accountId) ?? null,
    score,
    facts: { ...NO_FACTS, ...facts },
  })
  const keep = ({ events, states: changed, stages: moved }: AllDecided) => {
    log.push(...events)
    for (const { accountId, motion, state } of changed)
      states.set(accountId, new Map([...(states.get(accountId) ?? []), [motion, state]]))
    for (const { accountId, stage } of moved) stages.set(accountId, stage)
  }
  return {
    log,
    follow(next: Policy) {
      policy = next
    },
    stateOf: (accountId = 1, motion = MOTION) => states.get(accountId)?.get(motion),
    /** @returns the events of motions that were written */
    round(asOf: Instant, seen: ReadonlyMap<number, Seen>): readonly NewEvent[] {
      const month = asOf.slice(0, 7)
      const entered = log.filter((event) => event.type === 'account.qualified' && event.asOf.startsWith(month))
      const decided = decideAll({
        accounts: [...seen].map(([accountId, one]) => inputOf(accountId, one)),
        rules: rulesOf(policy, null),
        holdout: policy.holdout,
        scoreStep: policy.score_step,
        asOf,
        enteredThisMonth: new Map([[MOTION, entered.length]]),
        loggedOutcomes: outcomesOf(log),
      })
      keep(decided)
      for (const [accountId, { score }] of seen) {
        const isTold = decided.events.some((event) => event.accountId === accountId && event.type === 'score.changed')
        const told = isTold ? undefined : previous.get(accountId)?.toldScores
        if (score) previous.set(accountId, previousOf(score, told ?? score.scores))
      }
      return decided.events.filter(({ motion }) => motion !== null)
    },
    /** One account, one score. */
    see(
      asOf: Instant,
      probability: number | null,
      changes: Partial<StoredScore> = {},
      facts: Partial<AccountFacts> = {},
    ) {
      return this.round(asOf, new Map([[1, { score: scoreOf(probability, changes), facts }]])).map(({ type }) => type)
    },
    /** A person did something. */
    act(event: Pick<NewEvent, 'type' | 'asOf' | 'actor' | 'payload'>, accountId = 1) {
      const state = states.get(accountId)?.get(MOTION) ?? initialState(event.asOf)
      states.set(accountId, new Map([...(states.get(accountId) ?? []), [MOTION, after(state, event)]]))
      log.push({ ...event, accountId, motion: MOTION, modelVersion: 'v1' })
    },
  }
}

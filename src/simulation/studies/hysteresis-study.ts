import type { Stage, StageBoundary } from '../../core/scoring/stages/stages.ts'
import { isRelevant } from '../../core/training/cohorts/relevance.ts'
import { type AccountFacts, factsOf } from '../../core/qualification/account-facts.ts'
import type { AccountInput } from '../../core/qualification/decide.ts'
import { decideAll } from '../../core/qualification/evaluate-policy.ts'
import { type Policy, rulesOf } from '../../core/qualification/policy.ts'
import { isOnTheList, type MotionState } from '../../core/qualification/state.ts'
import { buyingStage } from '../../core/scoring/stages/buying-stage.ts'
import type { StoredScore } from '../../core/scoring/published-score.ts'
import { simulationOptions } from '../options.ts'
import { addDays, addMonths, dayNumber, dayOf, type Instant, type IsoDate, startOfDay } from '../../core/base/time.ts'
import { learnBoth, type ReplaySpecification } from './replay-policies.ts'
import { createWorld } from './simulated-world.ts'

/** A year of a company, as its scores were on each day. */
export interface ScoredYear {
  readonly days: readonly Instant[]
  /** By account, by day; null where it could not be scored. */
  readonly accounts: readonly (readonly (ScoredDay | null)[])[]
  readonly boundaries: readonly StageBoundary[]
  /** The threshold that `share` of the first day's accounts reach. */
  readonly threshold: number
  /** Account and day of each opening in the year that was won in the end. */
  readonly won: readonly { readonly account: number; readonly day: number }[]
}

interface ScoredDay {
  readonly inMarket: number
  readonly qualified: number
  readonly facts: AccountFacts
}

export interface ListFigures {
  readonly meanSize: number
  readonly entries: number
  /** Entries within 30 days of having left. */
  readonly reentries: number
  /** Share of the deals won whose account was on the list on the day before they opened, or in the 90 days before. */
  readonly caughtAtOpening: number
  readonly caughtWithin90Days: number
  /** The shortest stay that no opportunity or exclusion ended, in days. */
  readonly shortestStay: number
}

const END = '2026-01-01' as IsoDate
const TRAINING_MONTHS = 30
const YEAR_MONTHS = 12
const MATURING_MONTHS = 9
const REENTRY_DAYS = 30
const CAUGHT_DAYS = 90

/** Learns from 30 months, then scores every account on every day of the year that follows. */
export function scoreYear(
  options: { readonly seed: string; readonly accounts: number; readonly share: number },
  specification: Omit<ReplaySpecification, 'rule'>,
  policy: Policy,
): ScoredYear {
  const months = TRAINING_MONTHS + YEAR_MONTHS + MATURING_MONTHS
  const world = createWorld(simulationOptions({ end: END, months, seed: options.seed, accounts: options.accounts }))
  const start = addMonths(END, -(YEAR_MONTHS + MATURING_MONTHS))
  const end = addMonths(start, YEAR_MONTHS)
  const predict = learnBoth(world, startOfDay(start), specification)
  if (typeof predict !== 'function')
    throw new RangeError(`the model cannot be trained on so few examples: ${predict.kind}`)
  const days = Array.from({ length: dayNumber(end) - dayNumber(start) }, (_, index) =>
    startOfDay(addDays(start, index)),
  )
  const accounts = world.accounts.map((account) =>
    days.map((day): ScoredDay | null => {
      const snapshot = world.snapshot(account, day)
      if (!snapshot) return null
      const { inMarket, win } = predict(snapshot)
      return { inMarket, qualified: inMarket * win, facts: factsOf(snapshot, policy, []) }
    }),
  )
  const asOf = startOfDay(END)
  const inMarkets = accounts.flatMap((own) => own[0]?.inMarket ?? []).toSorted((one, other) => other - one)
  const qualified = accounts.flatMap((own) => own[0]?.qualified ?? []).toSorted((one, other) => other - one)
  const at = (values: readonly number[], share: number) => values[Math.floor(share * values.length)] ?? 0
  const boundary = (stage: Stage, share: number) => {
    return { stage, from: share === 1 ? 0 : at(inMarkets, share), timesBaseRate: 0, share, openingRate: 0 }
  }
  return {
    days,
    accounts,
    boundaries: [boundary('target', 1), boundary('consideration', 0.45), boundary('decision', 0.2)],
    threshold: at(qualified, options.share),
    won: world.accounts.flatMap((account, index) =>
      world
        .histories(account, asOf)
        .filter((deal) => deal.outcome === 'won' && isRelevant(deal, specification.inMarket.opportunities, asOf))
        .map(({ openedAt }) => ({ account: index, day: dayNumber(dayOf(openedAt)) - dayNumber(start) }))
        .filter(({ day }) => day >= CAUGHT_DAYS && day < days.length),
    ),
  }
}

/** The list that a policy makes of the year, day by day, decided by the engine itself. */
export function listByPolicy(year: ScoredYear, policy: Policy): ListFigures {
  const { days, accounts, boundaries } = year
  const states = accounts.map(() => new Map<string, MotionState>())
  const stages: (Stage | null)[] = accounts.map(() => null)
  const onList = accounts.map(() => new Uint8Array(days.length))
  const shortest: number[] = []
  const entered = new Map<number, number>()
  days.forEach((asOf, day) => {
    const inputs = accounts.flatMap((own, accountId): AccountInput[] => {
      const seen = own[day]
      if (!seen) return []
      const open = seen.facts.opportunities.some(({ outcome }) => outcome === 'open')
      const stage = open ? null : buyingStage(boundaries, seen.inMarket, stages[accountId] ?? null)
      stages[accountId] = stage
      const score = { ...SCORE, qualified_probability: open ? null : seen.qualified, buying_stage: stage }
      return [{ accountId, states: states[accountId] ?? NONE, stage, previous: null, score, facts: seen.facts }]
    })
    const { events, states: changed } = decideAll({
      accounts: inputs,
      rules: rulesOf(policy, null),
      holdout: policy.holdout,
      scoreStep: policy.score_step,
      asOf,
      enteredThisMonth: new Map(),
    })
    for (const { accountId, motion, state } of changed) states[accountId]?.set(motion, state)
    for (const { type, accountId, payload } of events) {
      if (type === 'account.qualified') entered.set(accountId ?? -1, day)
      const isVoluntary = payload['reason'] === 'below_exit' || payload['reason'] === 'below_stage'
      if (type === 'account.disqualified' && isVoluntary) shortest.push(day - (entered.get(accountId ?? -1) ?? 0))
    }
    states.forEach((own, account) => {
      onList[account]![day] = [...own.values()].some(isOnTheList) ? 1 : 0
    })
  })
  return { ...figuresOf(year, onList), shortestStay: Math.min(...shortest, Infinity) }
}

/** The same with one threshold: an account is on the list while it is at or above it. */
export function listByThreshold(year: ScoredYear, threshold: number): ListFigures {
  const decision = year.boundaries.find(({ stage }) => stage === 'decision')?.from ?? 0
  const onList = year.accounts.map((own) =>
    Uint8Array.from(own, (seen) => {
      if (
        !seen ||
        seen.facts.excludedBy.length > 0 ||
        seen.facts.opportunities.some(({ outcome }) => outcome === 'open')
      )
        return 0
      return seen.qualified >= threshold && seen.inMarket >= decision ? 1 : 0
    }),
  )
  return { ...figuresOf(year, onList), shortestStay: 1 }
}

function figuresOf({ days, won }: ScoredYear, onList: readonly Uint8Array[]): Omit<ListFigures, 'shortestStay'> {
  let [total, entries, reentries] = [0, 0, 0]
  for (const own of onList) {
    let leftOn = -Infinity
    own.forEach((listed, day) => {
      total += listed
      const before = day === 0 ? 0 : (own[day - 1] ?? 0)
      if (listed && !before) {
        entries += 1
        if (day - leftOn <= REENTRY_DAYS) reentries += 1
      }
      if (!listed && before) leftOn = day
    })
  }
  const caught = won.filter(({ account, day }) => onList[account]?.[day] === 1 || onList[account]?.[day - 1] === 1)
  const caughtBefore = won.filter(({ account, day }) =>
    onList[account]?.subarray(Math.max(0, day - CAUGHT_DAYS), day + 1).includes(1),
  )
  return {
    meanSize: total / days.length,
    entries,
    reentries,
    caughtAtOpening: caught.length / Math.max(1, won.length),
    caughtWithin90Days: caughtBefore.length / Math.max(1, won.length),
  }
}

const NONE: ReadonlyMap<string, MotionState> = new Map()
/** The parts of a score that decide besides probability and stage. */
const SCORE: StoredScore = {
  account_external_id: null,
  account_name: null,
  as_of: '',
  model_version: '',
  qualified_probability: null,
  qualified_interval: null,
  in_market_probability: null,
  in_market_interval: null,
  win_probability: null,
  win_interval: null,
  buying_stage: null,
  scores: { account_fit: null, contact_fit: null, engagement: null, intent: null },
  grades: { account_fit: null, contact_fit: null, engagement: null, intent: null },
  fit_intent: { fit: null, intent: null },
  expected_amount: null,
  expected_value: null,
  currency: null,
  declared_intent: [],
  not_scored_because: null,
  open_opportunity: null,
  evidence: 'high',
  evidence_gaps: [],
  reasons: [],
  models: [],
}

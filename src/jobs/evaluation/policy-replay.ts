import { choosePolicy, type PolicyChoice } from '../../core/evaluation/policy/policy-choice.ts'
import type { PolicyReplay } from '../../core/evaluation/policy/policy-replay-report.ts'
import { replayPolicy } from '../../core/evaluation/policy/policy-replay.ts'
import type { ReplayDeal, ReplayRow } from '../../core/evaluation/policy/policy-replay-listing.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import type { FoldResult } from '../../core/evaluation/backtest/folds/run-fold.ts'
import type { Objective } from '../../core/evaluation/policy/objective.ts'
import type { BacktestData, BacktestRow } from '../../core/evaluation/backtest/types.ts'
import { accountAsOf, type OpportunityHistory } from '../../core/training/cohorts/cohort.ts'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import { isRelevant } from '../../core/training/cohorts/relevance.ts'
import { applyModel, type CompiledModel, compileModel } from '../../core/training/logistic/logistic-model.ts'
import type { Instant } from '../../core/base/time.ts'
import type { DealFacts } from '../../store/training/deals.ts'

export interface ReplayInput {
  readonly asOf: Instant
  readonly opportunities: readonly OpportunityHistory[]
  readonly dealFacts: readonly DealFacts[]
  readonly inMarket: { readonly data: BacktestData; readonly folds: readonly FoldResult[] }
  readonly win: { readonly data: BacktestData; readonly folds: readonly FoldResult[] }
  readonly inMarketSpecification: ModelSpecification
  readonly winSpecification: ModelSpecification
  readonly worked: ReadonlySet<string>
  /** Whether an account is among those whose months were read. */
  readonly isSampled: (externalId: string) => boolean
  /** Share of the accounts that this is. */
  readonly accountShare: number
  /** Of the whole team. */
  readonly capacityPerMonth: number
  readonly objective: Objective
  /** How the opening rates of the in-market model's stages came out. */
  readonly stages: BacktestReport['stages']
}

/** The past as it would have been with lists by both models together. */
export interface Replayed {
  readonly policyReplay: PolicyReplay
  readonly policy: PolicyChoice
  /** One for each row of the in-market model, in its order. */
  readonly scored: readonly ReplayRow[]
  readonly deals: readonly ReplayDeal[]
  readonly openWithinDays: number
  readonly wonWithinDays: number
}

const COOL_DOWN_DAYS = 90

/**
 * The lists that the product of both models and the point rule would have made on the first of every past month, and
 * what came of them; and the threshold on that product that follows. Every probability is from models trained before that month.
 */
export function replay(input: ReplayInput): Replayed {
  const { asOf, accountShare, capacityPerMonth, objective, stages } = input
  const scored = replayRows(input)
  const deals = replayDeals(input)
  const rules = {
    asOf,
    openWithinDays: maturityDays(input.inMarketSpecification.label),
    wonWithinDays: maturityDays(input.winSpecification.label),
    coolDownDays: COOL_DOWN_DAYS,
    accountShare,
  }
  const { choice, thresholdAt } = choosePolicy(scored, deals, stages, { ...rules, objective })
  const policyReplay = replayPolicy(scored, deals, {
    ...rules,
    // A part of the accounts is worked by a part of the team.
    capacityPerMonth: Math.max(1, Math.round(capacityPerMonth * accountShare)),
    threshold: thresholdAt,
  })
  return { policyReplay, policy: choice, scored, deals, ...rules }
}

function replayRows({ inMarket, win, worked }: ReplayInput): readonly ReplayRow[] {
  const probability = new Map<string, number>()
  for (const fold of inMarket.folds) {
    const scores = fold.scorers.model
    if (scores?.kind !== 'scored') continue
    fold.fold.test.forEach((position, index) => {
      const row = inMarket.data.rows[position]
      const opens = scores.probabilities[index]
      if (row && opens !== undefined && Number.isFinite(opens)) probability.set(row.key, opens)
    })
  }
  const winAt = winPredictor(win, inMarket.data)
  return inMarket.data.rows.map((row) => {
    const opens = probability.get(row.key)
    const wins = opens === undefined ? null : winAt(row)
    return {
      id: row.id,
      month: row.asOf,
      probability: opens === undefined || wins === null ? null : opens * wins,
      points: row.points,
      mqlQualified: row.mqlQualified,
      worked: worked.has(row.key),
    }
  })
}

/** The win model that the newest fold before a row's month had trained; null before the first. */
function winPredictor(win: ReplayInput['win'], data: BacktestData): (row: BacktestRow) => number | null {
  const places = win.data.columns.map(({ name }) => data.columns.findIndex((column) => column.name === name))
  const models: { readonly split: Instant; readonly compiled: CompiledModel }[] = win.folds.flatMap(
    ({ fold, model }) => (model ? [{ split: fold.split, compiled: compileModel(model) }] : []),
  )
  return (row) => {
    const model = models.findLast(({ split }) => split <= row.asOf)
    if (!model) return null
    return applyModel(
      model.compiled,
      places.map((place) => row.values[place] ?? null),
    ).probability
  }
}

function replayDeals({
  opportunities,
  dealFacts,
  asOf,
  inMarketSpecification,
  isSampled,
}: ReplayInput): readonly ReplayDeal[] {
  const facts = new Map(dealFacts.map((deal) => [deal.externalId, deal]))
  return opportunities
    .map((deal) => ({ deal, account: accountAsOf(deal.account, deal.openedAt) }))
    .filter(
      ({ deal, account }) =>
        isSampled(account.externalId) && isRelevant(deal, inMarketSpecification.opportunities, asOf),
    )
    .map(({ deal, account }) => ({
      key: deal.externalId,
      id: account.externalId,
      openedAt: deal.openedAt,
      closedAt: deal.closedAt,
      outcome: deal.outcome,
      amount: facts.get(deal.externalId)?.amount ?? null,
      accountKnownAt: account.knownAt,
      firstFactAt: facts.get(deal.externalId)?.firstFactAt ?? null,
    }))
}

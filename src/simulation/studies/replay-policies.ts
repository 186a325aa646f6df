import type { CohortAccount } from '../../core/training/cohorts/cohort.ts'
import { inMarketCohort } from '../../core/training/cohorts/in-market-cohort.ts'
import { maturityDays, type ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import { sampleNegatives } from '../../core/training/cohorts/sample-negatives.ts'
import { winCohort } from '../../core/training/cohorts/win-cohort.ts'
import { type FeatureSet, readFeatures } from '../../core/features/compile.ts'
import { type AccountSnapshot, mergeAttributes } from '../../core/features/snapshot.ts'
import type { FeatureColumn, FeatureVector } from '../../core/features/types.ts'
import { applyModel, compileModel } from '../../core/training/logistic/logistic-model.ts'
import { type TrainingFailure, trainLogistic } from '../../core/training/logistic/train.ts'
import type { MqlRule } from '../../core/evaluation/mql/mql-rule.ts'
import { mqlStanding } from '../../core/evaluation/mql/points.ts'
import { featuresOf } from '../../core/scoring/artifact/model-artifact.ts'
import { type Instant, type IsoDate, startOfDay } from '../../core/base/time.ts'
import type { ReplayRow } from '../../core/evaluation/policy/policy-replay-listing.ts'
import { wasWorked } from '../../core/evaluation/policy/policy-replay-views.ts'
import type { SimulatedWorld } from './simulated-world.ts'

/** A company's specification: its features, the two models, and the rule that sales works by. */
export interface ReplaySpecification {
  readonly featureSet: FeatureSet
  readonly inMarket: ModelSpecification
  readonly win: ModelSpecification
  readonly rule: MqlRule
}

/** In-market x win of an account as it stood. */
export type Predict = (snapshot: AccountSnapshot) => number

/** Smaller than a company's own training, which it has to be thirty times in an hour; the penalties span the same range. */
const TRAINING = { penalties: [10, 100, 1000], foldCount: 3 }
const NEGATIVES_PER_POSITIVE = 6

/** Trains both models on what was known before an instant, or returns why one cannot be trained. */
export function learnProduct(
  world: SimulatedWorld,
  asOf: Instant,
  specification: ReplaySpecification,
): Predict | TrainingFailure {
  const predict = learnBoth(world, asOf, specification)
  if (typeof predict !== 'function') return predict
  return (snapshot) => {
    const { inMarket, win } = predict(snapshot)
    return inMarket * win
  }
}

/** As `learnProduct`, with the two probabilities separate. */
export function learnBoth(
  world: SimulatedWorld,
  asOf: Instant,
  { featureSet, inMarket, win }: Omit<ReplaySpecification, 'rule'>,
): ((snapshot: AccountSnapshot) => { readonly inMarket: number; readonly win: number }) | TrainingFailure {
  const histories = world.accounts.flatMap((account) => world.histories(account, asOf))
  const months = inMarketCohort(world.accounts, histories, inMarket, asOf)
  const { cohort, sampling } = sampleNegatives(months, NEGATIVES_PER_POSITIVE, inMarket.training.seed)
  const opens = learn(world, featureSet, inMarket, cohort.rows, sampling)
  const wins = learn(world, featureSet, win, winCohort(histories, win, asOf).rows, undefined)
  if (typeof opens !== 'function') return opens
  if (typeof wins !== 'function') return wins
  return (snapshot) => {
    const all = readFeatures(featureSet, snapshot)
    return { inMarket: opens(all), win: wins(all) }
  }
}

function learn(
  world: SimulatedWorld,
  featureSet: FeatureSet,
  specification: ModelSpecification,
  examples: ReturnType<typeof winCohort>['rows'],
  sampling: ReturnType<typeof sampleNegatives>['sampling'],
): ((all: FeatureVector) => number) | TrainingFailure {
  const indexes = featuresOf(featureSet, specification)
  const pick = (all: FeatureVector) => indexes.map((index) => all[index] ?? null)
  const rows = examples.flatMap(({ account, asOf, openedAt, won }) => {
    const snapshot = world.snapshot(account, asOf)
    if (!snapshot) return []
    return [
      { id: account.externalId, asOf, openedAt, values: pick(readFeatures(featureSet, snapshot)), won, weight: 1 },
    ]
  })
  const columns = indexes.map((index) => featureSet.columns[index] as FeatureColumn)
  const { seed } = specification.training
  const options = { ...TRAINING, labelWindowDays: maturityDays(specification.label), seed }
  const result = trainLogistic({ columns, rows, sampling }, options)
  if (result.kind !== 'trained') return result
  const compiled = compileModel(result.model)
  return (all) => applyModel(compiled, pick(all)).probability
}

/** An account that could be listed on the first of a month: known, no customer, no opportunity open. */
export interface Candidate extends ReplayRow {
  readonly account: CohortAccount
  readonly day: IsoDate
}

/** As the policy replay sees them, except that customers are left out: in this world sales never works one. */
export function candidatesIn(
  world: SimulatedWorld,
  day: IsoDate,
  predict: Predict,
  { featureSet, rule }: ReplaySpecification,
): readonly Candidate[] {
  const month = startOfDay(day)
  return world.accounts.flatMap((account) => {
    const snapshot = world.snapshot(account, month)
    if (!snapshot || snapshot.opportunities.some(({ outcome }) => outcome === 'open')) return []
    const { motion } = mergeAttributes(snapshot.versions, featureSet.lookback.sourcePrecedence)
    if (motion === 'expansion') return []
    const { points, qualified } = mqlStanding(rule, snapshot)
    const probability = predict(snapshot)
    const worked = wasWorked(snapshot)
    return [{ id: account.externalId, month, probability, points, mqlQualified: qualified, worked, account, day }]
  })
}

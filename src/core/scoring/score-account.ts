import { readFeatures } from '../features/compile.ts'
import { type AccountSnapshot, mergeAttributes } from '../features/snapshot.ts'
import type { FeatureVector } from '../features/types.ts'
import { type ModelPrediction, applyModel } from '../training/logistic/logistic-model.ts'
import type { Prediction } from './prediction.ts'
import type { LoadedModel, ModelName } from './artifact/model-artifact.ts'
import type { Stage } from './stages/stages.ts'
import { buyingStage, stageBoundaries } from './stages/buying-stage.ts'
import { declaredIntent } from './declared-intent.ts'
import { evidenceOf } from './evidence.ts'
import { expectedAmount } from './expected-amount.ts'
import { familyScores } from './family-scores.ts'
import type { PublishedScore } from './published-score.ts'
import { explained, reasonsOf } from './reasons.ts'
import { NORMAL_90 } from '../statistics/normal-quantiles.ts'

/**
 * Scores an account as it was known at its snapshot's as-of.
 *
 * @param opened the same account as of the opening of its open opportunity, if it has one. In-market asks whether one
 *   will open, so it gives no prediction then, and win predicts as it was trained: as of the opening.
 * @param previousStage the buying stage that the account was in before, for the hysteresis of stages
 */
export function scoreAccount(
  model: LoadedModel,
  snapshot: AccountSnapshot,
  opened: { readonly opportunity: string; readonly snapshot: AccountSnapshot } | null,
  previousStage: Stage | null = null,
): PublishedScore {
  const answers = answersOf(model, snapshot, opened)
  const parts = answers.map((answer) => explained(model, answer))
  const { inMarket, win } = byModel(answers)
  const qualified = inMarket && win ? product(inMarket.result, win.result) : null
  const attributes = mergeAttributes(snapshot.versions, model.artifact.specification.features.source_precedence)
  const { name } = attributes
  const expected = expectedAmount(model.artifact, attributes)
  return {
    account_external_id: snapshot.externalId === '' ? null : snapshot.externalId,
    account_name: typeof name === 'string' ? name : null,
    as_of: snapshot.asOf,
    model_version: model.version,
    qualified_probability: qualified?.probability ?? null,
    qualified_interval: qualified?.interval ?? null,
    in_market_probability: inMarket?.result.probability ?? null,
    in_market_interval: inMarket?.result.interval90 ?? null,
    win_probability: win?.result.probability ?? null,
    win_interval: win?.result.interval90 ?? null,
    buying_stage: inMarket && buyingStage(stageBoundaries(model), inMarket.result.probability, previousStage),
    ...familyScores(model, opened ? byModel(answersOf(model, snapshot, null)) : { inMarket, win }),
    expected_amount: expected?.amount ?? null,
    expected_value: expected && qualified && expected.amount * qualified.probability,
    currency: expected?.currency ?? null,
    declared_intent: declaredIntent(snapshot, model.artifact.specification.scores?.declared_intent),
    not_scored_because: opened ? 'open_opportunity' : null,
    open_opportunity: opened?.opportunity ?? null,
    ...evidenceOf(snapshot, answers),
    reasons: reasonsOf(model, parts),
    models: answers.map(({ name: modelName, result }) => ({
      model: modelName,
      intercept: result.intercept,
      log_odds: result.logOdds,
      families: { ...result.familyParts },
    })),
    contributions: parts.flatMap(({ contributions }) => contributions),
  }
}

function byModel(answers: readonly Prediction[]) {
  return {
    inMarket: answers.find((answer) => answer.name === 'in_market') ?? null,
    win: answers.find((answer) => answer.name !== 'in_market') ?? null,
  }
}

/** The open opportunity to score by: the one that opened last. */
export function openOpportunity(snapshot: AccountSnapshot) {
  return snapshot.opportunities.findLast((opportunity) => opportunity.outcome === 'open') ?? null
}

/** The prediction of each model: in-market and win, or, with an open opportunity, only whether that will be won. */
export function answersOf(
  model: LoadedModel,
  snapshot: AccountSnapshot,
  opened: { readonly snapshot: AccountSnapshot } | null,
): readonly Prediction[] {
  const all = readFeatures(model.featureSet, opened ? opened.snapshot : snapshot)
  const applied = opened
    ? [applyTo(model, model.models.has('win_open') ? 'win_open' : 'win', all)]
    : [applyTo(model, 'in_market', all), applyTo(model, 'win', all)]
  return applied.filter((answer) => answer !== null)
}

/** @param all the features of an account, in the order of the version's feature set */
export function applyTo(model: LoadedModel, name: ModelName, all: FeatureVector): Prediction | null {
  const ready = model.models.get(name)
  if (!ready) return null
  const values: FeatureVector = ready.featureIndexes.map((index) => all[index] ?? null)
  const names = ready.featureIndexes.map((index) => model.featureSet.columns[index]?.name ?? '')
  return {
    name,
    result: applyModel(ready.compiled, values),
    model: ready.compiled.model,
    values: new Map(names.map((feature, index) => [feature, values[index] ?? null])),
  }
}

/**
 * P(opens) x P(won | opens). The interval is the delta method's on the log: the variance of log p is (1 - p)^2 times
 * that of its log-odds, and the two models' errors are taken as independent.
 */
export function product(inMarket: ModelPrediction, win: ModelPrediction) {
  const probability = inMarket.probability * win.probability
  const variance =
    ((1 - inMarket.probability) * inMarket.standardError) ** 2 + ((1 - win.probability) * win.standardError) ** 2
  const factor = Math.exp(NORMAL_90 * Math.sqrt(variance))
  return { probability, interval: { low: probability / factor, high: Math.min(1, probability * factor) } }
}

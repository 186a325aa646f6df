import { describeFeature } from '../features/describe.ts'
import { FAMILIES } from '../features/types.ts'
import { sigmoid } from '../model/logistic-model.ts'
import type { LoadedModel, ModelName } from '../scoring/bundle.ts'
import type { Applied } from '../scoring/score-account.ts'
import { comparisonFor } from './comparison.ts'
import type { ExplainedModel, ExplainedReason } from './published-explanation.ts'

const REASONS_EACH_WAY = 5
/** Reasons that move the probability less than this, in log-odds x (1 - p), are not worth a salesperson's time. */
const SMALLEST_REASON = 0.02

const QUESTIONS: Readonly<Record<ModelName, string>> = {
  in_market: 'Will they open an opportunity within 90 days?',
  win: 'If an opportunity opened, would it be won?',
  win_open: 'Will the open opportunity be won?',
}

/** What one model makes of an account, by family, with every value beside what is typical. */
export function explainModel(loaded: LoadedModel, answer: Applied): ExplainedModel {
  const { result, intercept, name } = answer
  const definitions = new Map(loaded.featureSet.features.map(({ definition }) => [definition.name, definition]))
  const typical = new Map(
    loaded.bundle.typical?.find(({ model }) => model === name)?.features.map((one) => [one.feature, one]),
  )
  const contributions = result.contributions.flatMap(({ feature, family, logOdds }) => {
    const definition = definitions.get(feature)
    if (!definition) return []
    const value = answer.values.get(feature) ?? null
    const shown = typeof value === 'object' && value !== null ? [...value] : value
    const sentence = describeFeature(definition, value)
    const comparison = comparisonFor(definition, value, name, typical.get(feature))
    return [{ family, contribution: { feature, value: shown, log_odds: logOdds, sentence, comparison } }]
  })
  const families = FAMILIES.flatMap((family) => {
    const own = contributions.filter((one) => one.family === family).map(({ contribution }) => contribution)
    if (own.length === 0) return []
    const strongestFirst = own.toSorted(
      (one, other) => Math.abs(other.log_odds) - Math.abs(one.log_odds) || (one.feature < other.feature ? -1 : 1),
    )
    return [{ family, log_odds: result.familyParts[family], contributions: strongestFirst }]
  })
  return {
    model: name,
    question: QUESTIONS[name],
    probability: result.probability,
    interval: { ...result.interval90 },
    log_odds: result.logOdds,
    intercept,
    average_probability: sigmoid(intercept),
    families,
  }
}

/**
 * The reasons that a person should read first, over all models: a contribution counts by what it does to the log of the
 * qualified probability, contribution x (1 - p). What goes by one noun ("pricing page visits" over a week and over a
 * month) is one reason, named where it says most.
 */
export function explainReasons(loaded: LoadedModel, models: readonly ExplainedModel[]): readonly ExplainedReason[] {
  const nouns = new Map(loaded.featureSet.features.map(({ definition }) => [definition.name, definition.noun[1]]))
  const weighed = models.flatMap(({ model, probability, families }) =>
    families.flatMap(({ family, contributions }) =>
      contributions.map((contribution) => ({
        reason: { model, family, ...contribution },
        weight: contribution.log_odds * (1 - probability),
      })),
    ),
  )
  const ranked = weighed.toSorted(
    (one, other) =>
      Math.abs(other.weight) - Math.abs(one.weight) ||
      compareText(one.reason.feature, other.reason.feature) ||
      compareText(one.reason.model, other.reason.model),
  )
  const chosen: ExplainedReason[] = []
  const named = new Set<string>()
  for (const { reason, weight } of ranked) {
    const direction = weight > 0 ? 'up' : 'down'
    const noun = nouns.get(reason.feature) ?? reason.feature
    const isFull = chosen.filter((one) => one.direction === direction).length >= REASONS_EACH_WAY
    if (Math.abs(weight) < SMALLEST_REASON || named.has(noun) || isFull) continue
    named.add(noun)
    const { model, family, feature, sentence, comparison } = reason
    chosen.push({ direction, model, family, feature, sentence, comparison })
  }
  return chosen
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

import { FAMILIES } from '../features/types.ts'
import { sigmoid } from '../statistics/sigmoid.ts'
import type { LoadedModel, ModelName } from '../scoring/artifact/model-artifact.ts'
import { contributionsOf, explained, reasonsOf, tellingLevels } from '../scoring/reasons.ts'
import type { Prediction } from '../scoring/prediction.ts'
import { comparisonFor } from './comparison.ts'
import type { ExplainedModel, ExplainedReason } from './published-explanation.ts'

/** A score on a list has fewer; who asks for an explanation has time to read. */
const REASONS = { up: 5, down: 5 } as const

const QUESTIONS: Readonly<Record<ModelName, string>> = {
  in_market: 'Will they open an opportunity within 90 days?',
  win: 'If an opportunity opened, would it be won?',
  win_open: 'Will the open opportunity be won?',
}

/** What one model makes of an account, by family, with every value beside what is typical. */
export function explainModel(loaded: LoadedModel, answer: Prediction): ExplainedModel {
  const { result, name } = answer
  const { intercept } = result
  const definitions = new Map(loaded.featureSet.features.map(({ definition }) => [definition.name, definition]))
  const typical = new Map(
    loaded.artifact.typical?.find(({ model }) => model === name)?.features.map((one) => [one.feature, one]),
  )
  const contributions = contributionsOf(loaded, answer).flatMap(({ family, model: _, ...contribution }) => {
    const { feature } = contribution
    const definition = definitions.get(feature)
    if (!definition) return []
    const value = answer.values.get(feature) ?? null
    const comparison = comparisonFor(definition, value, name, typical.get(feature), tellingLevels(answer, feature))
    return [{ family, contribution: { ...contribution, comparison } }]
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

/** The reasons that a person should read first, over all models, each beside what is typical. */
export function explainReasons(
  loaded: LoadedModel,
  answers: readonly Prediction[],
  models: readonly ExplainedModel[],
): readonly ExplainedReason[] {
  const parts = answers.map((answer) => explained(loaded, answer))
  return reasonsOf(loaded, parts, REASONS).map((reason) => {
    const model = models.find((one) => one.model === reason.model)
    const contributions = model?.families.flatMap((family) => family.contributions) ?? []
    const comparison = contributions.find(({ feature }) => feature === reason.feature)?.comparison ?? null
    return { ...reason, comparison }
  })
}

import { describeFeature } from '../features/describe.ts'
import type { LoadedModel } from './bundle.ts'
import type { Contribution, Reason } from './published-score.ts'
import type { Applied } from './score-account.ts'

const REASONS_UP = 4
const REASONS_DOWN = 2
/** Reasons that move the probability less than this, in log-odds x (1 - p), are not worth a salesperson's time. */
const SMALLEST_REASON = 0.02

export function contributionsOf(model: LoadedModel, answer: Applied): readonly Contribution[] {
  const definitions = new Map(model.featureSet.features.map(({ definition }) => [definition.name, definition]))
  return answer.result.contributions.flatMap(({ feature, family, logOdds }) => {
    const definition = definitions.get(feature)
    if (!definition) return []
    const value = answer.values.get(feature) ?? null
    const shown = typeof value === 'object' && value !== null ? [...value] : value
    const sentence = describeFeature(definition, value)
    return [{ model: answer.name, feature, family, value: shown, log_odds: logOdds, sentence }]
  })
}

/**
 * Across the models a contribution counts by what it does to the log of the qualified probability, to first order:
 * contribution x (1 - p). A feature that speaks in two models is named once, where it says more.
 */
export function reasonsOf(model: LoadedModel, answers: readonly Applied[]): Reason[] {
  const weighed = answers.flatMap((answer) =>
    contributionsOf(model, answer).map((contribution) => ({
      contribution,
      weight: contribution.log_odds * (1 - answer.result.probability),
    })),
  )
  const ranked = weighed.toSorted(
    (one, other) =>
      Math.abs(other.weight) - Math.abs(one.weight) ||
      compareText(one.contribution.feature, other.contribution.feature) ||
      compareText(one.contribution.model, other.contribution.model),
  )
  const chosen: Reason[] = []
  for (const { contribution, weight } of ranked) {
    const direction = weight > 0 ? 'up' : 'down'
    const room = direction === 'up' ? REASONS_UP : REASONS_DOWN
    const isNew = !chosen.some((reason) => reason.feature === contribution.feature)
    const isFull = chosen.filter((reason) => reason.direction === direction).length >= room
    if (Math.abs(weight) < SMALLEST_REASON || !isNew || isFull) continue
    const { model: modelName, family, feature, sentence } = contribution
    chosen.push({ direction, model: modelName, family, feature, sentence })
  }
  return chosen
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

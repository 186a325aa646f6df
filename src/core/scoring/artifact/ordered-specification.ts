import type { FeatureDefinition } from '../../features/specification.ts'
import type { ModelSpecification } from '../../training/cohorts/model-specification.ts'
import type { Specification } from './model-artifact.ts'

/**
 * What of a specification can be learned from a history that is ordered and has no days: the win model, of the features without
 * a window or an age. A deal is described as of its own position, and its outcome is known from the next one on.
 * @param column by which the history is ordered
 * @returns undefined when nothing can
 */
export function specificationInOrder(specification: Specification, column: string): Specification | undefined {
  const { people: _, ...rest } = specification
  const features = specification.features.features.filter(hasNoDays)
  const models = specification.models.filter(({ model }) => model === 'win').map(modelInOrder)
  if (features.length === 0 || models.length === 0) return undefined
  return { ...rest, features: { ...specification.features, features }, models, ordered_by: column }
}

function hasNoDays(definition: FeatureDefinition): boolean {
  return !('window_days' in definition)
}

function modelInOrder(model: ModelSpecification): ModelSpecification {
  return {
    ...model,
    moment: { kind: 'opened_at' },
    label: { kind: 'won_ever', maturity_days: 0 },
    opportunities: { ...model.opportunities, minimum_lifetime_days: 0 },
  }
}

/** What a version does without, and why: of a version that has all of it, nothing. */
export function limitsOf(
  specification: Specification,
  leftOut: readonly { readonly because: string }[] = [],
): readonly string[] {
  const { ordered_by: column, models } = specification
  if (column !== undefined) return [orderLimit(column)]
  if (leftOut.length > 0) return leftOut.map(({ because }) => because)
  return models.some(({ model }) => model === 'in_market') ? [] : [ONLY_WINS]
}

/** @param column by which the history is ordered */
export function orderLimit(column: string): string {
  return `The history is ordered by the column ${JSON.stringify(column)} and has no days: no windows, no ages, no in-market model. Wins alone are learned and walked forward position by position: it is assumed that ${column} counts opportunities in the order in which they were decided, so that an outcome is known from the next position on. For the rest export the days of opportunities, and activities, into another database.`
}

const ONLY_WINS =
  'Only wins are learned: the specification has no in-market model, so there is no qualified probability and nobody is listed.'

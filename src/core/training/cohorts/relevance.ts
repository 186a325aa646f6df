import { type Instant, instantPlusDays } from '../../base/time.ts'
import type { Exclusion, OpportunityHistory } from './cohort.ts'
import type { ModelSpecification } from './model-specification.ts'

type Rules = ModelSpecification['opportunities']

/** Why an opportunity does not count for a model, or null when it does. An unknown type or lead source counts. */
export function irrelevance(opportunity: OpportunityHistory, rules: Rules, trainingAsOf: Instant): Exclusion | null {
  const types: readonly string[] = rules.types
  const refused: readonly string[] = rules.exclude_lead_sources
  if (opportunity.type !== null && !types.includes(opportunity.type)) return 'type_does_not_count'
  if (opportunity.leadSource !== null && refused.includes(opportunity.leadSource)) return 'lead_source_does_not_count'
  const seenUntil = opportunity.closedAt ?? trainingAsOf
  return seenUntil < instantPlusDays(opportunity.openedAt, rules.minimum_lifetime_days) ? 'lived_too_short' : null
}

export function isRelevant(opportunity: OpportunityHistory, rules: Rules, trainingAsOf: Instant): boolean {
  return irrelevance(opportunity, rules, trainingAsOf) === null
}

import { firstOfMonthBefore, type Instant, instantPlusDays } from '../../base/time.ts'
import {
  accountAsOf,
  type Cohort,
  type CohortRow,
  type Exclusion,
  type ExclusionCounts,
  historyStart,
  type OpportunityHistory,
} from './cohort.ts'
import { type Label, maturityDays, type ModelSpecification, type ExampleInstant } from './model-specification.ts'
import { irrelevance } from './relevance.ts'

/**
 * One row per opportunity that counts, described as of its moment; the label is whether it was won in time.
 *
 * Example used below: training as-of 2025-01-01, won within 180 days of opening. Everything opened on or after
 * 2024-07-05 is left out, closed or not: closed ones alone would favour the fast and overstate the win rate.
 */
export function winCohort(
  opportunities: readonly OpportunityHistory[],
  specification: ModelSpecification,
  trainingAsOf: Instant,
): Cohort {
  const rows: CohortRow[] = []
  const excluded: ExclusionCounts = {}
  for (const opportunity of opportunities) {
    const row = winRow(opportunity, specification, trainingAsOf)
    if (typeof row === 'string') excluded[row] = (excluded[row] ?? 0) + 1
    else rows.push(row)
  }
  return { rows, excluded }
}

function winRow(
  opportunity: OpportunityHistory,
  specification: ModelSpecification,
  trainingAsOf: Instant,
): CohortRow | Exclusion {
  const { moment, label } = specification
  const reason = irrelevance(opportunity, specification.opportunities, trainingAsOf)
  if (reason) return reason
  const asOf = momentOf(opportunity, moment)
  if (asOf === null) return 'no_such_activity'
  if (moment.kind === 'after_activity' && opportunity.closedAt !== null && opportunity.closedAt <= asOf) {
    return 'closed_before_moment'
  }
  const from = label.kind === 'won' && label.from === 'as_of' ? asOf : opportunity.openedAt
  if (instantPlusDays(from, maturityDays(label)) >= trainingAsOf) return 'label_not_mature'
  if (asOf < historyStart(specification, trainingAsOf)) return 'before_history'
  const account = accountAsOf(opportunity.account, asOf)
  if (account.knownAt >= asOf) return 'account_not_known_yet'
  if (label.kind === 'won_ever' && opportunity.outcome === 'open') return 'still_open'
  const won = isWon(opportunity, label, from)
  return { account, asOf, openedAt: from, won, opportunity: opportunity.externalId }
}

/** The instant an opportunity is described as of; null when the activity that marks it never happened. */
export function momentOf(opportunity: OpportunityHistory, moment: ExampleInstant): Instant | null {
  switch (moment.kind) {
    case 'first_of_month_before_opening':
      return firstOfMonthBefore(opportunity.openedAt)
    case 'opened_at':
      return opportunity.openedAt
    case 'after_activity':
      return opportunity.firstActivityAt && instantPlusDays(opportunity.firstActivityAt, moment.plus_days)
    case 'first_of_month':
      throw new RangeError('moment "first_of_month" describes accounts, not opportunities: a win model cannot use it')
  }
}

function isWon(opportunity: OpportunityHistory, label: Label, from: Instant): boolean {
  if (opportunity.outcome !== 'won' || opportunity.closedAt === null) return false
  if (label.kind === 'won_ever') return true
  if (label.kind === 'opens') throw new RangeError('label "opens" is of accounts, not of opportunities')
  if (opportunity.closedAt >= instantPlusDays(from, label.within_days)) return false
  if (label.kind === 'won') return true
  const { churnedAt } = opportunity
  return churnedAt === null || churnedAt >= instantPlusDays(opportunity.closedAt, label.kept_days)
}

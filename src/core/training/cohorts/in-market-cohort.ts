import { instantPlusDays, type Instant } from '../../base/time.ts'
import {
  accountAsOf,
  type Cohort,
  type CohortAccount,
  type CohortRow,
  type Exclusion,
  type ExclusionCounts,
  type OpportunityHistory,
  trainingMonths,
} from './cohort.ts'
import { isRelevant } from './relevance.ts'
import type { ModelSpecification } from './model-specification.ts'

/**
 * Account-months without an open opportunity; the label is whether a relevant one opens within the label window.
 *
 * Example used below: training as-of 2025-01-01, label within 90 days, minimum lifetime 2 days.
 */
export function inMarketCohort(
  accounts: readonly CohortAccount[],
  opportunities: readonly OpportunityHistory[],
  specification: ModelSpecification,
  trainingAsOf: Instant,
): Cohort {
  if (specification.label.kind !== 'opens') {
    throw new RangeError(`an in-market label must be of kind "opens", got "${specification.label.kind}"`)
  }
  const { within_days: withinDays } = specification.label
  // An opportunity opened on the label window's last day needs two more days to show that it lives: with a training
  // as-of of 2025-01-01 the last month whose label is known is 2024-10-01 (2024-10-01 + 90 + 2 days = 2025-01-01).
  const maturesAfter = withinDays + specification.opportunities.minimum_lifetime_days
  const months = trainingMonths(specification, historyBegin(opportunities), trainingAsOf)
  const byAccount = groupByAccount(opportunities)
  const rows: CohortRow[] = []
  const excluded: ExclusionCounts = {}
  for (const account of accounts) {
    const own = opportunitiesAround(account, byAccount)
    const relevant = own.filter((opportunity) => isRelevant(opportunity, specification.opportunities, trainingAsOf))
    for (const asOf of months) {
      const reason = exclusionAt(account, own, asOf, maturesAfter, trainingAsOf)
      if (reason) {
        excluded[reason] = (excluded[reason] ?? 0) + 1
        continue
      }
      const end = instantPlusDays(asOf, withinDays)
      const won = relevant.some((opportunity) => opensIn(account, opportunity, asOf, end))
      rows.push({ account, asOf, openedAt: asOf, won, opportunity: null })
    }
  }
  return { rows, excluded }
}

/** Whether an opportunity was known and open just before an instant. */
export function isOpenAsOf(opportunity: OpportunityHistory, asOf: Instant): boolean {
  const { closedAt, closeKnownAt } = opportunity
  const isClosed = closedAt !== null && closedAt < asOf && (closeKnownAt === null || closeKnownAt < asOf)
  return opportunity.openedAt < asOf && opportunity.knownAt < asOf && !isClosed
}

function exclusionAt(
  account: CohortAccount,
  own: readonly OpportunityHistory[],
  asOf: Instant,
  maturesAfter: number,
  trainingAsOf: Instant,
): Exclusion | null {
  if (instantPlusDays(asOf, maturesAfter) > trainingAsOf) return 'label_not_mature'
  if (account.knownAt >= asOf) return 'account_not_known_yet'
  if (accountAsOf(account, asOf) !== account) return 'account_merged_away'
  if (own.some((opportunity) => isOpenAsOf(opportunity, asOf) && isOf(account, opportunity, asOf)))
    return 'had_open_opportunity'
  return null
}

/** Whether an opportunity belongs to the account, or to what it is part of, as of an instant. */
function isOf(account: CohortAccount, opportunity: OpportunityHistory, asOf: Instant): boolean {
  return accountAsOf(opportunity.account, asOf).accountId === accountAsOf(account, asOf).accountId
}

/** An opportunity of another account counts as well, once this one has become part of that. */
function opensIn(account: CohortAccount, opportunity: OpportunityHistory, start: Instant, end: Instant): boolean {
  const { openedAt } = opportunity
  return openedAt >= start && openedAt < end && isOf(account, opportunity, openedAt)
}

/** Months before the first recorded opportunity are excluded: opportunities were not recorded yet. */
function historyBegin(opportunities: readonly OpportunityHistory[]): Instant {
  return opportunities.reduce<Instant>(
    (first, { openedAt }) => (openedAt < first ? openedAt : first),
    '2199-12-31T00:00:00.000000Z' as Instant,
  )
}

type Groups = ReadonlyMap<number, OpportunityHistory[]>

/** By the account that each was filed under, and by those that it became part of. */
function groupByAccount(opportunities: readonly OpportunityHistory[]): Groups {
  const groups = new Map<number, OpportunityHistory[]>()
  for (const opportunity of opportunities) {
    for (const accountId of withHeirs(opportunity.account)) {
      const group = groups.get(accountId)
      if (group) group.push(opportunity)
      else groups.set(accountId, [opportunity])
    }
  }
  return groups
}

/** Those that are the account's at some time. */
function opportunitiesAround(account: CohortAccount, groups: Groups): readonly OpportunityHistory[] {
  return [...new Set(withHeirs(account).flatMap((accountId) => groups.get(accountId) ?? []))]
}

function withHeirs(account: CohortAccount): readonly number[] {
  return [account.accountId, ...(account.heirs ?? []).map((heir) => heir.account.accountId)]
}

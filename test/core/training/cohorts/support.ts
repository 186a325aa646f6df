import type { CohortAccount, OpportunityHistory } from '../../../../src/core/training/cohorts/cohort.ts'
import { ModelSpecification } from '../../../../src/core/training/cohorts/model-specification.ts'
import { BEGINNING, type Instant, parseInstant } from '../../../../src/core/base/time.ts'

/** `2024-10-01`, or with a time of day. */
export function at(text: string): Instant {
  const instant = parseInstant(text.includes('T') ? `${text}Z` : `${text}T00:00:00Z`)
  if (!instant) throw new RangeError(`no instant: ${text}`)
  return instant
}

export const account = (accountId: number, knownAt: Instant = BEGINNING): CohortAccount => ({
  accountId,
  externalId: `account-${accountId}`,
  knownAt,
})

/** An opportunity known since it opened. */
export function deal(openedAt: string, changes: Partial<OpportunityHistory> = {}): OpportunityHistory {
  return {
    externalId: `deal-${openedAt}`,
    account: account(1),
    openedAt: at(openedAt),
    knownAt: at(openedAt),
    closedAt: null,
    outcome: 'open',
    type: null,
    leadSource: null,
    firstActivityAt: null,
    churnedAt: null,
    closeKnownAt: null,
    ...changes,
  }
}

export const closed = (
  openedAt: string,
  closedAt: string,
  outcome: 'won' | 'lost',
  changes: Partial<OpportunityHistory> = {},
) => deal(openedAt, { closedAt: at(closedAt), outcome, ...changes })

export const inMarketSpecification = (changes: object = {}) =>
  ModelSpecification.parse({
    model: 'in_market',
    moment: { kind: 'first_of_month' },
    label: { kind: 'opens', within_days: 90 },
    ...changes,
  })

export const winSpecification = (changes: object = {}) =>
  ModelSpecification.parse({
    model: 'win',
    moment: { kind: 'first_of_month_before_opening' },
    label: { kind: 'won', within_days: 180, from: 'opened_at' },
    ...changes,
  })

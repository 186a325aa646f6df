import { type AccountSnapshot, type AttributeValue, mergeAttributes } from '../features/snapshot.ts'
import type { Instant } from '../base/time.ts'
import type { Policy } from './policy.ts'

/** The facts of an account that the policy uses besides its score. */
export interface AccountFacts {
  readonly isCustomer: boolean
  /** The names of the policy's exclusions that apply. */
  readonly excludedBy: readonly string[]
  readonly opportunities: readonly FactOpportunity[]
  /** The attributes, merged by source precedence. */
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

export interface FactOpportunity {
  readonly externalId: string
  readonly outcome: 'won' | 'lost' | 'open'
  readonly openedAt: Instant
  /** Null while the opportunity is open. */
  readonly closedAt: Instant | null
}

/** The history that decides whether an account is a customer. */
export const CUSTOMER_DAYS = 3650

export const OPEN_COMPLAINT = 'open_complaint'

/** @param precedence of sources, strongest first, as in the feature specification */
export function factsOf(snapshot: AccountSnapshot, policy: Policy, precedence: readonly string[]): AccountFacts {
  const attributes = mergeAttributes(snapshot.versions, precedence)
  return {
    isCustomer: isCustomer(snapshot),
    excludedBy: [...attributeExclusions(attributes, policy), ...complaint(snapshot, policy)],
    opportunities: snapshot.opportunities.map(({ externalId, outcome, openedAt, closedAt }) => ({
      externalId,
      outcome,
      openedAt,
      closedAt,
    })),
    attributes,
  }
}

/** A won opportunity and no churn since. */
function isCustomer({ opportunities, customerEvents }: AccountSnapshot): boolean {
  const wonAges = opportunities.flatMap(({ outcome, closedAgeDays }) =>
    outcome === 'won' && closedAgeDays !== null ? [closedAgeDays] : [],
  )
  if (wonAges.length === 0) return false
  const newestWon = Math.min(...wonAges)
  return !customerEvents.some(({ kind, ageDays }) => kind === 'churn' && ageDays <= newestWon)
}

function attributeExclusions(attributes: AccountFacts['attributes'], { exclusions }: Policy) {
  return exclusions.attributes.flatMap(({ name, field, is_any_of: values }) => {
    const value = attributes[field]
    const held = Array.isArray(value) ? value : [value]
    return held.some((one) => values.includes(one)) ? [name] : []
  })
}

/** The newest event decides; on the same day, the one that opens the complaint. */
function complaint(snapshot: AccountSnapshot, { exclusions }: Policy): readonly string[] {
  const rule = exclusions.open_complaint
  if (!rule) return []
  const cells = [...snapshot.activities, ...snapshot.reach, ...snapshot.businessEvents]
  const newest = (kinds: readonly string[]) =>
    Math.min(...cells.filter(({ kind }) => kinds.includes(kind)).map(({ ageDays }) => ageDays))
  const opened = newest(rule.opened_by)
  return opened < rule.within_days && opened <= newest(rule.closed_by) ? [OPEN_COMPLAINT] : []
}

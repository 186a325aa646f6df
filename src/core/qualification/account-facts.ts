import { type AccountSnapshot, type AttributeValue, mergeAttributes } from '../features/snapshot.ts'
import type { Instant } from '../base/time.ts'
import type { Policy } from './policy.ts'

/** What the policy asks about an account beside its score. */
export interface AccountFacts {
  readonly isCustomer: boolean
  /** By name, those of the policy's exclusions that apply. */
  readonly excludedBy: readonly string[]
  readonly opportunities: readonly FactOpportunity[]
  /** What it is described by; where sources disagree, by the one believed. */
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

export interface FactOpportunity {
  readonly externalId: string
  readonly outcome: 'won' | 'lost' | 'open'
  readonly openedAt: Instant
  /** Null while it is open. */
  readonly closedAt: Instant | null
}

/** So far back it is asked whether somebody is a customer still. */
export const CUSTOMER_DAYS = 3650

export const OPEN_COMPLAINT = 'open_complaint'

/** @param precedence of sources, strongest first, as the features have it */
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

/** Who bought and has not left since. */
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

/** The newest word on it counts; on one day, that something is wrong. */
function complaint(snapshot: AccountSnapshot, { exclusions }: Policy): readonly string[] {
  const rule = exclusions.open_complaint
  if (!rule) return []
  const cells = [...snapshot.activities, ...snapshot.reach, ...snapshot.businessEvents]
  const newest = (kinds: readonly string[]) =>
    Math.min(...cells.filter(({ kind }) => kinds.includes(kind)).map(({ ageDays }) => ageDays))
  const opened = newest(rule.opened_by)
  return opened < rule.within_days && opened <= newest(rule.closed_by) ? [OPEN_COMPLAINT] : []
}

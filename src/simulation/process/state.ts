import {
  type ActivityFact,
  accountKnownAt,
  type AccountVersion,
  type Company,
  type Opportunity,
  type SignalFact,
} from '../company/company.ts'
import type { AccountState } from './log-odds.ts'
import { DAY, dayIndex, type Moment } from './moment.ts'
import { BUSINESS_EVENTS } from './process.ts'

/**
 * What was known on a first of the month, counted from the facts as they are exported. An activity counts from the latest
 * of its own, its link's and its account's knowledge date; an n-day window holds ages 0 to n-1.
 *
 * Example: as of 2024-10-01 a visit of 2024-09-02 has age 29 and is in the 30-day window, one of 2024-09-01 is not.
 */
export function stateAt(company: Company, asOf: Moment): AccountState {
  const version = versionAt(company, asOf)
  const recent = activitiesKnown(company, asOf, 90).filter(({ by }) => by === 'buyer')
  const lastMonth = recent.filter(({ at }) => ageInDays(asOf, at) < 30)
  const engaged = new Set(recent.flatMap(({ contact }) => (contact ? [contact] : [])))
  const roles = new Set(company.contacts.flatMap(({ role, knownAt }) => (knownAt < asOf ? [role] : [])))
  const engagedRoles = new Set([...engaged].map(({ role }) => role))
  return {
    employees: version?.employees ?? null,
    industry: company.profile.industry,
    country: company.profile.country,
    technologies: version?.technologies ?? [],
    procurementKnown: roles.has('procurement'),
    economicDecisionMakerKnown: roles.has('economic_decision_maker'),
    economicDecisionMakerEngaged90d: engagedRoles.has('economic_decision_maker'),
    technicalDecisionMakerEngaged90d: engagedRoles.has('technical_decision_maker'),
    buyerActivities30d: lastMonth.length,
    peopleEngaged90d: engaged.size,
    pricingPageVisits30d: lastMonth.filter(({ kind }) => kind === 'pricing_page_visit').length,
    demoRequests90d: recent.filter(({ kind }) => kind === 'demo_request').length,
    growthEvents90d: growthEventsKnown(company, asOf),
    dealsLost365d: dealsClosed(company, asOf, 365).filter(({ won }) => !won).length,
    dealsWon730d: dealsClosed(company, asOf, 730).filter(({ won }) => won).length,
    intentStrength30d: meanStrength(signalsKnown(company, asOf)),
  }
}

export function versionAt(company: Company, asOf: Moment): AccountVersion | undefined {
  return company.versions.findLast(({ knownAt }) => knownAt < asOf)
}

/** Facts are in monthly order, so the search stops four months back. */
export function activitiesKnown(company: Company, asOf: Moment, windowDays: number): readonly ActivityFact[] {
  const accountKnown = accountKnownAt(company)
  const found: ActivityFact[] = []
  for (let index = company.activities.length - 1; index >= 0; index -= 1) {
    const fact = company.activities[index] as ActivityFact
    if (fact.at < asOf - (windowDays + 35) * DAY) break
    const countsFrom = Math.max(fact.knownAt, fact.linkedAt, accountKnown)
    if (countsFrom < asOf && fact.at < asOf && ageInDays(asOf, fact.at) < windowDays) found.push(fact)
  }
  return found
}

function growthEventsKnown(company: Company, asOf: Moment): number {
  const growth: readonly string[] = BUSINESS_EVENTS.growth
  return company.events.filter(
    ({ kind, at, knownAt }) =>
      growth.includes(kind) &&
      at < asOf &&
      Math.max(knownAt, accountKnownAt(company)) < asOf &&
      ageInDays(asOf, at) < 90,
  ).length
}

function dealsClosed(company: Company, asOf: Moment, windowDays: number): readonly Opportunity[] {
  return company.opportunities.filter(({ closedAt }) => closedAt < asOf && ageInDays(asOf, closedAt) < windowDays)
}

function signalsKnown(company: Company, asOf: Moment): readonly SignalFact[] {
  const accountKnown = accountKnownAt(company)
  const found: SignalFact[] = []
  for (let index = company.signals.length - 1; index >= 0; index -= 1) {
    const signal = company.signals[index] as SignalFact
    if (signal.periodEnd < asOf - 70 * DAY) break
    const known = Math.max(signal.knownAt, accountKnown) < asOf && signal.periodEnd < asOf
    if (known && ageInDays(asOf, signal.periodEnd) < 30) found.push(signal)
  }
  return found
}

function meanStrength(signals: readonly SignalFact[]): number {
  if (signals.length === 0) return 0
  return signals.reduce((sum, { strength }) => sum + strength, 0) / signals.length
}

function ageInDays(asOf: Moment, at: Moment): number {
  return dayIndex(asOf) - dayIndex(at)
}

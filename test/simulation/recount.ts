import type { AccountState } from '../../src/simulation/process/log-odds.ts'
import type { ActivityRow, SimulatedTables } from '../../src/simulation/export/rows.ts'
import { ageInDays, BEGINNING, type Instant } from '../../src/core/base/time.ts'

/**
 * Counts an account's state a second time, from nothing but its exported rows: no code is shared with the simulation.
 * `tables` are those of one account.
 */
export function recount(tables: SimulatedTables, asOf: Instant): AccountState {
  const version = tables.accounts.findLast((row) => (row.known_at ?? BEGINNING) < asOf)
  const accountKnown = tables.accounts[0]?.known_at ?? BEGINNING
  const contacts = new Map(tables.contacts.map((row) => [row.external_id, row]))
  const counted = (row: ActivityRow) =>
    row.initiated_by === 'buyer' &&
    row.occurred_at < asOf &&
    [row.known_at, linkKnown(tables, row), accountKnown].every((known) => known < asOf)
  const quarter = tables.activities.filter((row) => counted(row) && ageInDays(asOf, row.occurred_at) < 90)
  const month = quarter.filter((row) => ageInDays(asOf, row.occurred_at) < 30)
  const engaged = new Set(quarter.flatMap((row) => row.contact_external_id ?? []))
  const engagedRoles = [...engaged].map((id) => contacts.get(id)?.buying_role)
  const knownRoles = tables.contacts.filter((row) => (row.known_at ?? BEGINNING) < asOf).map((row) => row.buying_role)
  const strengths = tables.intentSignals
    .filter((row) => row.known_at < asOf && accountKnown < asOf && row.observed_at < asOf)
    .filter((row) => ageInDays(asOf, row.observed_at) < 30)
    .map((row) => row.strength)
  const closed = (outcome: string, days: number) =>
    tables.opportunities.filter(
      (row) =>
        row.outcome === outcome &&
        row.known_at < asOf &&
        row.closed_at !== null &&
        ageInDays(asOf, row.closed_at) < days,
    ).length
  return {
    employees: version?.employees ?? null,
    industry: version?.industry ?? null,
    country: version?.country ?? '',
    technologies: version?.technologies ?? [],
    procurementKnown: knownRoles.includes('procurement'),
    economicDecisionMakerKnown: knownRoles.includes('economic_decision_maker'),
    economicDecisionMakerEngaged90d: engagedRoles.includes('economic_decision_maker'),
    technicalDecisionMakerEngaged90d: engagedRoles.includes('technical_decision_maker'),
    buyerActivities30d: month.length,
    peopleEngaged90d: engaged.size,
    pricingPageVisits30d: month.filter((row) => row.kind === 'pricing_page_visit').length,
    demoRequests90d: quarter.filter((row) => row.kind === 'demo_request').length,
    growthEvents90d: tables.businessEvents.filter(
      (row) =>
        ['funding', 'hiring', 'new_executive'].includes(row.kind) &&
        row.known_at < asOf &&
        accountKnown < asOf &&
        ageInDays(asOf, row.occurred_at) < 90,
    ).length,
    dealsLost365d: closed('lost', 365),
    dealsWon730d: closed('won', 730),
    intentStrength30d: strengths.length === 0 ? 0 : strengths.reduce((sum, value) => sum + value, 0) / strengths.length,
  }
}

/** When the way from a row to its account was known; '9999' while there is none. */
function linkKnown(tables: SimulatedTables, row: ActivityRow): string {
  if (row.contact_external_id)
    return tables.contacts.find((contact) => contact.external_id === row.contact_external_id)?.known_at ?? BEGINNING
  if (row.domain === tables.accounts[0]?.domain) return BEGINNING
  const link = tables.accountLinks.find(
    ({ kind, value }) =>
      (kind === 'domain' && value === row.domain) ||
      (kind === 'visitor' && value === row.visitor_id) ||
      (kind === 'network' && row.ip !== null && isInside(row.ip, value)),
  )
  return link ? (link.known_at ?? BEGINNING) : '9999'
}

/** Enough for the simulated networks: a /29 of IPv4, a /56 of IPv6 written with its full prefix. */
function isInside(ip: string, cidr: string): boolean {
  const [base = '', bits] = cidr.split('/')
  if (bits === '56') return ip.startsWith(base)
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return !ip.includes(':') && Math.floor(number(ip) / 8) === Math.floor(number(base) / 8)
}

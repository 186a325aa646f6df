import { isoDateOf } from '../../core/base/time.ts'
import type { AccountLife, MonthTruth } from '../company/account-life.ts'
import { accountKnownAt, type ActivityFact, type Company, type Contact, type Opportunity } from '../company/company.ts'
import { dayIndex, instantOf, instantOrNull, type Moment } from '../process/moment.ts'
import { OPPORTUNITY } from '../process/process.ts'
import { openProbabilityWithin90Days } from '../process/horizon.ts'
import type { OpportunityRow, SimulatedTables } from './rows.ts'
import { sigmoid } from '../../core/statistics/sigmoid.ts'

/** The rows of one account that were known before `end`, in the order in which they were made. */
export function tablesOf({ company, truths }: AccountLife, end: Moment): SimulatedTables {
  const { profile } = company
  const account = profile.externalId
  const exported = company.opportunities.filter(({ openedAt }) => openedAt < end)
  const real = exported.filter(({ winProbability }) => winProbability !== null)
  return {
    accounts: accountRows(company, end),
    contacts: company.contacts.filter(({ knownAt }) => knownAt < end).map((contact) => contactRow(contact, account)),
    activities: company.activities
      .filter(({ at, knownAt }) => at < end && knownAt < end)
      .map((fact) => activityRow(fact, account)),
    intentSignals: company.signals
      .filter(({ knownAt }) => knownAt < end)
      .map((signal) => ({
        provider: signal.provider,
        topic: signal.topic,
        account_external_id: signal.byDomain ? null : account,
        domain: signal.byDomain ? profile.domain : null,
        period_start: isoDateOf(dayIndex(signal.periodStart)),
        period_end: isoDateOf(dayIndex(signal.periodEnd)),
        strength: signal.strength,
        observed_at: instantOf(signal.periodEnd),
        known_at: instantOf(signal.knownAt),
      })),
    businessEvents: company.events
      .filter(({ knownAt }) => knownAt < end)
      .map(({ sequence, kind, at, knownAt }) => ({
        source: 'news',
        source_id: `${account}-E${sequence}`,
        kind,
        account_external_id: null,
        domain: profile.domain,
        occurred_at: instantOf(at),
        known_at: instantOf(knownAt),
      })),
    opportunities: exported.flatMap((opportunity) => opportunityRows(company, opportunity, end)),
    opportunityContacts: exported.flatMap(({ externalId, contacts }) =>
      contacts
        .filter(({ contact, knownAt }) => contact.knownAt < end && knownAt < end)
        .map(({ contact, knownAt }) => ({
          opportunity_external_id: externalId,
          contact_external_id: contact.externalId,
          role: contact.role,
          known_at: instantOrNull(knownAt),
        })),
    ),
    stageHistory: exported.flatMap(({ externalId, stages }) =>
      stages
        .filter(({ enteredAt }) => enteredAt < end)
        .map(({ stage, enteredAt }) => ({
          opportunity_external_id: externalId,
          stage,
          entered_at: instantOf(enteredAt),
          known_at: instantOf(enteredAt),
        })),
    ),
    accountLinks: linkRows(company, end),
    customerEvents: company.customerEvents
      .filter(({ at }) => at < end)
      .toSorted((one, other) => one.at - other.at)
      .map(({ kind, at, amount }, index) => ({
        source: 'billing',
        source_id: `${account}-K${index + 1}`,
        account_external_id: account,
        kind,
        occurred_at: instantOf(at),
        known_at: instantOf(at),
        ...money(company, amount),
      })),
    accountMonths: truths.map((truth) => monthRow(truth, account)),
    interventions: truths.flatMap((truth) => interventionRow(truth, account)),
    peopleTruths: company.drivers
      .filter(({ opportunity }) => exported.some(({ externalId }) => externalId === opportunity))
      .map(({ opportunity, contact, winLogOdds, driveProbability, drives }) => ({
        opportunity_external_id: opportunity,
        contact_external_id: contact.externalId,
        win_log_odds_added: winLogOdds,
        drive_probability: driveProbability,
        drives,
      })),
    opportunityTruths: real.map(({ externalId, winProbability, wonWithin180Days }) => ({
      opportunity_external_id: externalId,
      win_probability: winProbability ?? 0,
      won_within_180_days: wonWithin180Days,
    })),
  }
}

/** Null for a month that is not over: the files do not show its outcome. */
function openingOf({ openLogOdds, month }: MonthTruth): number | null {
  return month.exportedShare < 1 ? null : openLogOdds
}

function monthRow(truth: MonthTruth, account: string): SimulatedTables['accountMonths'][number] {
  const opening = openingOf(truth)
  return {
    account_external_id: account,
    month: truth.month.month,
    open_log_odds: opening,
    open_probability: opening === null ? null : sigmoid(opening),
    open_90d_probability: opening === null ? null : openProbabilityWithin90Days(opening, truth.openLogOddsAtRest),
    win_probability: truth.winProbability,
    latent: truth.latent,
    worked_by_sales: truth.worked,
  }
}

function interventionRow(truth: MonthTruth, account: string): SimulatedTables['interventions'] {
  if (!truth.interventions) return []
  const { worked, notWorked } = truth.interventions
  const canOpen = openingOf(truth) !== null
  return [
    {
      account_external_id: account,
      month: truth.month.month,
      worked_by_sales: truth.worked,
      open_probability_worked: canOpen ? worked.openProbability : null,
      open_probability_not_worked: canOpen ? notWorked.openProbability : null,
      win_probability_worked: worked.winProbability,
      win_probability_not_worked: notWorked.winProbability,
    },
  ]
}

function accountRows({ profile, versions }: Company, end: Moment): SimulatedTables['accounts'] {
  return versions
    .filter(({ knownAt }) => knownAt < end)
    .map((version) => ({
      external_id: profile.externalId,
      name: profile.name,
      domain: profile.domain,
      known_at: instantOrNull(version.knownAt),
      source: profile.source,
      industry: profile.industry,
      employees: version.employees,
      revenue_usd: profile.revenueUsd,
      country: profile.country,
      region: profile.region,
      ownership: profile.ownership,
      technologies: version.technologies,
      in_crm: version.inCrm,
      motion: version.motion,
    }))
}

function contactRow(contact: Contact, account: string): SimulatedTables['contacts'][number] {
  return {
    external_id: contact.externalId,
    account_external_id: account,
    email: contact.email,
    name: contact.name,
    title: contact.title,
    seniority: contact.seniority,
    department: contact.department,
    buying_role: contact.role,
    known_at: instantOrNull(contact.knownAt),
  }
}

/** A named row carries the contact, an unnamed one only its trace: how it finds its account is the importer's work. */
function activityRow(fact: ActivityFact, account: string): SimulatedTables['activities'][number] {
  return {
    source: fact.source,
    source_id: `${account}-${fact.id}`,
    kind: fact.kind,
    occurred_at: instantOf(fact.at),
    known_at: instantOf(fact.knownAt),
    initiated_by: fact.by,
    contact_external_id: fact.contact?.externalId ?? null,
    account_external_id: null,
    email: fact.kind.startsWith('email') ? (fact.contact?.email ?? null) : null,
    domain: fact.domain,
    ip: fact.ip,
    visitor_id: fact.visitorId,
  }
}

/** One version when it opens, one when it closes; one still open shows the stage it stands in. */
function opportunityRows(company: Company, opportunity: Opportunity, end: Moment): readonly OpportunityRow[] {
  const { openedAt, closedAt, stages } = opportunity
  const row = (stage: string, knownAt: Moment, amountUsd: number, closed: boolean): OpportunityRow => ({
    external_id: opportunity.externalId,
    account_external_id: company.profile.externalId,
    name: `${company.profile.name} – ${opportunity.type.replace('_', ' ')}`,
    opened_at: instantOf(openedAt),
    closed_at: closed ? instantOf(closedAt) : null,
    outcome: closed ? (opportunity.won ? 'won' : 'lost') : 'open',
    ...money(company, amountUsd),
    type: opportunity.type,
    lead_source: opportunity.leadSource,
    stage,
    known_at: instantOf(knownAt),
  })
  const first = row(stages[0]?.stage ?? '', openedAt, opportunity.amountAtOpening, false)
  const latest = stages.findLast(({ enteredAt }) => enteredAt < end)
  if (!latest || latest.enteredAt === openedAt) return [first]
  const closed = closedAt < end
  const amount = closed ? opportunity.amountAtClose : opportunity.amountAtOpening
  return [first, row(latest.stage, latest.enteredAt, amount, closed)]
}

function money({ profile }: Company, usd: number): { amount: number; currency: 'USD' | 'EUR' }
function money({ profile }: Company, usd: number | null): { amount: number | null; currency: 'USD' | 'EUR' | null }
function money({ profile }: Company, usd: number | null): { amount: number | null; currency: 'USD' | 'EUR' | null } {
  if (usd === null) return { amount: null, currency: null }
  if (!profile.usesEuro) return { amount: usd, currency: 'USD' }
  return { amount: Math.round(usd / OPPORTUNITY.usdPerEur), currency: 'EUR' }
}

function linkRows(company: Company, end: Moment): SimulatedTables['accountLinks'] {
  const { profile, visitorLinks } = company
  const links = [
    ...(profile.network
      ? [{ kind: 'network' as const, value: profile.network.cidr, knownAt: profile.network.knownAt }]
      : []),
    ...(profile.secondDomain
      ? [{ kind: 'domain' as const, value: profile.secondDomain, knownAt: profile.secondDomainKnownAt }]
      : []),
    ...visitorLinks.map(({ visitorId, knownAt }) => ({ kind: 'visitor' as const, value: visitorId, knownAt })),
  ]
  return links
    .filter(({ knownAt }) => knownAt < end && accountKnownAt(company) < end)
    .map(({ kind, value, knownAt }) => ({
      account_external_id: profile.externalId,
      kind,
      value,
      known_at: instantOrNull(knownAt),
    }))
}

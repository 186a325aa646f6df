import type { OpportunityHistory } from '../../core/training/cohorts/cohort.ts'
import type { AccountSnapshot, EventCell, FeedStarts } from '../../core/features/snapshot.ts'
import type { ActivityRow, SimulatedTables } from '../export/rows.ts'
import { ageInDays, BEGINNING, dayOf, type Instant, instantPlusDays, startOfDay } from '../../core/base/time.ts'

/** Longer than any feature or rule looks back. */
const LONGEST_WINDOW_DAYS = 200

/**
 * The snapshots of one simulated account straight from its rows, without a database: for studies of many companies.
 * `tables` are those of one account; `worldStart` is when its feeds begin.
 */
export function simulatedSnapshots(tables: SimulatedTables, worldStart: Instant) {
  const accountKnown = tables.accounts[0]?.known_at ?? BEGINNING
  const contactsById = new Map(tables.contacts.map((row, key) => [row.external_id, { ...row, key }]))
  const activities = tables.activities.map((row) => ({
    row,
    known: latest(row.known_at, linkKnown(tables, row), accountKnown),
  }))
  const starts = new Map([['*', worldStart]])
  const feedStarts: FeedStarts = {
    activity: starts,
    intent_signal: starts,
    business_event: starts,
    customer_event: starts,
  }
  return (asOf: Instant): AccountSnapshot | undefined => {
    if (accountKnown >= asOf) return undefined
    const cell = (row: { kind: string; occurred_at: Instant }, contactKey: number | null = null): EventCell => ({
      kind: row.kind,
      contactKey,
      ageDays: ageInDays(asOf, row.occurred_at),
      count: 1,
    })
    const personKnown = (id: string | null) => {
      const contact = id === null ? undefined : contactsById.get(id)
      return contact && (contact.known_at ?? BEGINNING) < asOf ? contact.key : null
    }
    const since = startOfDay(dayOf(instantPlusDays(asOf, 1 - LONGEST_WINDOW_DAYS)))
    const recent = activities.filter(
      ({ row, known }) => known < asOf && row.occurred_at < asOf && row.occurred_at >= since,
    )
    const before = <Row extends { known_at: Instant }>(rows: readonly Row[], happened: (row: Row) => Instant) =>
      rows.filter((row) => row.known_at < asOf && happened(row) < asOf)
    const version = tables.accounts.findLast((row) => (row.known_at ?? BEGINNING) < asOf)
    const { industry, employees, revenue_usd, country, region, ownership, technologies, motion } = version ?? {}
    const attributes = { industry, employees, revenue_usd, country, region, ownership, technologies, motion }
    return {
      externalId: version?.external_id ?? '',
      asOf,
      accountKnownAt: accountKnown,
      versions: [
        {
          source: 'crm',
          attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value ?? null])),
          backfilled: version?.known_at === null,
        },
      ],
      contacts: [...contactsById.values()]
        .filter((row) => (row.known_at ?? BEGINNING) < asOf)
        .map((row) => ({
          key: row.key,
          externalId: row.external_id,
          name: row.name,
          title: row.title,
          seniority: row.seniority,
          department: row.department,
          buyingRole: row.buying_role,
        })),
      activities: recent
        .filter(({ row }) => row.initiated_by === 'buyer')
        .map(({ row }) => cell(row, personKnown(row.contact_external_id))),
      reach: recent
        .filter(({ row }) => row.initiated_by !== 'buyer')
        .map(({ row }) => cell(row, personKnown(row.contact_external_id))),
      latestKinds: [],
      intentSignals: before(tables.intentSignals, (row) => row.observed_at).map((row) => ({
        provider: row.provider,
        topic: row.topic,
        ageDays: ageInDays(asOf, row.observed_at),
        strengthE4: Math.round(row.strength * 10_000),
      })),
      businessEvents: before(tables.businessEvents, (row) => row.occurred_at).map((row) => cell(row)),
      customerEvents: before(tables.customerEvents, (row) => row.occurred_at).map((row) => cell(row)),
      opportunities: opportunitiesAsOf(tables, asOf).map(({ row, isClosed }) => ({
        externalId: row.external_id,
        outcome: isClosed ? row.outcome : 'open',
        type: row.type,
        leadSource: row.lead_source,
        openedAt: row.opened_at,
        closedAt: isClosed ? row.closed_at : null,
        openedAgeDays: ageInDays(asOf, row.opened_at),
        closedAgeDays: isClosed && row.closed_at ? ageInDays(asOf, row.closed_at) : null,
      })),
      feedStarts,
    }
  }
}

/** What became of the account's opportunities by `asOf`. */
export function simulatedHistories(
  tables: SimulatedTables,
  accountId: number,
  asOf: Instant,
): readonly OpportunityHistory[] {
  const [first] = tables.accounts
  if (!first) return []
  const account = { accountId, externalId: first.external_id, knownAt: first.known_at ?? BEGINNING }
  return opportunitiesAsOf(tables, asOf).map(({ row, isClosed }) => ({
    externalId: row.external_id,
    account,
    openedAt: row.opened_at,
    knownAt: row.opened_at,
    closedAt: isClosed ? row.closed_at : null,
    closeKnownAt: isClosed ? row.known_at : null,
    outcome: isClosed ? row.outcome : 'open',
    type: row.type,
    leadSource: row.lead_source,
    firstActivityAt: null,
    churnedAt: null,
  }))
}

/** Buyer activities in the window that are known by `end`: a feature without leakage cannot have counted them. */
export function activitiesBetween(tables: SimulatedTables, from: Instant, to: Instant): number {
  return tables.activities.filter(
    (row) =>
      row.initiated_by === 'buyer' &&
      row.occurred_at >= from &&
      row.occurred_at < to &&
      linkKnown(tables, row) !== NEVER,
  ).length
}

function opportunitiesAsOf(tables: SimulatedTables, asOf: Instant) {
  const newest = new Map<string, SimulatedTables['opportunities'][number]>()
  for (const row of tables.opportunities)
    if (row.known_at < asOf && row.opened_at < asOf) newest.set(row.external_id, row)
  return [...newest.values()].map((row) => ({ row, isClosed: row.closed_at !== null && row.closed_at < asOf }))
}

const NEVER = '9999'

function latest(...instants: readonly string[]): string {
  return instants.reduce((one, other) => (one > other ? one : other))
}

/** When the way from a row to its account was known. */
function linkKnown(tables: SimulatedTables, row: ActivityRow): string {
  if (row.contact_external_id !== null) {
    const contact = tables.contacts.find(({ external_id: id }) => id === row.contact_external_id)
    return contact ? (contact.known_at ?? BEGINNING) : NEVER
  }
  if (row.domain === tables.accounts[0]?.domain) return BEGINNING
  const link = tables.accountLinks.find(
    ({ kind, value }) =>
      (kind === 'domain' && value === row.domain) ||
      (kind === 'visitor' && value === row.visitor_id) ||
      (kind === 'network' && row.ip !== null && isInside(row.ip, value)),
  )
  return link ? (link.known_at ?? BEGINNING) : NEVER
}

/** Enough for the simulated networks: a /29 of IPv4, a /56 of IPv6 written with its full prefix. */
function isInside(ip: string, cidr: string): boolean {
  const [base = '', bits] = cidr.split('/')
  if (bits === '56') return ip.startsWith(base)
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return !ip.includes(':') && Math.floor(number(ip) / 8) === Math.floor(number(base) / 8)
}

import { type Instant, instantPlusDays } from '../../../core/base/time.ts'
import { OPPORTUNITY } from '../../process/process.ts'
import type * as rows from '../rows.ts'

/**
 * What a CRM holds of a simulated account on the day of the export: the state of that day, without earlier versions. Its ids
 * are those of the simulation.
 */
export interface CrmRecords {
  readonly companies: readonly CrmCompany[]
  readonly people: readonly CrmPerson[]
  readonly deals: readonly CrmDeal[]
  readonly dealPeople: readonly CrmDealPerson[]
  readonly stages: readonly CrmStageEntry[]
  readonly activities: readonly CrmActivity[]
  readonly outside: OutsideRecords
}

/** What no CRM holds: companies that are only known from a bought list, intent, news, links and billing. */
export interface OutsideRecords {
  readonly companies: readonly CrmCompany[]
  readonly intentSignals: readonly rows.IntentSignalRow[]
  readonly businessEvents: readonly rows.BusinessEventRow[]
  readonly accountLinks: readonly rows.AccountLinkRow[]
  readonly customerEvents: readonly rows.CustomerEventRow[]
}

interface CrmRecord {
  /** In the recycle bin: interfaces and pipelines show it with a mark of deletion, exports by a user do not. */
  readonly gone: boolean
}
export type CrmCompany = Omit<rows.AccountRow, 'known_at'> & CrmRecord & { readonly created_at: Instant }
export type CrmPerson = Omit<rows.ContactRow, 'known_at'> & CrmRecord & { readonly created_at: Instant }
export type CrmDeal = Omit<rows.OpportunityRow, 'known_at'> &
  CrmRecord & {
    /** Of a deal that is open, the day on which sales expects it to close. */
    readonly close_date: Instant
    readonly people: readonly string[]
  }
export type CrmDealPerson = Omit<rows.OpportunityContactRow, 'known_at'> & { readonly known_at: Instant }
export type CrmStageEntry = Omit<rows.StageHistoryRow, 'known_at'>
export type CrmActivity = Omit<rows.ActivityRow, 'contact_external_id'> & {
  /** The first is the one that the activity is about; a meeting may have a second. */
  readonly people: readonly string[]
  readonly account: string
}

/** A CRM gives everything a date of creation: what the simulation has always known was entered when the CRM was set up. */
const SET_UP = '2019-11-04T09:00:00.000000Z' as Instant
const EXPECTED_DAYS_TO_CLOSE = 120

/** @param oneCurrency every amount in US dollars */
export function crmRecords(tables: rows.SimulatedTables, oneCurrency: boolean): CrmRecords {
  const [first] = tables.accounts
  const company = first && latestCompany(first, tables.accounts)
  const inCrm = company !== undefined && (company.in_crm || tables.contacts.length > 0)
  const people = tables.contacts.map(({ known_at, ...person }) => ({
    ...person,
    created_at: known_at ?? SET_UP,
    gone: false,
  }))
  const deals = dealsOf(tables, oneCurrency)
  const openedAt = new Map(deals.map((deal) => [deal.external_id, deal.opened_at]))
  return {
    companies: inCrm ? withDeletedCopy([{ ...company, in_crm: true }]) : [],
    people: withDeletedCopy(people),
    deals: withDeletedCopy(deals),
    dealPeople: tables.opportunityContacts.map((row) => ({
      ...row,
      known_at: row.known_at ?? openedAt.get(row.opportunity_external_id) ?? SET_UP,
    })),
    stages: tables.stageHistory.map(({ known_at: _, ...entry }) => entry),
    activities: tables.activities.map((row, index) => ({
      ...activityOf(row, index % 2 === 0 ? people : []),
      account: first?.external_id ?? '',
    })),
    outside: {
      companies: company === undefined || inCrm ? [] : [company],
      intentSignals: tables.intentSignals,
      businessEvents: tables.businessEvents,
      accountLinks: tables.accountLinks,
      customerEvents: tables.customerEvents.map((row) => ({ ...row, ...inOneCurrency(row, oneCurrency) })),
    },
  }
}

function latestCompany(first: rows.AccountRow, versions: readonly rows.AccountRow[]): CrmCompany {
  const { known_at: _, ...latest } = versions.at(-1) ?? first
  return { ...latest, created_at: first.known_at ?? SET_UP, gone: false }
}

/** Of the first there is a duplicate that somebody has found and deleted. */
function withDeletedCopy<Row extends CrmRecord & { readonly external_id: string }>(
  records: readonly Row[],
): readonly Row[] {
  return [
    ...records,
    ...records.slice(0, 1).map((row) => ({ ...row, external_id: `${row.external_id}-X`, gone: true })),
  ]
}

/** The records that are not deleted. */
export function kept<Row extends CrmRecord>(records: readonly Row[]): readonly Row[] {
  return records.filter(({ gone }) => !gone)
}

function dealsOf(tables: rows.SimulatedTables, oneCurrency: boolean): readonly CrmDeal[] {
  const latest = new Map(tables.opportunities.map((row) => [row.external_id, row]))
  return [...latest.values()].map(({ known_at: _, ...row }) => ({
    ...row,
    ...inOneCurrency(row, oneCurrency),
    gone: false,
    close_date: row.closed_at ?? instantPlusDays(row.opened_at, EXPECTED_DAYS_TO_CLOSE),
    people: tables.opportunityContacts
      .filter(({ opportunity_external_id }) => opportunity_external_id === row.external_id)
      .map(({ contact_external_id }) => contact_external_id),
  }))
}

function inOneCurrency<Row extends { readonly amount: number | null; readonly currency: 'USD' | 'EUR' | null }>(
  { amount, currency }: Row,
  oneCurrency: boolean,
): Pick<Row, 'amount' | 'currency'> {
  if (!oneCurrency || amount === null || currency !== 'EUR') return { amount, currency }
  return { amount: Math.round(amount * OPPORTUNITY.usdPerEur), currency: 'USD' }
}

/** A colleague who was known by then sits in on a meeting. */
function activityOf(
  { contact_external_id: person, ...row }: rows.ActivityRow,
  colleagues: readonly CrmPerson[],
): Omit<CrmActivity, 'account'> {
  const colleague =
    row.kind === 'sales_meeting'
      ? colleagues.find(({ external_id, created_at }) => external_id !== person && created_at < row.occurred_at)
      : undefined
  return { ...row, people: [person, colleague?.external_id ?? null].filter((one) => one !== null) }
}

/** CRMs keep the two names of a person apart. */
export function namesOf(name: string): readonly [first: string, last: string] {
  const space = name.indexOf(' ')
  return space === -1 ? ['', name] : [name.slice(0, space), name.slice(space + 1)]
}

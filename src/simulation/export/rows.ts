import type { Instant, IsoDate } from '../../core/base/time.ts'

/** The rows of each file, with the column names of the import. null is an empty field: unknown. */
export interface AccountRow {
  readonly external_id: string
  readonly name: string
  readonly domain: string
  readonly known_at: Instant | null
  readonly source: string
  readonly industry: string | null
  readonly employees: number | null
  readonly revenue_usd: number | null
  readonly country: string
  readonly region: string
  readonly ownership: string
  readonly technologies: readonly string[]
  readonly in_crm: boolean
  readonly motion: 'new_business' | 'expansion'
}

export interface ContactRow {
  readonly external_id: string
  readonly account_external_id: string
  readonly email: string | null
  readonly name: string
  readonly title: string
  readonly seniority: Seniority
  readonly department: string
  readonly buying_role: BuyingRole
  readonly known_at: Instant | null
}
export type Seniority = 'c_level' | 'vp' | 'director' | 'manager' | 'individual'
export type BuyingRole = 'economic_decision_maker' | 'technical_decision_maker' | 'procurement' | 'influencer' | 'user'

export interface ActivityRow {
  readonly source: string
  readonly source_id: string
  readonly kind: string
  readonly occurred_at: Instant
  readonly known_at: Instant
  readonly initiated_by: 'buyer' | 'sales' | 'system'
  readonly contact_external_id: string | null
  readonly account_external_id: string | null
  readonly email: string | null
  readonly domain: string | null
  readonly ip: string | null
  readonly visitor_id: string | null
}

export interface IntentSignalRow {
  readonly provider: string
  readonly topic: string
  readonly account_external_id: string | null
  readonly domain: string | null
  readonly period_start: IsoDate
  readonly period_end: IsoDate
  readonly strength: number
  readonly observed_at: Instant
  readonly known_at: Instant
}

export interface BusinessEventRow {
  readonly source: string
  readonly source_id: string
  readonly kind: string
  readonly account_external_id: string | null
  readonly domain: string | null
  readonly occurred_at: Instant
  readonly known_at: Instant
}

export interface OpportunityRow {
  readonly external_id: string
  readonly account_external_id: string
  readonly name: string
  readonly opened_at: Instant
  readonly closed_at: Instant | null
  readonly outcome: 'won' | 'lost' | 'open'
  readonly amount: number
  readonly currency: 'USD' | 'EUR'
  readonly type: 'new_business' | 'renewal' | 'expansion'
  readonly lead_source: 'inbound' | 'outbound' | 'partner'
  readonly stage: string
  readonly known_at: Instant
}

export interface OpportunityContactRow {
  readonly opportunity_external_id: string
  readonly contact_external_id: string
  readonly role: BuyingRole
  readonly known_at: Instant | null
}

export interface StageHistoryRow {
  readonly opportunity_external_id: string
  readonly stage: string
  readonly entered_at: Instant
  readonly known_at: Instant
}

export interface AccountLinkRow {
  readonly account_external_id: string
  readonly kind: 'domain' | 'network' | 'visitor'
  readonly value: string
  readonly known_at: Instant | null
}

export interface CustomerEventRow {
  readonly source: string
  readonly source_id: string
  readonly account_external_id: string
  readonly kind: 'renewal' | 'expansion' | 'churn'
  readonly occurred_at: Instant
  readonly known_at: Instant
  readonly amount: number | null
  readonly currency: 'USD' | 'EUR' | null
}

export interface SpendRow {
  readonly month: IsoDate
  readonly channel: string
  readonly amount: number
  readonly currency: 'USD'
}

/** The truth of one account on the first of one month; the opening is null where none can open (one is open, or a renewal comes up) and for a month that the world's end cuts short. */
export interface AccountMonthTruth {
  readonly account_external_id: string
  readonly month: IsoDate
  readonly open_log_odds: number | null
  readonly open_probability: number | null
  readonly open_90d_probability: number | null
  readonly win_probability: number
  readonly latent: number
  readonly worked_by_sales: boolean
}

/**
 * The probabilities of an account in a month with and without work by sales, given the same past. The opening may have any
 * source, outbound included; winning is that of an opportunity that opens in the month.
 */
export interface InterventionTruth {
  readonly account_external_id: string
  readonly month: IsoDate
  readonly worked_by_sales: boolean
  readonly open_probability_worked: number | null
  readonly open_probability_not_worked: number | null
  readonly win_probability_worked: number
  readonly win_probability_not_worked: number
}

export interface OpportunityTruth {
  readonly opportunity_external_id: string
  readonly win_probability: number
  readonly won_within_180_days: boolean
}

/**
 * A person who was known on the first of the month in which an opportunity opened: what their own activities add to the win
 * log-odds, and whether they drive the deal.
 */
export interface PersonTruthRow {
  readonly opportunity_external_id: string
  readonly contact_external_id: string
  readonly win_log_odds_added: number
  readonly drive_probability: number
  readonly drives: boolean
}

export interface RateRow {
  readonly currency: 'EUR'
  readonly day: IsoDate
  readonly usd_per_unit: number
}

/** What accounts have rows of. */
export interface SimulatedTables {
  readonly accounts: readonly AccountRow[]
  readonly contacts: readonly ContactRow[]
  readonly activities: readonly ActivityRow[]
  readonly intentSignals: readonly IntentSignalRow[]
  readonly businessEvents: readonly BusinessEventRow[]
  readonly opportunities: readonly OpportunityRow[]
  readonly opportunityContacts: readonly OpportunityContactRow[]
  readonly stageHistory: readonly StageHistoryRow[]
  readonly accountLinks: readonly AccountLinkRow[]
  readonly customerEvents: readonly CustomerEventRow[]
  readonly accountMonths: readonly AccountMonthTruth[]
  readonly opportunityTruths: readonly OpportunityTruth[]
  readonly interventions: readonly InterventionTruth[]
  readonly peopleTruths: readonly PersonTruthRow[]
}

const list = (names: string): readonly string[] => names.split(',')

/** What the company as a whole has rows of. */
export interface CompanyTables {
  readonly spend: readonly SpendRow[]
  readonly rates: readonly RateRow[]
}

/** File name (without `.csv`) and columns of each table, in the order of the import. */
export const TABLES: Readonly<
  Record<keyof SimulatedTables | keyof CompanyTables, { file: string; columns: readonly string[] }>
> = {
  accounts: {
    file: 'accounts',
    columns: list(
      'external_id,name,domain,known_at,source,industry,employees,revenue_usd,country,region,ownership,technologies,in_crm,motion',
    ),
  },
  contacts: {
    file: 'contacts',
    columns: list('external_id,account_external_id,email,name,title,seniority,department,buying_role,known_at'),
  },
  activities: {
    file: 'activities',
    columns: list(
      'source,source_id,kind,occurred_at,known_at,initiated_by,contact_external_id,account_external_id,email,domain,ip,visitor_id',
    ),
  },
  intentSignals: {
    file: 'intent-signals',
    columns: list('provider,topic,account_external_id,domain,period_start,period_end,strength,observed_at,known_at'),
  },
  businessEvents: {
    file: 'business-events',
    columns: list('source,source_id,kind,account_external_id,domain,occurred_at,known_at'),
  },
  opportunities: {
    file: 'opportunities',
    columns: list(
      'external_id,account_external_id,name,opened_at,closed_at,outcome,amount,currency,type,lead_source,stage,known_at',
    ),
  },
  opportunityContacts: {
    file: 'opportunity-contacts',
    columns: list('opportunity_external_id,contact_external_id,role,known_at'),
  },
  stageHistory: { file: 'stage-history', columns: list('opportunity_external_id,stage,entered_at,known_at') },
  accountLinks: { file: 'account-links', columns: list('account_external_id,kind,value,known_at') },
  customerEvents: {
    file: 'customer-events',
    columns: list('source,source_id,account_external_id,kind,occurred_at,known_at,amount,currency'),
  },
  spend: { file: 'spend', columns: list('month,channel,amount,currency') },
  rates: { file: 'rates', columns: list('currency,day,usd_per_unit') },
  accountMonths: {
    file: 'truth/account-months',
    columns: list(
      'account_external_id,month,open_log_odds,open_probability,open_90d_probability,win_probability,latent,worked_by_sales',
    ),
  },
  opportunityTruths: {
    file: 'truth/opportunities',
    columns: list('opportunity_external_id,win_probability,won_within_180_days'),
  },
  interventions: {
    file: 'truth/interventions',
    columns: list(
      'account_external_id,month,worked_by_sales,open_probability_worked,open_probability_not_worked,win_probability_worked,win_probability_not_worked',
    ),
  },
  peopleTruths: {
    file: 'truth/people',
    columns: list('opportunity_external_id,contact_external_id,win_log_odds_added,drive_probability,drives'),
  },
}

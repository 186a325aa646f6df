import type { Generated, GeneratedAlways } from 'kysely'
import type { Instant, IsoDate } from '../../../core/base/time.ts'
import type { Attributes, JsonObject, RecordedAt } from './columns.ts'

export interface FactsTables {
  account: AccountTable
  account_version: AccountVersionTable
  contact: ContactTable
  contact_version: ContactVersionTable
  activity: ActivityTable
  intent_signal: IntentSignalTable
  business_event: BusinessEventTable
  customer_event: CustomerEventTable
  feed_start: FeedStartTable
  opportunity: OpportunityTable
  opportunity_version: OpportunityVersionTable
  opportunity_contact: OpportunityContactTable
  stage_history: StageHistoryTable
  spend: SpendTable
  exchange_rate: ExchangeRateTable
}

interface AccountTable {
  account_id: GeneratedAlways<number>
  external_id: string
  known_at: Instant
  backfilled: boolean
  recorded_at: RecordedAt
}

interface AccountVersionTable {
  account_id: number
  source: string
  known_at: Instant
  backfilled: boolean
  attributes: JsonObject
  deleted: Generated<boolean>
  recorded_at: RecordedAt
}

interface ContactTable {
  contact_id: GeneratedAlways<number>
  external_id: string
  known_at: Instant
  backfilled: boolean
  recorded_at: RecordedAt
}

interface ContactVersionTable {
  contact_id: number
  source: string
  known_at: Instant
  backfilled: boolean
  account_id: number | null
  account_external_id: string | null
  email: string | null
  name: string | null
  title: string | null
  seniority: string | null
  department: string | null
  buying_role: string | null
  attributes: Attributes
  mql_at: Generated<Instant | null>
  deleted: Generated<boolean>
  recorded_at: RecordedAt
}

interface ActivityTable {
  activity_id: GeneratedAlways<number>
  source: string
  source_id: string
  kind: string
  occurred_at: Instant
  known_at: Instant
  ordinal: Generated<number>
  initiated_by: Generated<'buyer' | 'sales' | 'system'>
  evidence: boolean
  account_id: number | null
  contact_id: number | null
  linked_at: Instant | null
  account_external_id: string | null
  contact_external_id: string | null
  email: string | null
  domain: string | null
  ip: string | null
  visitor_id: string | null
  attributes: Attributes
  deleted: Generated<boolean>
  superseded_at: Generated<Instant | null>
  known_at_assumed: Generated<boolean>
  recorded_at: RecordedAt
}

interface IntentSignalTable {
  intent_signal_id: GeneratedAlways<number>
  provider: string
  topic: string
  subject: string
  period_start: IsoDate
  period_end: IsoDate
  observed_at: Instant
  known_at: Instant
  strength: string
  account_id: number | null
  linked_at: Instant | null
  account_external_id: string | null
  domain: string | null
  deleted: Generated<boolean>
  superseded_at: Generated<Instant | null>
  known_at_assumed: Generated<boolean>
  recorded_at: RecordedAt
}

interface BusinessEventTable {
  business_event_id: GeneratedAlways<number>
  source: string
  source_id: string
  kind: string
  occurred_at: Instant
  known_at: Instant
  account_id: number | null
  linked_at: Instant | null
  account_external_id: string | null
  domain: string | null
  attributes: Attributes
  deleted: Generated<boolean>
  superseded_at: Generated<Instant | null>
  known_at_assumed: Generated<boolean>
  recorded_at: RecordedAt
}

interface CustomerEventTable {
  customer_event_id: GeneratedAlways<number>
  source: string
  source_id: string
  kind: 'renewal' | 'expansion' | 'churn'
  occurred_at: Instant
  known_at: Instant
  amount: string | null
  currency: string | null
  account_id: number | null
  linked_at: Instant | null
  account_external_id: string
  deleted: Generated<boolean>
  superseded_at: Generated<Instant | null>
  known_at_assumed: Generated<boolean>
  recorded_at: RecordedAt
}

interface FeedStartTable {
  fact: 'activity' | 'intent_signal' | 'business_event' | 'customer_event'
  source: string
  kind: string
  occurred_at: Instant
  known_at: Instant
}

interface OpportunityTable {
  opportunity_id: GeneratedAlways<number>
  external_id: string
  account_id: number | null
  account_external_id: string
  recorded_at: RecordedAt
}

interface OpportunityVersionTable {
  opportunity_id: number
  known_at: Instant
  backfilled: boolean
  name: string | null
  opened_at: Instant
  closed_at: Instant | null
  outcome: 'won' | 'lost' | 'open'
  amount: string | null
  currency: string | null
  type: 'new_business' | 'renewal' | 'expansion' | null
  lead_source: 'inbound' | 'outbound' | 'partner' | null
  stage: string | null
  attributes: Attributes
  deleted: Generated<boolean>
  recorded_at: RecordedAt
}

interface OpportunityContactTable {
  opportunity_id: number
  contact_id: number
  role: string | null
  known_at: Instant
  backfilled: boolean
  removed_at: Generated<Instant | null>
  recorded_at: RecordedAt
}

interface StageHistoryTable {
  opportunity_id: number
  stage: string
  entered_at: Instant
  known_at: Instant
  recorded_at: RecordedAt
}

interface SpendTable {
  month: IsoDate
  channel: string
  currency: string
  amount: string
  recorded_at: RecordedAt
}

interface ExchangeRateTable {
  currency: string
  day: IsoDate
  usd_per_unit: string
  recorded_at: RecordedAt
}

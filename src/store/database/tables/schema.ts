import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Instant, IsoDate } from '../../../core/base/time.ts'
import type { IngestTables } from './ingest.ts'
import type { PlaybookTables } from './playbook.ts'
import type { ProfileTables } from './profiles.ts'
import type { QualificationTables } from './qualification.ts'
import type { RequestTables } from './requests.ts'
import type { SegmentTables } from './segments.ts'
import type { WebhookTables } from './webhooks.ts'
import type { WriteBackTables } from './write-back.ts'

/** The tables as the migrations make them. Rows stay inside `store`; its functions return core types. */
export interface Database
  extends IngestTables,
    PlaybookTables,
    ProfileTables,
    QualificationTables,
    RequestTables,
    SegmentTables,
    WebhookTables,
    WriteBackTables {
  account: AccountTable
  account_version: AccountVersionTable
  account_link: AccountLinkTable
  account_claim: AccountClaimTable
  web_domain: WebDomainTable
  account_merge: AccountMergeTable
  merged_account: MergedAccountTable
  identity_change: IdentityChangeTable
  contact: ContactTable
  contact_version: ContactVersionTable
  activity: ActivityTable
  intent_signal: IntentSignalTable
  business_event: BusinessEventTable
  customer_event: CustomerEventTable
  opportunity: OpportunityTable
  opportunity_version: OpportunityVersionTable
  opportunity_contact: OpportunityContactTable
  stage_history: StageHistoryTable
  spend: SpendTable
  exchange_rate: ExchangeRateTable
  feed_start: FeedStartTable
  import_attempt: ImportAttemptTable
  import_run: ImportRunTable
  model_version: ModelVersionTable
  promotion: PromotionTable
  backtest: BacktestTable
  training_run: TrainingRunTable
  account_score: AccountScoreTable
  service_secret: ServiceSecretTable
}

type RecordedAt = ColumnType<Instant, never, never>
/** Read as parsed JSON, written as JSON text. */
type Json<Value> = ColumnType<Value, string, string>
type JsonObject = Json<Record<string, unknown>>
/** Empty where an insert leaves it out. */
type Attributes = ColumnType<Record<string, unknown>, string | undefined, string>

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

interface AccountLinkTable {
  kind: 'domain' | 'network' | 'visitor'
  value: string
  account_id: number
  network: string | null
  known_at: Instant
  backfilled: boolean
  removed_at: Generated<Instant | null>
  recorded_at: RecordedAt
}

/** Kept by a trigger on account_link. */
interface AccountClaimTable {
  kind: 'domain' | 'network' | 'visitor'
  value: string
  valid_from: Instant
  /** `infinity` while it holds, which no Instant can say: read it as text. */
  valid_until: string
  account_id: number | null
  network: string | null
}

interface AccountMergeTable {
  account_id: number
  into_account_id: number
  known_at: Instant
  backfilled: boolean
  recorded_at: RecordedAt
}

/** Kept by a trigger on account_merge. */
interface MergedAccountTable {
  account_id: number
  survivor_id: number
  depth: number
  known_at: Instant
}

/** What a domain is under, by the rules that stand there. */
interface WebDomainTable {
  domain: string
  names: string[]
  rules: string
}

/** Keys whose facts are to be matched again. */
interface IdentityChangeTable {
  change_id: GeneratedAlways<number>
  kind: 'account' | 'contact' | 'email' | 'domain' | 'network' | 'visitor'
  value: string
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

interface ImportAttemptTable {
  fingerprint: string
  kind: string
  files: string[]
  started_at: Instant
}

interface FeedStartTable {
  fact: 'activity' | 'intent_signal' | 'business_event' | 'customer_event'
  source: string
  kind: string
  occurred_at: Instant
  known_at: Instant
}

interface ImportRunTable {
  import_run_id: GeneratedAlways<number>
  kind: string
  files: string[]
  counts: JsonObject
  reasons: JsonObject
  started_at: Instant
  finished_at: Instant
}

interface ModelVersionTable {
  version: string
  as_of: Instant
  data_sha256: string
  specification_sha256: string
  artifact: JsonObject
  /** Where it is left out the database takes it of what arrived. */
  artifact_sha256: string
  created_at: RecordedAt
  is_champion: Generated<boolean>
  policy: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
  policy_set_at: Generated<Instant | null>
  findings: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
}

interface PromotionTable {
  promotion_id: GeneratedAlways<number>
  version: string
  replaced: string | null
  promoted_by: string
  reason: string | null
  promoted_at: RecordedAt
  kind: Generated<'promote' | 'rollback'>
  forced: Generated<boolean>
  verdict: 'proven' | 'not_proven' | 'refused' | null
}

interface BacktestTable {
  backtest_id: GeneratedAlways<number>
  version: string
  verdict: 'proven' | 'not_proven' | 'refused'
  report: JsonObject
  page: Generated<string | null>
  created_at: RecordedAt
}

interface TrainingRunTable {
  training_run_id: GeneratedAlways<number>
  state: Generated<'queued' | 'running' | 'succeeded' | 'refused' | 'failed' | 'cancelled'>
  as_of: Instant
  specification: string
  requested_by: string
  requested_at: RecordedAt
  attempt: Generated<number>
  started_at: Instant | null
  heartbeat_at: Instant | null
  finished_at: Instant | null
  cancelled_by: string | null
  progress: ColumnType<{ step: string; done: number; total: number } | null, string | undefined, string | null>
  version: string | null
  refusal: ColumnType<{ model: string; reason: string; message: string } | null, string | undefined, string | null>
  failure: string | null
  findings: ColumnType<Record<string, unknown> | null, string | undefined, string | null>
}

interface AccountScoreTable {
  account_id: number
  external_id: string
  version: string
  as_of: Instant
  qualified_probability: number | null
  in_market_probability: number | null
  win_probability: number | null
  score: JsonObject
  scored_at: ColumnType<Instant, string | undefined, string>
  scoring_run_id: Generated<number | null>
}

interface ServiceSecretTable {
  purpose: 'cursor'
  secret: Buffer
  created_at: RecordedAt
}

import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'
import type { JsonObject, RecordedAt } from './columns.ts'

export interface RegistryTables {
  model_version: ModelVersionTable
  customer_profile: CustomerProfileTable
  backtest: BacktestTable
  promotion: PromotionTable
  training_run: TrainingRunTable
}

interface ModelVersionTable {
  version: string
  as_of: Instant
  data_sha256: string
  specification_sha256: string
  artifact: JsonObject
  /** A trigger computes it where an insert leaves it out. */
  artifact_sha256: Generated<string>
  created_at: RecordedAt
  is_champion: Generated<boolean>
  policy: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
  policy_set_at: Generated<Instant | null>
  findings: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
}

interface CustomerProfileTable {
  version: string
  profile: JsonObject
  created_at: RecordedAt
}

interface BacktestTable {
  backtest_id: GeneratedAlways<number>
  version: string
  verdict: 'proven' | 'not_proven' | 'refused'
  report: JsonObject
  page: Generated<string | null>
  created_at: RecordedAt
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

import type { ColumnType, Generated } from 'kysely'
import type { SegmentDefinition } from '../../../core/qualification/segments/segment.ts'
import type { Stage } from '../../../core/scoring/stages/stages.ts'
import type { Instant } from '../../../core/base/time.ts'
import type { JsonObject, RecordedAt } from './columns.ts'

export interface QualificationTables {
  account_stage: AccountStageTable
  account_state: AccountStateTable
  account_action: AccountActionTable
  segment: SegmentTable
  segment_revision: SegmentRevisionTable
  segment_member: SegmentMemberTable
}

interface AccountStageTable {
  account_id: number
  stage: Stage
  since: Instant
}

interface AccountStateTable {
  account_id: number
  motion: string
  state: string
  since: Instant
  detail: JsonObject
  owner: string | null
  paused_until: Instant | null
}

interface AccountActionTable {
  account_id: number
  rule: string
  triggered_at: Instant
  expires_at: Instant
  ended_at: Instant | null
  ended_because: string | null
  action: JsonObject
}

interface SegmentTable {
  name: string
  created_at: RecordedAt
  revision: number
  evaluated_revision: Generated<number>
  evaluated_at: Instant | null
}

interface SegmentRevisionTable {
  name: string
  revision: number
  source: 'file' | 'api'
  definition: ColumnType<SegmentDefinition | null, string | null, never>
  actor: string | null
  stored_at: RecordedAt
}

interface SegmentMemberTable {
  segment: string
  account_id: number
  since: Instant
}

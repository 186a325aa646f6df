import type { ColumnType, Generated } from 'kysely'
import type { SegmentDefinition } from '../../../core/qualification/segments/segment.ts'
import type { Instant } from '../../../core/base/time.ts'

/** Named filters, what they were, and who is in them. */
export interface SegmentTables {
  segment: SegmentTable
  segment_revision: SegmentRevisionTable
  segment_member: SegmentMemberTable
}

interface SegmentTable {
  name: string
  created_at: ColumnType<Instant, never, never>
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
  stored_at: ColumnType<Instant, never, never>
}

interface SegmentMemberTable {
  segment: string
  account_id: number
  since: Instant
}

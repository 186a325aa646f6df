import type { Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'
import type { Attributes, RecordedAt } from './columns.ts'

export interface EventTables {
  event: EventTable
  event_feed: EventFeedTable
}

interface EventTable {
  event_id: GeneratedAlways<number>
  sequence: number | null
  in_feed: Generated<boolean>
  type: string
  account_id: number | null
  motion: string | null
  as_of: Instant
  occurred_at: RecordedAt
  model_version: string | null
  actor: string | null
  payload: Attributes
}

interface EventFeedTable {
  one: Generated<boolean>
  last_sequence: number
}

import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Stage } from '../../../core/scoring/stages/stages.ts'
import type { Instant } from '../../../core/base/time.ts'

/** The log of events, the states it comes to, and the scores as they were. */
export interface QualificationTables {
  event: EventTable
  event_feed: EventFeedTable
  scoring_run: ScoringRunTable
  account_score_change: AccountScoreChangeTable
  account_stage: AccountStageTable
  account_state: AccountStateTable
}

type JsonObject = ColumnType<Record<string, unknown>, string, string>

interface EventTable {
  event_id: GeneratedAlways<number>
  sequence: number | null
  in_feed: Generated<boolean>
  type: string
  account_id: number | null
  motion: string | null
  as_of: Instant
  occurred_at: ColumnType<Instant, never, never>
  model_version: string | null
  actor: string | null
  payload: ColumnType<Record<string, unknown>, string | undefined, string>
}

interface EventFeedTable {
  one: Generated<boolean>
  last_sequence: number
}

interface ScoringRunTable {
  scoring_run_id: GeneratedAlways<number>
  scope: 'everybody' | 'some' | 'merged'
  account_ids: number[] | null
  version: string | null
  as_of: Instant
  policy_sha256: string | null
  scored: Generated<number>
  changed: Generated<number>
  stored_at: ColumnType<Instant, never, Instant>
}

interface AccountScoreChangeTable {
  account_id: number
  scoring_run_id: number
  version: string | null
  score: ColumnType<Record<string, unknown> | null, string | null, never>
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

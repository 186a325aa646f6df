import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'
import type { JsonObject, RecordedAt } from './columns.ts'

export interface ScoringTables {
  scoring_run: ScoringRunTable
  account_score: AccountScoreTable
  account_score_change: AccountScoreChangeTable
  account_to_score: AccountToScoreTable
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

interface AccountScoreChangeTable {
  account_id: number
  scoring_run_id: number
  version: string | null
  score: ColumnType<Record<string, unknown> | null, string | null, never>
}

interface AccountToScoreTable {
  account_id: number
  since: RecordedAt
}

import type { Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'
import type { JsonObject } from './columns.ts'

export interface ImportTables {
  import_run: ImportRunTable
  import_attempt: ImportAttemptTable
  history_order: HistoryOrderTable
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

interface ImportAttemptTable {
  fingerprint: string
  kind: string
  files: string[]
  started_at: Instant
}

interface HistoryOrderTable {
  column_name: string
  recorded_at: Generated<Instant>
}

import type { ColumnType } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'

/** What is left to do after facts have arrived. */
export interface IngestTables {
  account_to_score: AccountToScoreTable
}

interface AccountToScoreTable {
  account_id: number
  since: ColumnType<Instant, never, never>
}

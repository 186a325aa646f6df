import type { ColumnType } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'

export interface ProfileTables {
  customer_profile: CustomerProfileTable
}

interface CustomerProfileTable {
  version: string
  /** Read as parsed JSON, written as JSON text. */
  profile: ColumnType<Record<string, unknown>, string, string>
  created_at: ColumnType<Instant, never, never>
}

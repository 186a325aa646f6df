import type { ColumnType } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'

/** What the playbook said last. */
export interface PlaybookTables {
  account_action: {
    account_id: number
    rule: string
    triggered_at: Instant
    expires_at: Instant
    ended_at: Instant | null
    ended_because: string | null
    action: ColumnType<Record<string, unknown>, string, string>
  }
}

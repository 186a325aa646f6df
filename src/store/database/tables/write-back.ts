import type { Generated } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'

/** What is told to a CRM, and what became of it. */
export interface WriteBackTables {
  write_back: WriteBackTable
  write_back_account: WriteBackAccountTable
}

interface WriteBackTable {
  adapter: string
  read_up_to: number
  mapping_sha256: string
  failures: Generated<number>
  paused_until: Instant | null
  problem: string | null
}

interface WriteBackAccountTable {
  adapter: string
  account_id: number
  state: Generated<'waiting' | 'written' | 'failed'>
  attempts: Generated<number>
  next_attempt_at: Generated<Instant | null>
  last_status: number | null
  last_problem: string | null
  last_attempt_at: Instant | null
  written_sha256: string | null
}

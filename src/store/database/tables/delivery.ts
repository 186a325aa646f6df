import type { Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'
import type { RecordedAt } from './columns.ts'

export interface DeliveryTables {
  webhook_endpoint: WebhookEndpointTable
  delivery: DeliveryTable
  write_back: WriteBackTable
  write_back_account: WriteBackAccountTable
}

interface WebhookEndpointTable {
  webhook_endpoint_id: string
  url: string
  description: string | null
  event_types: string[] | null
  secret: Buffer
  previous_secret: Generated<Buffer | null>
  previous_secret_until: Generated<Instant | null>
  disabled_because: Generated<'by_hand' | 'gone' | 'failing' | null>
  disabled_at: Generated<Instant | null>
  failing_since: Generated<Instant | null>
  paused_until: Generated<Instant | null>
  made_up_to: number
  created_at: RecordedAt
}

interface DeliveryTable {
  delivery_id: GeneratedAlways<number>
  webhook_endpoint_id: string
  event_id: number
  message_id: Generated<string>
  state: Generated<'waiting' | 'delivered' | 'dead'>
  attempts: Generated<number>
  next_attempt_at: Generated<Instant | null>
  last_attempt_at: Instant | null
  last_status: number | null
  last_problem: string | null
  delivered_at: Instant | null
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

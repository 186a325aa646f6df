import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'

/** Keys, and what is kept about the requests made with them. */
export interface RequestTables {
  api_key: ApiKeyTable
  idempotent_answer: IdempotentAnswerTable
  audit_entry: AuditEntryTable
}

interface ApiKeyTable {
  key_id: string
  secret_sha256: Buffer
  scopes: string[]
  actor: string | null
  actor_per_request: Generated<boolean>
  created_at: ColumnType<Instant, never, never>
  last_used_at: Instant | null
  revoked_at: Instant | null
  expires_at: Generated<Instant | null>
  replaces: Generated<string | null>
}

interface IdempotentAnswerTable {
  key_id: string
  idempotency_key_sha256: Buffer
  fingerprint: Buffer
  sealed_answer: Buffer
  created_at: Generated<Instant>
}

interface AuditEntryTable {
  audit_entry_id: GeneratedAlways<number>
  at: ColumnType<Instant, never, never>
  request_id: string
  key_id: string
  actor: string
  method: string
  route: string
  target: string | null
  status: number
}

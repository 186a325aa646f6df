import type { Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'
import type { RecordedAt } from './columns.ts'

export interface AccessTables {
  api_key: ApiKeyTable
  idempotent_answer: IdempotentAnswerTable
  audit_entry: AuditEntryTable
  service_secret: ServiceSecretTable
}

interface ApiKeyTable {
  key_id: string
  secret_sha256: Buffer
  scopes: string[]
  actor: string | null
  actor_per_request: Generated<boolean>
  created_at: RecordedAt
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
  at: RecordedAt
  request_id: string
  key_id: string
  actor: string
  method: string
  route: string
  target: string | null
  status: number
}

interface ServiceSecretTable {
  purpose: 'cursor'
  secret: Buffer
  created_at: RecordedAt
}

import type { Generated, GeneratedAlways } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'
import type { RecordedAt } from './columns.ts'

export interface IdentityTables {
  account_link: AccountLinkTable
  web_domain: WebDomainTable
  account_merge: AccountMergeTable
  merged_account: MergedAccountTable
  account_claim: AccountClaimTable
  identity_change: IdentityChangeTable
  visitor_tie: VisitorTieTable
}

interface AccountLinkTable {
  kind: 'domain' | 'network' | 'visitor'
  value: string
  account_id: number
  network: string | null
  known_at: Instant
  backfilled: boolean
  removed_at: Generated<Instant | null>
  recorded_at: RecordedAt
}

interface WebDomainTable {
  domain: string
  names: string[]
  rules: string
}

interface AccountMergeTable {
  account_id: number
  into_account_id: number
  known_at: Instant
  backfilled: boolean
  recorded_at: RecordedAt
}

/** Derived from account_merge by a trigger. */
interface MergedAccountTable {
  account_id: number
  survivor_id: number
  depth: number
  known_at: Instant
}

/** Derived from account_link by a trigger. */
interface AccountClaimTable {
  kind: 'domain' | 'network' | 'visitor'
  value: string
  valid_from: Instant
  /** `infinity` while the claim is valid, which is no Instant: read as text. */
  valid_until: string
  account_id: number | null
  network: string | null
}

/** Values whose facts must be matched again. */
interface IdentityChangeTable {
  change_id: GeneratedAlways<number>
  kind: 'account' | 'contact' | 'email' | 'domain' | 'network' | 'visitor'
  value: string
}

/** A visitor id that an event brought together with an email address. */
interface VisitorTieTable {
  visitor_id: string
  email: string
  known_at: Instant
  removed_at: Instant | null
  /** Of the address; null: none, or several. */
  account_id: number | null
  linked_at: Instant | null
  unlinked_at: Instant | null
  recorded_at: RecordedAt
}

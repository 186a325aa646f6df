import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import type { Explanation } from '../core/explanation/published-explanation.ts'
import type { Policy } from '../core/qualification/policy.ts'
import type { ServiceLevel } from '../core/qualification/service-level.ts'
import type { LoadedModel } from '../core/scoring/artifact/model-artifact.ts'
import type { InlineAccount } from '../core/scoring/inline-account.ts'
import type { PublishedScore } from '../core/scoring/published-score.ts'
import type { Instant } from '../core/base/time.ts'
import type { TargetRules } from '../core/delivery/webhooks/target.ts'
import type { ExplainOptions } from '../jobs/scoring/explain.ts'
import type { ScoredAccount } from '../jobs/scoring/score.ts'
import type { Logger } from '../logger.ts'
import type { OwnKey } from '../store/facts/accounts.ts'
import type { Database } from '../store/database/tables/schema.ts'

/** The dependencies of the routes. Tests replace single members; the database is always real. */
export interface Services {
  readonly db: Kysely<Database>
  /** For COPY. */
  readonly pool: Pool
  readonly logger: Logger
  readonly policy: Policy
  /** The deadline of the first contact. */
  readonly serviceLevel: ServiceLevel
  readonly cursorSecret: Buffer
  /** The specifications that a training run may name. */
  readonly specifications: readonly string[]
  readonly limits: {
    /** Of one key, per process. */
    readonly requestsPerMinute: number
    /** Requests without a valid key, of one address, per process. */
    readonly failedKeysPerMinute: number
  }
  /** Addresses and networks whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[]
  /** The allowed targets of webhooks. */
  readonly webhookTargets: TargetRules
  /** The number of the last migration that this version knows. */
  readonly lastMigration: number
  /** By the database's clock. */
  now(): Instant
  loadChampion(): Promise<LoadedModel | undefined>
  scoreAccounts(
    champion: LoadedModel,
    accountIds: readonly number[],
    asOf: Instant,
  ): Promise<readonly (ScoredAccount | undefined)[]>
  /** The account with this key; of a merged account its survivor. Undefined: none. */
  findAccountId(key: OwnKey): Promise<number | undefined>
  /** The stored score as JSON text. */
  findCurrentScore(accountId: number): Promise<string | undefined>
  /** Undefined if the account was not known. */
  explainAccount(
    champion: LoadedModel,
    accountId: number,
    options: Omit<ExplainOptions, 'policy'>,
  ): Promise<Explanation | undefined>
  scoreInline(champion: LoadedModel, account: InlineAccount, asOf: Instant): PublishedScore
}

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { Policy } from './core/qualification/policy.ts'
import type { LoadedModel } from './core/scoring/bundle.ts'
import type { InlineAccount } from './core/scoring/inline-account.ts'
import type { PublishedScore } from './core/scoring/published-score.ts'
import { type Instant, instantOfEpochMs } from './core/time.ts'
import { AppError } from './errors.ts'
import { loadChampion } from './jobs/champion.ts'
import { type ScoredAccount, scoreAccounts, scoreInline } from './jobs/score.ts'
import type { Logger } from './logger.ts'
import { readMigrations } from './store/migrate.ts'
import type { Database } from './store/schema.ts'
import { getServiceSecret } from './store/service-secrets.ts'

/** All that the routes use. Tests replace single members; the database is always a real one. */
export interface Services {
  readonly db: Kysely<Database>
  readonly logger: Logger
  readonly policy: Policy
  readonly cursorSecret: Buffer
  /** The number of the last migration that this version knows. */
  readonly lastMigration: number
  now(): Instant
  loadChampion(): Promise<LoadedModel | undefined>
  scoreAccounts(
    champion: LoadedModel,
    accountIds: readonly number[],
    asOf: Instant,
  ): Promise<readonly (ScoredAccount | undefined)[]>
  scoreInline(champion: LoadedModel, account: InlineAccount, asOf: Instant): PublishedScore
}

export async function createServices(
  base: Pick<Services, 'db' | 'logger'>,
  overrides: Partial<Services> = {},
): Promise<Services> {
  const { db, logger } = base
  return {
    db,
    logger,
    policy: overrides.policy ?? (await readPolicy()),
    cursorSecret: overrides.cursorSecret ?? (await getServiceSecret(db, 'cursor')),
    lastMigration: overrides.lastMigration ?? (await readMigrations()).length,
    now: () => instantOfEpochMs(Date.now()),
    loadChampion: () => loadChampion(db),
    scoreAccounts: (champion, accountIds, asOf) => scoreAccounts(db, champion, accountIds, asOf),
    scoreInline,
    ...overrides,
  }
}

const POLICY = fileURLToPath(new URL('../models/policy.json', import.meta.url))

/** @throws AppError ConfigInvalid naming every field that is wrong */
async function readPolicy(): Promise<Policy> {
  const parsed = Policy.safeParse(JSON.parse(await readFile(POLICY, 'utf8')))
  if (parsed.success) return parsed.data
  throw new AppError('ConfigInvalid', `models/policy.json is invalid:\n${z.prettifyError(parsed.error)}`)
}

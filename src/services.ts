import type { FastifyInstance } from 'fastify'
import { loadConfig } from './config.ts'
import { createApp } from './http/app.ts'
import type { Services } from './http/services.ts'
import { singleFlight, batchLoader } from './async/batch-loader.ts'
import { loadChampion } from './jobs/registry/champion.ts'
import { openDatabaseClock } from './store/database/database-clock.ts'
import { explainStoredAccount } from './jobs/scoring/explain.ts'
import { loadPolicy } from './jobs/models/load-policy.ts'
import { loadServiceLevel } from './jobs/models/load-service-level.ts'
import { scoreAccounts, scoreInline } from './jobs/scoring/score.ts'
import { findSurvivors, type OwnKey } from './store/facts/accounts.ts'
import { listCurrentScores } from './store/scoring/current-scores.ts'
import { readMigrations } from './store/database/migrations/read-migrations.ts'
import { describePrivilegedRole } from './store/database/roles.ts'
import { getServiceSecret } from './store/access/service-secrets.ts'

/** Connects the routes to the database, the jobs and the clock. */
export async function createServices(
  base: Pick<Services, 'db' | 'pool' | 'logger'>,
  overrides: Partial<Services> = {},
): Promise<Services> {
  const { db, pool, logger } = base
  const policy = overrides.policy ?? loadPolicy()
  return {
    db,
    pool,
    logger,
    policy,
    serviceLevel: overrides.serviceLevel ?? loadServiceLevel(policy),
    cursorSecret: overrides.cursorSecret ?? (await getServiceSecret(db, 'cursor')),
    specifications: overrides.specifications ?? ['models'],
    limits: overrides.limits ?? DEFAULTS.http.limits,
    trustedProxies: overrides.trustedProxies ?? [],
    webhookTargets: overrides.webhookTargets ?? DEFAULTS.webhookTargets,
    lastMigration: overrides.lastMigration ?? (await readMigrations()).length,
    now: overrides.now ?? (await openDatabaseClock(db, pool)),
    loadChampion: singleFlight(() => loadChampion(db)),
    scoreAccounts: (champion, accountIds, asOf) => scoreAccounts(db, champion, accountIds, asOf),
    findAccountId: batchLoader((keys: readonly OwnKey[]) => findSurvivors(db, keys)),
    findCurrentScore: batchLoader((accountIds: readonly number[]) => listCurrentScores(db, accountIds)),
    explainAccount: (champion, accountId, options) =>
      explainStoredAccount(db, champion, accountId, { ...options, policy }),
    scoreInline,
    ...overrides,
  }
}

/** A role that owns the tables works, but an injected statement could then do more than read and write rows. */
export async function warnOfPrivilegedRole(db: Services['db'], logger: Services['logger']): Promise<void> {
  const role = await describePrivilegedRole(db)
  if (role !== undefined) logger.warn(`${role}: serve with a plain role, see "Two roles" in docs/configuration.md`)
}

const DEFAULTS = loadConfig({})

/** The service without a socket. */
export async function createService(
  base: Pick<Services, 'db' | 'pool' | 'logger'>,
  overrides: Partial<Services> = {},
): Promise<FastifyInstance> {
  return await createApp(await createServices(base, overrides))
}

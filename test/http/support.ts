import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { answerChecker } from '../../scripts/fuzz/conformance.ts'
import type { Document } from '../../scripts/fuzz/document.ts'
import featuresJson from '../../models/features.json' with { type: 'json' }
import winJson from '../../models/win.json' with { type: 'json' }
import { type Scope, SCOPES } from '../../src/core/access/scopes.ts'
import { Specification } from '../../src/core/scoring/artifact/model-artifact.ts'
import { createApp } from '../../src/http/app.ts'
import type { Services } from '../../src/http/services.ts'
import { createLogger } from '../../src/logger.ts'
import { createServices } from '../../src/services.ts'
import { createApiKey } from '../../src/store/access/api-keys.ts'
import type { OpenDatabaseConfig } from '../../src/store/database/database.ts'
import { publishedScore } from '../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../support/server/database.ts'

type Call = InjectOptions & { readonly url: string; readonly key?: string | null }

export interface TestService {
  readonly database: TestDatabase
  readonly app: FastifyInstance
  readonly services: Services
  /** All that was logged so far. */
  readonly log: () => string
  keyWith(...scopes: Scope[]): Promise<string>
  /** With a key of all scopes unless told otherwise. Whatever is answered must be as the OpenAPI document declares. */
  call(options: Call): Promise<LightMyRequestResponse>
  close(): Promise<void>
}

/** The service on a database of its own. All accounts have the same score, unless overridden. */
export async function startTestService(
  overrides: Partial<Services> = {},
  config: Partial<OpenDatabaseConfig> = {},
): Promise<TestService> {
  const database = await createTestDatabase(config)
  const lines: string[] = []
  const logger = createLogger('trace', { write: (line) => lines.push(line) })
  const services = await createServices(
    { db: database.db, pool: database.pool, logger },
    {
      // A test asks faster than any client; what limits do has a test of its own.
      limits: { requestsPerMinute: 1_000_000, failedKeysPerMinute: 1_000_000 },
      scoreAccounts: async (_champion, accountIds, asOf) =>
        accountIds.map((accountId) => ({ accountId, score: publishedScore({ as_of: asOf }) })),
      scoreInline: (_champion, account, asOf) =>
        publishedScore({ account_external_id: null, account_name: account.name ?? null, as_of: asOf }),
      ...overrides,
    },
  )
  const app = await createApp(services)
  await app.ready()
  const keyWith = async (...scopes: Scope[]) => (await createApiKey(database.db, { scopes, actor: 'test' })).key
  const fullKey = await keyWith(...SCOPES)
  const checkAnswer = answerChecker(JSON.parse(JSON.stringify(app.swagger())) as Document)
  return {
    database,
    app,
    services,
    log: () => lines.join(''),
    keyWith,
    call: async ({ key = fullKey, headers, ...options }) => {
      const authorization = key === null ? {} : { authorization: `Bearer ${key}` }
      const answer = await app.inject({ ...options, headers: { ...authorization, ...headers } })
      const { statusCode: status, headers: answered, body } = answer
      const faults = checkAnswer(String(options.method ?? 'GET'), options.url, { status, headers: answered, body })
      expect(faults, body).toEqual([])
      return answer
    },
    close: async () => {
      await app.close()
      await database.drop()
      expectSoundLog(lines.join(''))
    },
  }
}

const SECRETS = {
  key: /wrk_[0-9a-z]{12}_[\w-]{43}/,
  webhookSecret: /whsec_[\w+/=]{24}/,
  email: /[\w.+-]+@[\w-]+\.[a-z]{2,}/i,
}

/** A second answer to one request: what refused it went on. */
const ANSWERED_TWICE = /FST_ERR_REP_ALREADY_SENT|reply\.sent = true was set/

/** Whatever a test did with its service: no secret is in the log, and nothing was answered twice. */
export function expectSoundLog(log: string): void {
  expectNoSecretIn(log)
  expect(
    log.split('\n').find((line) => ANSWERED_TWICE.test(line)),
    'answered twice',
  ).toBeUndefined()
}

function expectNoSecretIn(log: string): void {
  for (const [kind, pattern] of Object.entries(SECRETS))
    expect(pattern.exec(log)?.[0], `${kind} in the log`).toBeUndefined()
}

/** A version without models: enough where the scoring itself is replaced. */
export async function insertChampion(database: Pick<TestDatabase, 'pool'>, version = 'v1'): Promise<void> {
  const artifact = {
    format: 'winrate-model/1',
    as_of: '2026-01-01T00:00:00.000000Z',
    data_sha256: 'a'.repeat(64),
    specification_sha256: 'b'.repeat(64),
    specification: Specification.parse({ features: featuresJson, models: [winJson] }),
    cohorts: [{ model: 'win', rows: 100, won: 40, accounts: 90, excluded: { too_short: 3 } }],
    models: [],
  }
  await database.pool.query(
    `insert into model_version (version, as_of, data_sha256, specification_sha256, artifact, is_champion)
     values ($1, $2, $3, $4, $5, true)`,
    [version, artifact.as_of, artifact.data_sha256, artifact.specification_sha256, JSON.stringify(artifact)],
  )
}

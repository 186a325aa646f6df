import { AppError } from './errors.ts'
import { Environment, foldersByName, type LOG_LEVELS, networks, places, portsOf } from './settings.ts'

export interface DatabaseConfig {
  /** Undefined: an embedded server is started. */
  readonly url: string | undefined
  /** The URL of the owner of the tables; undefined: `url`. */
  readonly migrationUrl: string | undefined
  readonly maxConnections: number
  readonly statementTimeoutMs: number
  readonly trainingStatementTimeoutMs: number
  /** The data directory of the embedded server; undefined: a private folder per checkout. */
  readonly dataDirectory: string | undefined
}

interface ClientConfig {
  readonly url: string | undefined
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
}

export interface WriteBackConfig {
  readonly hubspot: { readonly url: string; readonly token: string | undefined }
  readonly salesforce: ClientConfig
  readonly dynamics: ClientConfig & { readonly loginUrl: string; readonly tenantId: string | undefined }
}

export interface Config {
  readonly database: DatabaseConfig
  readonly http: {
    readonly host: string
    readonly port: number
    readonly limits: { readonly requestsPerMinute: number; readonly failedKeysPerMinute: number }
    readonly trustedProxies: readonly string[]
  }
  /** Folders by the name that a training run requests. */
  readonly specifications: Readonly<Record<string, string>>
  /** Allowed targets of webhooks beyond https to public addresses. */
  readonly webhookTargets: { readonly ports: readonly number[]; readonly loopback: readonly string[] }
  readonly writeBack: WriteBackConfig
  readonly logLevel: (typeof LOG_LEVELS)[number]
}

/**
 * Reads the environment. An empty variable counts as unset, since compose files pass unset variables as empty.
 * @throws AppError ConfigInvalid with every invalid variable; secrets are not repeated
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => describe(String(issue.path[0]), issue.message, given))
    throw new AppError('ConfigInvalid', problems.join('\n'))
  }
  const read = parsed.data
  if (read.MIGRATION_DATABASE_URL !== undefined && read.DATABASE_URL === undefined) {
    const message =
      'MIGRATION_DATABASE_URL is given without DATABASE_URL: give both, or neither for the embedded database'
    throw new AppError('ConfigInvalid', message)
  }
  return {
    database: {
      url: read.DATABASE_URL,
      migrationUrl: withPassword(read.MIGRATION_DATABASE_URL, read.MIGRATION_PGPASSWORD),
      maxConnections: read.DATABASE_POOL_SIZE,
      statementTimeoutMs: read.STATEMENT_TIMEOUT_MS,
      trainingStatementTimeoutMs: read.TRAINING_STATEMENT_TIMEOUT_MS,
      dataDirectory: read.DATA_DIRECTORY,
    },
    http: {
      host: read.HOST,
      port: read.PORT,
      limits: { requestsPerMinute: read.RATE_LIMIT_PER_MINUTE, failedKeysPerMinute: read.FAILED_KEYS_PER_MINUTE },
      trustedProxies: read.TRUSTED_PROXIES === undefined ? [] : networks(read.TRUSTED_PROXIES),
    },
    specifications: foldersByName(read.SPECIFICATIONS),
    webhookTargets: {
      ports: portsOf(read.WEBHOOK_PORTS),
      loopback: read.WEBHOOK_LOOPBACK === undefined ? [] : places(read.WEBHOOK_LOOPBACK),
    },
    writeBack: {
      hubspot: { url: read.HUBSPOT_URL ?? '', token: read.HUBSPOT_ACCESS_TOKEN },
      salesforce: {
        url: read.SALESFORCE_URL,
        clientId: read.SALESFORCE_CLIENT_ID,
        clientSecret: read.SALESFORCE_CLIENT_SECRET,
      },
      dynamics: {
        url: read.DYNAMICS_URL,
        loginUrl: read.DYNAMICS_LOGIN_URL ?? '',
        tenantId: read.DYNAMICS_TENANT_ID,
        clientId: read.DYNAMICS_CLIENT_ID,
        clientSecret: read.DYNAMICS_CLIENT_SECRET,
      },
    },
    logLevel: read.LOG_LEVEL,
  }
}

function withPassword(url: string | undefined, password: string | undefined): string | undefined {
  if (url === undefined || password === undefined) return url
  const complete = new URL(url)
  if (complete.password === '') complete.password = encodeURIComponent(password)
  return complete.href
}

function describe(name: string, message: string, given: Record<string, string | undefined>): string {
  const isSecret = /_URL$|PASSWORD$|TOKEN$|SECRET$/.test(name)
  const shown = isSecret ? '' : `, got ${JSON.stringify(given[name])}`
  return `${name} ${message}${shown}`
}

/** For processes whose statements read the whole history: each may take as long as those of a training. */
export function withTrainingTimeout(database: DatabaseConfig): DatabaseConfig {
  return { ...database, statementTimeoutMs: database.trainingStatementTimeoutMs }
}

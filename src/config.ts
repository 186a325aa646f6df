import { z } from 'zod'
import { AppError } from './errors.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Digits only: `z.coerce.number()` would take an empty value for 0 and `1e3` for 1000. */
function wholeNumber(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum, `must be ${minimum} or more`).max(maximum, `must be ${maximum} or less`))
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol)
}

const DAY_MS = 86_400_000

const Environment = z.object({
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'must look like postgres://user:password@host:5432/database')
    .optional(),
  DATABASE_POOL_SIZE: wholeNumber(1, 500).default(10),
  STATEMENT_TIMEOUT_MS: wholeNumber(1, DAY_MS).default(10_000),
  TRAINING_STATEMENT_TIMEOUT_MS: wholeNumber(1, DAY_MS).default(300_000),
  DATA_DIRECTORY: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3000),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
})

export interface DatabaseConfig {
  /** Undefined: an embedded server is started. */
  readonly url: string | undefined
  readonly maxConnections: number
  readonly statementTimeoutMs: number
  readonly trainingStatementTimeoutMs: number
  /** Where the embedded server keeps its data; undefined: a private folder per checkout. */
  readonly dataDirectory: string | undefined
}

export interface Config {
  readonly database: DatabaseConfig
  readonly http: { readonly host: string; readonly port: number }
  readonly logLevel: (typeof LOG_LEVELS)[number]
}

/**
 * Reads the environment once. An empty variable counts as unset, as compose files pass them.
 * @throws AppError ConfigInvalid naming every variable that is wrong; a password in a URL is never repeated.
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
  return {
    database: {
      url: read.DATABASE_URL,
      maxConnections: read.DATABASE_POOL_SIZE,
      statementTimeoutMs: read.STATEMENT_TIMEOUT_MS,
      trainingStatementTimeoutMs: read.TRAINING_STATEMENT_TIMEOUT_MS,
      dataDirectory: read.DATA_DIRECTORY,
    },
    http: { host: read.HOST, port: read.PORT },
    logLevel: read.LOG_LEVEL,
  }
}

function describe(name: string, message: string, given: Record<string, string | undefined>): string {
  const shown = name === 'DATABASE_URL' ? '' : `, got ${JSON.stringify(given[name])}`
  return `${name} ${message}${shown}`
}

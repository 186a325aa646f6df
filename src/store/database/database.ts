import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import type { Database } from './tables/schema.ts'
import { ourTypes } from './type-parsers.ts'

/** Limits of the wait for a connection of the pool or a new one, for a lock, and inside a transaction. */
const LIMITS_MS = { connection: 2000, lock: 2000, idleInTransaction: 15_000 }
/** Without it the server finishes a statement whose client was killed, and keeps its locks until then. */
const CLIENT_CHECK_INTERVAL_MS = 2000

export interface OpenDatabaseConfig {
  readonly url: string
  readonly maxConnections: number
  readonly statementTimeoutMs: number
  readonly applicationName?: string
  /** PostgreSQL refuses every statement that would write. */
  readonly readOnly?: boolean
  /** In milliseconds, where they differ from the service's. */
  readonly limits?: Partial<typeof LIMITS_MS>
  /** Called when a connection drops while no statement runs on it; the pool replaces it. */
  readonly onConnectionLost?: (error: Error) => void
}

export interface OpenDatabase {
  readonly url: string
  readonly db: Kysely<Database>
  /** For what kysely cannot do: `await pool.connect()`, COPY streams, then `client.release()`. Same type parsers. */
  readonly pool: Pool
  close(): Promise<void>
}

/**
 * Opens a pool on a PostgreSQL 15 or newer. Nothing waits for ever: an exhausted pool, a lock, a statement and an idle
 * transaction each have a timeout. Instants are read as `Instant` text, days as text, bigint as number (throws beyond
 * 2^53), numeric as text.
 */
export function openDatabase(config: OpenDatabaseConfig): OpenDatabase {
  const limits = { ...LIMITS_MS, ...config.limits }
  const pool = new Pool({
    connectionString: config.url,
    max: config.maxConnections,
    connectionTimeoutMillis: limits.connection,
    statement_timeout: config.statementTimeoutMs,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    application_name: config.applicationName ?? 'winrate',
    keepAlive: true,
    options: sessionOptions(config),
    types: ourTypes,
  })
  const onLost = config.onConnectionLost ?? (() => undefined)
  pool.on('error', onLost)
  // A connection that drops inside an open transaction ends the process unless the client itself has a listener.
  pool.on('connect', (client) => client.on('error', onLost))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  let closing: Promise<void> | undefined
  return { url: config.url, db, pool, close: () => (closing ??= closeBoth(db, pool)) }
}

function sessionOptions({ readOnly = false }: OpenDatabaseConfig): string {
  // A server on Windows refuses the check, and a client on Windows most likely connects to one.
  const check = process.platform === 'win32' ? 0 : CLIENT_CHECK_INTERVAL_MS
  return `-c TimeZone=UTC -c DateStyle=ISO -c client_connection_check_interval=${check}${readOnly ? ' -c default_transaction_read_only=on' : ''}`
}

async function closeBoth(db: Kysely<Database>, pool: Pool): Promise<void> {
  await db.destroy()
  // kysely ends the pool only if it has used it.
  if (!pool.ending) await pool.end()
}

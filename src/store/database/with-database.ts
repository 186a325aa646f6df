import { constants } from 'node:os'
import type { DatabaseConfig } from '../../config.ts'
import type { AppError } from '../../errors.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { migrate } from './migrate.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm and a terminal may each deliver the same Ctrl-C: only a signal later than this is a second one. */
const SAME_KEY_PRESS_MS = 1000
const CLOSE_TIMEOUT_MS = 2000

export interface WithDatabaseOptions {
  /** How long `use` may go on after a signal, to end in good order. Default 1000. */
  readonly graceMs?: number
  readonly applicationName?: string
  /** For a command that promises to store nothing: PostgreSQL refuses every statement that would write. */
  readonly readOnly?: boolean
  /** The names of the migrations that were applied, before `use` runs. */
  readonly onMigrated?: (names: readonly string[]) => void
  readonly onConnectionLost?: (error: Error) => void
  /** Told, in words, that the embedded server is away and that it is back. */
  readonly onServerEvent?: (message: string) => void
}

export interface MigratedDatabase extends OpenDatabase {
  /** Of whoever owns the tables and may make databases; `url` may be of a plain role. */
  readonly migrationUrl: string
}

/**
 * The database of `config`, or the embedded one when it names none, migrated and open while `use` runs; closed and
 * stopped afterwards, also on SIGINT, SIGTERM and SIGHUP. A signal is told to `use` through `interrupted`: when it returns
 * within `graceMs` its result stands, else the process ends with 128 plus the signal's number. An embedded server that
 * died for good interrupts in the same way, and fails, or ends the process with 1.
 */
export async function withDatabase<Result>(
  config: DatabaseConfig,
  use: (database: MigratedDatabase, interrupted: AbortSignal) => Promise<Result>,
  options: WithDatabaseOptions = {},
): Promise<Result> {
  const interruption = listenForInterruption(options.graceMs ?? 1000)
  try {
    return await withServer(config, options, interruption.onServerGone, async (url, migrationUrl) => {
      const applied = await migrate(migrationUrl, undefined, url)
      options.onMigrated?.(applied)
      interruption.signal.throwIfAborted()
      const database = openDatabase({ ...config, ...options, url })
      try {
        const result = await Promise.race([
          use({ ...database, migrationUrl }, interruption.signal),
          interruption.graceOver,
        ])
        interruption.throwIfServerGone()
        return result
      } finally {
        await closeWithin(database, CLOSE_TIMEOUT_MS)
      }
    })
  } catch (error) {
    const exitCode = interruption.exitCode()
    // What fails after an interruption fails because of it.
    if (exitCode !== undefined) process.exit(exitCode)
    interruption.throwIfServerGone()
    throw error
  } finally {
    interruption.stopListening()
  }
}

async function withServer<Result>(
  config: DatabaseConfig,
  { onServerEvent }: WithDatabaseOptions,
  onServerGone: (error: AppError) => void,
  use: (url: string, migrationUrl: string) => Promise<Result>,
): Promise<Result> {
  if (config.url !== undefined) return await use(config.url, config.migrationUrl ?? config.url)
  const embedded = await startEmbeddedPostgres({ dataDirectory: config.dataDirectory, onServerEvent, onServerGone })
  try {
    return await use(embedded.serviceUrl, embedded.url)
  } finally {
    await embedded.stop()
  }
}

/** A pool waits for connections that were taken and never given back; the server's stop then ends them. */
async function closeWithin(database: OpenDatabase, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([database.close(), timeout])
  clearTimeout(timer)
}

function listenForInterruption(graceMs: number) {
  const controller = new AbortController()
  const graceOver = Promise.withResolvers<never>()
  graceOver.promise.catch(() => undefined)
  let first: { signal: NodeJS.Signals; at: number } | undefined
  let gone: AppError | undefined
  let timer: NodeJS.Timeout | undefined
  const exitCode = () => (first ? 128 + constants.signals[first.signal] : undefined)
  const interrupt = (onGraceOver: () => void) => {
    timer ??= setTimeout(onGraceOver, graceMs)
    controller.abort()
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (first) {
      if (performance.now() - first.at > SAME_KEY_PRESS_MS) process.exit(exitCode())
      return
    }
    first = { signal, at: performance.now() }
    interrupt(() => graceOver.reject(new Error(`interrupted by ${signal}`)))
  }
  const onServerGone = (error: AppError) => {
    gone = error
    interrupt(() => {
      // Whatever is still under way waits for a database that does not come back.
      console.error(error.message)
      process.exit(1)
    })
  }
  const throwIfServerGone = () => {
    if (gone && !first) throw gone
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  const stopListening = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    clearTimeout(timer)
  }
  return {
    signal: controller.signal,
    graceOver: graceOver.promise,
    onServerGone,
    throwIfServerGone,
    exitCode,
    stopListening,
  }
}

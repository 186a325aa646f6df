import { constants } from 'node:os'
import type { DatabaseConfig } from '../config.ts'
import { openDatabase } from './database.ts'
import type { OpenDatabase } from './database.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
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
}

/**
 * The database of `config`, or the embedded one when it names none, migrated and open while `use` runs; closed and
 * stopped afterwards, also on SIGINT, SIGTERM and SIGHUP. A signal is told to `use` through `interrupted`: when it returns
 * within `graceMs` its result stands, else the process ends with 128 plus the signal's number.
 */
export async function withDatabase<Result>(
  config: DatabaseConfig,
  use: (database: OpenDatabase, interrupted: AbortSignal) => Promise<Result>,
  options: WithDatabaseOptions = {},
): Promise<Result> {
  const signals = listenForSignals(options.graceMs ?? 1000)
  try {
    return await withServer(config, async (url) => {
      options.onMigrated?.(await migrate(url))
      signals.interrupted.throwIfAborted()
      const database = openDatabase({ ...config, ...options, url })
      try {
        return await Promise.race([use(database, signals.interrupted), signals.graceOver])
      } finally {
        await closeWithin(database, CLOSE_TIMEOUT_MS)
      }
    })
  } catch (error) {
    const exitCode = signals.exitCode()
    // What fails after an interruption fails because of it.
    if (exitCode !== undefined) process.exit(exitCode)
    throw error
  } finally {
    signals.stopListening()
  }
}

async function withServer<Result>(config: DatabaseConfig, use: (url: string) => Promise<Result>): Promise<Result> {
  if (config.url !== undefined) return await use(config.url)
  const embedded = await startEmbeddedPostgres(config)
  try {
    return await use(embedded.url)
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

function listenForSignals(graceMs: number) {
  const controller = new AbortController()
  const graceOver = Promise.withResolvers<never>()
  graceOver.promise.catch(() => undefined)
  let first: { signal: NodeJS.Signals; at: number; timer: NodeJS.Timeout } | undefined
  const exitCode = () => (first ? 128 + constants.signals[first.signal] : undefined)
  const onSignal = (signal: NodeJS.Signals) => {
    if (first) {
      if (performance.now() - first.at > SAME_KEY_PRESS_MS) process.exit(exitCode())
      return
    }
    const timer = setTimeout(() => graceOver.reject(new Error(`interrupted by ${signal}`)), graceMs)
    first = { signal, at: performance.now(), timer }
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  const stopListening = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    clearTimeout(first?.timer)
  }
  return { interrupted: controller.signal, graceOver: graceOver.promise, exitCode, stopListening }
}

// The service. `npm start`: DATABASE_URL, or the embedded database. Logs go to standard error as JSON lines, messages to the person
// at the terminal to standard output.
import './node-version.ts'
import { once } from 'node:events'
import { Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import { type Config, loadConfig } from './config.ts'
import { BOOTSTRAP_ACTOR } from './core/access/actor.ts'
import { SCOPES } from './core/access/scopes.ts'
import { AppError } from './errors.ts'
import { loadPolicy } from './jobs/models/load-policy.ts'
import { storeFileSegments } from './jobs/qualification/load-segments.ts'
import { createLogger, type Logger } from './logger.ts'
import { warnOfPrivilegedRole, createService } from './services.ts'
import { createFirstApiKey } from './store/access/api-keys.ts'
import type { OpenDatabase } from './store/database/database.ts'
import { withDatabase } from './store/database/with-database.ts'

/** Longer than the longest request, so that open requests are answered before the service stops. */
const GRACE_MS = 20_000

new Command('winrate serve')
  .description('The REST service. Settings are environment variables: docs/configuration.md.')
  .parse()

try {
  const config = loadConfig(process.env)
  const logger = createLogger(config.logLevel, process.stderr)
  await withDatabase(config.database, (database, interrupted) => serve(config, database, logger, interrupted), {
    graceMs: GRACE_MS,
    onConnectionLost: (error) => logger.warn({ err: error }, 'database connection lost'),
    onServerEvent: (message) => logger.warn(message),
  })
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

async function serve(config: Config, database: OpenDatabase, logger: Logger, interrupted: AbortSignal): Promise<void> {
  const specifications = Object.keys(config.specifications)
  const { limits, trustedProxies } = config.http
  const { webhookTargets } = config
  await storeFileSegments(database.db, loadPolicy())
  const app = await createService(
    { db: database.db, pool: database.pool, logger },
    { specifications, limits, trustedProxies, webhookTargets },
  )
  try {
    const address = await listen(app, config.http)
    await warnOfPrivilegedRole(database.db, logger)
    const key = await createFirstApiKey(database.db, {
      scopes: SCOPES,
      actor: BOOTSTRAP_ACTOR,
      actorPerRequest: true,
    })
    if (key) {
      console.log(`\nThe first API key, shown only now. It has every scope:\n\n  ${key.key}\n`)
    }
    console.log(`Winrate listens on ${address}, its documentation is at ${address}/docs`)
    if (!interrupted.aborted) await once(interrupted, 'abort')
    logger.info('service stopping')
  } finally {
    await app.close()
  }
}

async function listen(app: FastifyInstance, { host, port }: Config['http']): Promise<string> {
  try {
    return await app.listen({ host, port, listenTextResolver: () => 'service started' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `port ${port} on ${host} is already in use: set PORT to another`,
      EACCES: `port ${port} on ${host} needs privileges: set PORT to 1024 or more`,
      EADDRNOTAVAIL: `HOST ${host} is not an address of this machine: set another`,
      ENOTFOUND: `HOST ${host} is an unknown host name: set another`,
      EAI_AGAIN: `HOST ${host} cannot be resolved, the name server does not answer: set an IP address`,
    }
    const reason = typeof code === 'string' ? reasons[code] : undefined
    if (reason === undefined) throw error
    throw new AppError('ConfigInvalid', reason, { cause: error })
  }
}

/** The message of an error that the operator can fix; other errors keep their stack. */
function messageOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

// The background work: refreshes scores, sends webhooks, executes training runs. `npm run worker`: DATABASE_URL, or the embedded
// database. Any number of workers may run; one of them scores and one trains at a time.
import './node-version.ts'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { type Config, loadConfig, withTrainingTimeout } from './config.ts'
import { AppError } from './errors.ts'
import { databaseProblem } from './store/database/database-problem.ts'
import { type Delivered, deliveryLoop } from './jobs/delivery/deliver-webhooks.ts'
import { rematchLoop } from './jobs/facts/rematch-loop.ts'
import { refreshLoop, type RefreshResult } from './jobs/scoring/refresh-scores.ts'
import { loadCheckedPlaybook } from './jobs/models/load-playbook.ts'
import { loadPolicy } from './jobs/models/load-policy.ts'
import { storeFileSegments } from './jobs/qualification/load-segments.ts'
import { segmentLoop } from './jobs/qualification/segment-membership.ts'
import { sequenceLoop } from './jobs/delivery/sequence-events.ts'
import { failedTraining, startTraining } from './jobs/training/training-child.ts'
import { trainingLoop } from './jobs/training/training-run.ts'
import { createLogger, type Logger } from './logger.ts'
import { warnOfPrivilegedRole } from './services.ts'
import { WORKER_LEAST_CONNECTIONS } from './settings.ts'
import type { OpenDatabase } from './store/database/database.ts'
import { readClock } from './store/database/read-clock.ts'
import { withDatabase } from './store/database/with-database.ts'

const POLL_MS = 30_000
const SEQUENCE_POLL_MS = 500
const SEGMENT_POLL_MS = 1_000
const DELIVERY_POLL_MS = 500
const GRACE_MS = 20_000
const TRAINING_POLL_MS = 2_000
const TRAINING_PROCESS = fileURLToPath(new URL('./training-process.ts', import.meta.url))

new Command('winrate worker')
  .description(
    'Refreshes scores, sends webhooks and trains. Settings are environment variables: docs/configuration.md.',
  )
  .parse()

try {
  const config = loadConfig(process.env)
  const policy = loadPolicy()
  const logger = createLogger(config.logLevel, process.stderr)
  const database = {
    ...withTrainingTimeout(config.database),
    maxConnections: Math.max(WORKER_LEAST_CONNECTIONS, config.database.maxConnections),
  }
  await withDatabase(
    database,
    async (open, interrupted) => {
      const { db, pool } = open
      const playbook = await loadCheckedPlaybook(db)
      await storeFileSegments(db, policy)
      logger.info({ pollMs: POLL_MS }, 'worker started')
      await warnOfPrivilegedRole(db, logger)
      await Promise.all([
        executeTrainings(config, open, logger, interrupted),
        rematchLoop(db, pool, {
          pollMs: POLL_MS,
          signal: interrupted,
          onMatched: (matched) => logger.info(matched, 'facts rematched'),
          onFailure: (error) => logFailure(logger, error, 'matching facts failed; retrying'),
        }),
        refreshLoop(db, {
          now: () => readClock(db),
          policy,
          playbook,
          pollMs: POLL_MS,
          signal: interrupted,
          onRefreshed: refreshLogger(logger),
          onFailure: (error) => logFailure(logger, error, 'refreshing scores failed; retrying'),
        }),
        segmentLoop(db, {
          policy,
          pollMs: SEGMENT_POLL_MS,
          signal: interrupted,
          onEvaluated: (evaluated) => logger.info(evaluated, 'segments evaluated'),
          onFailure: (error) => logFailure(logger, error, 'evaluating segments failed; retrying'),
        }),
        sequenceLoop(db, {
          pollMs: SEQUENCE_POLL_MS,
          signal: interrupted,
          onFailure: (error) => logFailure(logger, error, 'numbering events failed; retrying'),
        }),
        deliveryLoop(db, {
          pollMs: DELIVERY_POLL_MS,
          rules: config.webhookTargets,
          signal: interrupted,
          onAttempt: (delivered) => logAttempt(logger, delivered),
          onFailure: (error) => logFailure(logger, error, 'sending webhooks failed; retrying'),
        }),
      ])
      logger.info('worker stopping')
    },
    {
      graceMs: GRACE_MS,
      applicationName: 'winrate worker',
      onConnectionLost: (error) => logger.warn({ err: error }, 'database connection lost'),
      onServerEvent: (message) => logger.warn(message),
    },
  )
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}

/** Logs every scoring run, and an idle state only when it changes. */
function refreshLogger(logger: Logger): (result: RefreshResult) => void {
  let last: RefreshResult['kind'] | undefined
  const states = {
    fresh: 'scores are fresh',
    no_champion: 'idle: no model is in use, promote one',
    no_accounts: 'idle: no account is known, import some',
    another_worker: 'idle: another worker is scoring',
  } as const
  return (result) => {
    if (result.kind === 'scored') {
      const { kind: _, ...run } = result
      logger.info(run, 'accounts scored')
    } else if (result.kind !== last && !(result.kind === 'fresh' && last === 'scored')) {
      logger.info(states[result.kind])
    }
    last = result.kind
  }
}

/** Logs the endpoint's id only: its URL may contain secrets. */
function logAttempt(logger: Logger, { next, ...delivery }: Delivered): void {
  if (next.kind === 'delivered') return logger.debug(delivery, 'webhook delivered')
  const line = { ...delivery, againInSeconds: next.againInSeconds }
  if (next.disable !== null) logger.warn({ ...line, because: next.disable }, 'webhook endpoint disabled')
  else if (next.againInSeconds === null) logger.warn(line, 'webhook moved to the dead letter queue')
  else logger.info(line, 'webhook not delivered; retrying')
}

function logFailure(logger: Logger, error: unknown, message: string): void {
  const isTransient = databaseProblem(error) !== undefined
  logger[isTransient ? 'warn' : 'error']({ err: error }, message)
}

function executeTrainings(
  { specifications }: Config,
  { db, url }: OpenDatabase,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const environment = { ...process.env, DATABASE_URL: url, MIGRATION_DATABASE_URL: '' }
  return trainingLoop(db, {
    pollMs: TRAINING_POLL_MS,
    signal,
    start: ({ trainingRunId, attempt, asOf, specification }) => {
      logger.info({ trainingRunId, attempt, asOf, specification }, 'training started')
      const folder = specifications[specification]
      if (folder !== undefined)
        return startTraining(TRAINING_PROCESS, { as_of: asOf, specification: folder }, environment)
      const known = Object.keys(specifications).join(', ')
      return failedTraining(`the worker has no specification "${specification}"; it has: ${known}`)
    },
    onEnded: ({ trainingRunId }, result) => logger.info({ trainingRunId, ...result }, 'training ended'),
    onFailure: (error) => logFailure(logger, error, 'claiming or updating a training run failed; retrying'),
  })
}

// Keeps the stored scores fresh, sends webhooks and carries out training runs. `npm run worker`: DATABASE_URL, or the
// embedded database.
// Any number may run; one scores, and one trains.
import './node-version.ts'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { type Config, loadConfig, WORKER_LEAST_CONNECTIONS } from './config.ts'
import { AppError } from './errors.ts'
import { databaseProblem } from './store/database/database-problem.ts'
import { type Delivered, keepDelivering } from './jobs/delivery/deliver-webhooks.ts'
import { rematchLoop } from './jobs/facts/rematch-loop.ts'
import { keepScoresFresh, type Round } from './jobs/scoring/refresh-scores.ts'
import { loadCheckedPlaybook } from './jobs/models/load-playbook.ts'
import { loadPolicy } from './jobs/models/load-policy.ts'
import { bringFileSegmentsIntoForce } from './jobs/qualification/load-segments.ts'
import { keepSegmentsEvaluated } from './jobs/qualification/segment-membership.ts'
import { keepSequenced } from './jobs/delivery/sequence-events.ts'
import { failedTraining, startTraining } from './jobs/training/training-child.ts'
import { trainingLoop } from './jobs/training/training-run.ts'
import { createLogger, type Logger } from './logger.ts'
import { warnOfMightyRole } from './services.ts'
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

new Command('worker')
  .description(
    'Keeps scores fresh, sends webhooks and trains. Its settings are environment variables: docs/configuration.md.',
  )
  .parse()

try {
  const config = loadConfig(process.env)
  const policy = loadPolicy()
  const logger = createLogger(config.logLevel, process.stderr)
  const database = {
    ...config.database,
    maxConnections: Math.max(WORKER_LEAST_CONNECTIONS, config.database.maxConnections),
    statementTimeoutMs: config.database.trainingStatementTimeoutMs,
  }
  await withDatabase(
    database,
    async (open, interrupted) => {
      const { db, pool } = open
      const playbook = await loadCheckedPlaybook(db)
      await bringFileSegmentsIntoForce(db, policy)
      logger.info({ pollMs: POLL_MS }, 'worker started')
      await warnOfMightyRole(db, logger)
      await Promise.all([
        executeTrainings(config, open, logger, interrupted),
        rematchLoop(db, pool, {
          pollMs: POLL_MS,
          signal: interrupted,
          onMatched: (matched) => logger.info(matched, 'facts matched again'),
          onFailure: (error) => logFailure(logger, error, 'matching failed, it will be tried again'),
        }),
        keepScoresFresh(db, {
          now: () => readClock(db),
          policy,
          playbook,
          pollMs: POLL_MS,
          signal: interrupted,
          onRound: roundLogger(logger),
          onFailure: (error) => logFailure(logger, error, 'scoring failed, it will be tried again'),
        }),
        keepSegmentsEvaluated(db, {
          policy,
          pollMs: SEGMENT_POLL_MS,
          signal: interrupted,
          onEvaluated: (evaluated) => logger.info(evaluated, 'segments evaluated'),
          onFailure: (error) => logFailure(logger, error, 'segments could not be evaluated, it will be tried again'),
        }),
        keepSequenced(db, {
          pollMs: SEQUENCE_POLL_MS,
          signal: interrupted,
          onFailure: (error) => logFailure(logger, error, 'events could not be numbered, it will be tried again'),
        }),
        keepDelivering(db, {
          pollMs: DELIVERY_POLL_MS,
          rules: config.webhookTargets,
          signal: interrupted,
          onAttempt: (delivered) => logAttempt(logger, delivered),
          onFailure: (error) => logFailure(logger, error, 'webhooks could not be sent, it will be tried again'),
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

/** What was scored, and each change of state; not the same idle state every half minute. */
function roundLogger(logger: Logger): (round: Round) => void {
  let last: Round['kind'] | undefined
  const states = {
    fresh: 'scores are fresh',
    no_champion: 'idle: no model is in use yet, promote one',
    no_accounts: 'idle: no account is known yet, import some',
    another_worker: 'idle: another worker is scoring',
  } as const
  return (round) => {
    if (round.kind === 'scored') {
      const { kind: _, ...what } = round
      logger.info(what, 'accounts scored')
    } else if (round.kind !== last && !(round.kind === 'fresh' && last === 'scored')) {
      logger.info(states[round.kind])
    }
    last = round.kind
  }
}

/** The endpoint by its id: its URL may hold what must not be logged. */
function logAttempt(logger: Logger, { next, ...delivery }: Delivered): void {
  if (next.kind === 'delivered') return logger.debug(delivery, 'webhook delivered')
  const line = { ...delivery, againInSeconds: next.againInSeconds }
  if (next.disable !== null) logger.warn({ ...line, because: next.disable }, 'webhook endpoint disabled')
  else if (next.againInSeconds === null) logger.warn(line, 'webhook is a dead letter')
  else logger.info(line, 'webhook not delivered, it will be tried again')
}

function logFailure(logger: Logger, error: unknown, message: string): void {
  const mendsItself = databaseProblem(error) !== undefined
  logger[mendsItself ? 'warn' : 'error']({ err: error }, message)
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
    onFailure: (error) => logFailure(logger, error, 'training run could not be claimed or updated; retrying'),
  })
}

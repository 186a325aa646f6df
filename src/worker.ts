// Keeps the stored scores fresh. `npm run worker`: DATABASE_URL, or the embedded database. Any number may run; one works.
import './node-version.ts'
import { loadConfig } from './config.ts'
import { AppError } from './errors.ts'
import { databaseProblem } from './http/error-handler.ts'
import { keepScoresFresh, type Round } from './jobs/keep-scores-fresh.ts'
import { createLogger, type Logger } from './logger.ts'
import { readClock } from './store/score-freshness.ts'
import { withDatabase } from './store/with-database.ts'

const POLL_MS = 30_000
const GRACE_MS = 20_000
/** One holds the lock while another reads and writes. */
const LEAST_CONNECTIONS = 2

try {
  const config = loadConfig(process.env)
  const logger = createLogger(config.logLevel, process.stderr)
  const database = {
    ...config.database,
    maxConnections: Math.max(LEAST_CONNECTIONS, config.database.maxConnections),
    statementTimeoutMs: config.database.trainingStatementTimeoutMs,
  }
  await withDatabase(
    database,
    async ({ db }, interrupted) => {
      logger.info({ pollMs: POLL_MS }, 'worker started')
      await keepScoresFresh(db, {
        now: () => readClock(db),
        pollMs: POLL_MS,
        signal: interrupted,
        onRound: roundLogger(logger),
        onFailure: (error) => logFailure(logger, error),
      })
      logger.info('worker stopping')
    },
    {
      graceMs: GRACE_MS,
      applicationName: 'winrate worker',
      onConnectionLost: (error) => logger.warn({ err: error }, 'database connection lost'),
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

function logFailure(logger: Logger, error: unknown): void {
  const mendsItself = databaseProblem(error) !== undefined
  logger[mendsItself ? 'warn' : 'error']({ err: error }, 'scoring failed, it will be tried again')
}

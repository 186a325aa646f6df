// One training run in a process of its own at low priority. The worker starts it and receives its messages. To train by hand, use
// `npm run train`.
import './node-version.ts'
import { constants, setPriority } from 'node:os'
import { loadConfig, withTrainingTimeout } from './config.ts'
import { parseInstant } from './core/base/time.ts'
import { AppError } from './errors.ts'
import { databaseProblem } from './store/database/database-problem.ts'
import { checkedTraining } from './jobs/training/train-with-audit.ts'
import { describeFailure } from './jobs/training/training-failure.ts'
import { loadSpecification } from './jobs/models/load-specification.ts'
import { type TrainingMessage, TrainingOrder } from './jobs/training/training-protocol.ts'
import { withDatabase } from './store/database/with-database.ts'

const PROGRESS_EVERY_MS = 1000

setPriority(constants.priority.PRIORITY_LOW)
// Without its worker the result would be lost.
process.on('disconnect', () => process.exit(1))

try {
  await send(await train())
} catch (error) {
  const lostDatabase = databaseProblem(error) !== undefined
  if (!(error instanceof AppError) && !lostDatabase) throw error
  if (lostDatabase) console.error(error)
  const message = "the database could not be reached or did not answer; the worker's log says more"
  await send({ kind: 'failed', message: error instanceof AppError ? error.message : message })
} finally {
  process.removeAllListeners('disconnect')
  if (process.connected) process.disconnect()
}

async function train(): Promise<TrainingMessage> {
  const order = TrainingOrder.parse(JSON.parse(process.argv[2] ?? '{}'))
  const asOf = parseInstant(order.as_of)
  if (!asOf) throw new AppError('OptionInvalid', `as_of must be an instant, got "${order.as_of}"`)
  const specification = loadSpecification(order.specification)
  const config = loadConfig(process.env).database
  const database = withTrainingTimeout(config)
  const { outcome, findings } = await withDatabase(
    database,
    ({ db }) => checkedTraining(db, specification, asOf, progressReporter()),
    { applicationName: 'winrate training' },
  )
  if (outcome.kind === 'trained') return { kind: 'trained', version: outcome.version, findings }
  const { model, failure } = outcome
  return { kind: 'refused', model, reason: failure.kind, message: describeFailure(outcome), findings }
}

/** Reports at most once a second, and the end of each step. */
function progressReporter(): (step: string, done: number, total: number) => void {
  let last = Number.NEGATIVE_INFINITY
  return (step, done, total) => {
    if (done < total && performance.now() - last < PROGRESS_EVERY_MS) return
    last = performance.now()
    void send({ kind: 'progress', step, done, total }).catch(() => undefined)
  }
}

async function send(message: TrainingMessage): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (!process.send) reject(new Error('only the worker starts this process: to train by hand, use `npm run train`'))
    else process.send(message, (error: Error | null) => (error ? reject(error) : resolve()))
  })
}

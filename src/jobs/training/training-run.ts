import type { Kysely } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Instant } from '../../core/base/time.ts'
import { sendJob } from '../../store/database/queue.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import {
  type Attempt,
  claimTrainingRun,
  endLostTrainingRuns,
  findUnfinishedTrainingRun,
  finishTrainingRun,
  insertTrainingRun,
  noteTrainingProgress,
  releaseTrainingRun,
  type TrainingResult,
  type TrainingRun,
} from '../../store/training/training-runs.ts'
import { inTransaction } from '../../store/database/transactions.ts'
import type { RunningTraining } from './training-child.ts'

/** What goes through the queue: how the run stands is in its row. */
export const TrainingJob = z.strictObject({ training_run_id: z.int() })

export interface TrainingRequest {
  readonly asOf: Instant
  /** One of the specifications that the configuration names. */
  readonly specification: string
  readonly requestedBy: string
}

/** Asks for a training. One is queued or running at a time: while there is one, that is the answer. */
export async function requestTrainingRun(
  db: Kysely<Database>,
  request: TrainingRequest,
): Promise<{ readonly kind: 'requested' | 'in_progress'; readonly run: TrainingRun }> {
  await endLostTrainingRuns(db)
  while (true) {
    const requested = await inTransaction(db, async (transaction) => {
      const run = await insertTrainingRun(transaction, request)
      if (run) await sendJob(transaction, 'training', jobOf(run))
      return run
    })
    if (requested) return { kind: 'requested', run: requested }
    const run = await findUnfinishedTrainingRun(db)
    // Else it ended between the two: ask again.
    if (run) return { kind: 'in_progress', run }
  }
}

export interface ExecuteOptions {
  readonly start: (run: TrainingRun) => RunningTraining
  /** The worker is told to stop: the run goes back into the queue. */
  readonly signal: AbortSignal
  /** A sign of life that could not be given; the next one may. */
  readonly onFailure: (error: unknown) => void
  readonly beatMs?: number
  readonly longestMs?: number
}

/** How soon a cancellation is seen. Far below what a worker is taken for dead after (store/training-runs.ts). */
const BEAT_MS = 2000
const LONGEST_MS = 4 * 3_600_000
const REPORT_TRIES = 5

/**
 * Works on a run until it has ended, and notes how. A run is begun once: when its delivery is repeated and it is not
 * queued any more, nothing happens.
 * @returns how it ended; `released` when it went back into the queue, undefined when there was nothing to do
 */
export async function executeTrainingRun(
  db: Kysely<Database>,
  trainingRunId: number,
  options: ExecuteOptions,
): Promise<TrainingResult | { readonly kind: 'released' | 'lost' } | undefined> {
  const run = await claimTrainingRun(db, trainingRunId)
  if (!run) return undefined
  const training = options.start(run)
  const givenUp = await attend(db, run, training, options)
  const ended = await training.ended
  // What was reached before the process was ended counts.
  const result = ended.kind === 'failed' ? resultWhen(givenUp, ended) : ended
  return await persistently(options, async () => {
    if (result === 'lost') return { kind: 'lost' }
    if (result !== 'interrupted') return (await finishTrainingRun(db, run, result)) ? result : { kind: 'lost' }
    const released = await db.transaction().execute(async (transaction) => {
      const isOurs = await releaseTrainingRun(transaction, run)
      if (isOurs) await sendJob(transaction, 'training', jobOf(run))
      return isOurs
    })
    if (released) return { kind: 'released' }
    return (await finishTrainingRun(db, run, { kind: 'cancelled' })) ? { kind: 'cancelled' } : { kind: 'lost' }
  })
}

type GivenUp = 'interrupted' | 'too_long' | 'stop' | 'lost'

/** Gives signs of life until the training has ended or there is a reason to end it. */
async function attend(
  db: Kysely<Database>,
  run: Attempt,
  training: RunningTraining,
  { signal, onFailure, beatMs = BEAT_MS, longestMs = LONGEST_MS }: ExecuteOptions,
): Promise<GivenUp | undefined> {
  const startedAt = performance.now()
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const ended = training.ended.then(() => over.abort())
  try {
    while (true) {
      await wait(beatMs, undefined, { signal: either }).catch(() => undefined)
      if (over.signal.aborted) {
        // A training that ends between two beats has still come as far as it has.
        await noteTrainingProgress(db, run, training.progress()).catch(onFailure)
        return undefined
      }
      if (signal.aborted) return 'interrupted'
      if (performance.now() - startedAt > longestMs) return 'too_long'
      const order = await noteTrainingProgress(db, run, training.progress()).catch((error: unknown) => {
        onFailure(error)
        return 'go_on' as const
      })
      if (order !== 'go_on') return order
    }
  } finally {
    training.kill()
    await ended
  }
}

function resultWhen(
  givenUp: GivenUp | undefined,
  ended: Extract<TrainingResult, { readonly kind: 'failed' }>,
): TrainingResult | 'interrupted' | 'lost' {
  if (givenUp === 'stop') return { kind: 'cancelled' }
  if (givenUp === 'too_long') return { kind: 'failed', failure: `it took longer than ${LONGEST_MS / 3_600_000} hours` }
  return givenUp ?? ended
}

/** The end of a run is worth some patience with a database that restarts. */
async function persistently<Result>({ onFailure, beatMs = BEAT_MS }: ExecuteOptions, work: () => Promise<Result>) {
  for (let tries = 1; tries < REPORT_TRIES; tries += 1) {
    try {
      return await work()
    } catch (error) {
      onFailure(error)
      await wait(beatMs)
    }
  }
  return await work()
}

function jobOf({ trainingRunId }: Attempt): z.infer<typeof TrainingJob> {
  return { training_run_id: trainingRunId }
}

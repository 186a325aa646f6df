import type { Kysely } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
import { pollLoop, type PollOptions } from '../../async/poll-loop.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import {
  type Attempt,
  claimTrainingRun,
  endLostTrainingRuns,
  findUnfinishedTrainingRun,
  finishTrainingRun,
  insertTrainingRun,
  releaseTrainingRun,
  renewTrainingLease,
  type TrainingResult,
  type TrainingRun,
} from '../../store/training/training-runs.ts'
import type { RunningTraining } from './training-child.ts'

export interface TrainingRequest {
  readonly asOf: Instant
  /** One of the specifications that the configuration names. */
  readonly specification: string
  readonly requestedBy: string
}

/** Puts a training run into the queue, unless one is queued or running: then returns that one. */
export async function requestTrainingRun(
  db: Kysely<Database>,
  request: TrainingRequest,
): Promise<{ readonly kind: 'requested' | 'in_progress'; readonly run: TrainingRun }> {
  await endLostTrainingRuns(db)
  while (true) {
    const requested = await insertTrainingRun(db, request)
    if (requested) return { kind: 'requested', run: requested }
    const unfinished = await findUnfinishedTrainingRun(db)
    // Undefined when that run ended between the two statements: insert again.
    if (unfinished) return { kind: 'in_progress', run: unfinished }
  }
}

export interface ExecuteOptions {
  readonly start: (run: TrainingRun) => RunningTraining
  /** Puts the run back into the queue. */
  readonly signal: AbortSignal
  /** An update of the run that failed and is tried again. */
  readonly onFailure: (error: unknown) => void
  readonly heartbeatMs?: number
  readonly longestMs?: number
}

/** The end of an attempt: `released` into the queue, or `lost` because the run had ended or another worker had taken it over. */
export type AttemptResult = TrainingResult | { readonly kind: 'released' | 'lost' }

/** A cancellation is noticed at the next heartbeat. Far below the lease (store/training/training-runs.ts). */
const HEARTBEAT_MS = 2000
const LONGEST_MS = 4 * 3_600_000
const FINISH_TRIES = 5

export interface TrainingLoopOptions extends ExecuteOptions, PollOptions {
  readonly onEnded: (run: TrainingRun, result: AttemptResult) => void
}

/** Executes queued training runs, one at a time, until the signal aborts. Any number of workers may run it. */
export async function trainingLoop(db: Kysely<Database>, options: TrainingLoopOptions): Promise<void> {
  await pollLoop(async () => {
    const run = await claimTrainingRun(db)
    if (!run) return undefined
    options.onEnded(run, await executeTrainingRun(db, run, options))
    return 'again'
  }, options)
}

/** Trains a claimed run in a process of its own and stores the result. */
export async function executeTrainingRun(
  db: Kysely<Database>,
  run: TrainingRun,
  options: ExecuteOptions,
): Promise<AttemptResult> {
  const training = options.start(run)
  const stopped = await superviseTraining(db, run, training, options)
  const ended = await training.ended
  // A result that was reached before the process was killed counts.
  const result = ended.kind === 'failed' ? resultWhen(stopped, ended) : ended
  return await withRetries(options, async () => {
    if (result === 'lost') return { kind: 'lost' }
    if (result !== 'interrupted') return (await finishTrainingRun(db, run, result)) ? result : { kind: 'lost' }
    if (await releaseTrainingRun(db, run)) return { kind: 'released' }
    return (await finishTrainingRun(db, run, { kind: 'cancelled' })) ? { kind: 'cancelled' } : { kind: 'lost' }
  })
}

type StopReason = 'interrupted' | 'too_long' | 'stop' | 'lost'

/** Renews the lease until the training has ended or must be stopped. @returns why it was stopped */
async function superviseTraining(
  db: Kysely<Database>,
  run: Attempt,
  training: RunningTraining,
  { signal, onFailure, heartbeatMs = HEARTBEAT_MS, longestMs = LONGEST_MS }: ExecuteOptions,
): Promise<StopReason | undefined> {
  const startedAt = performance.now()
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const ended = training.ended.then(() => over.abort())
  try {
    while (true) {
      await wait(heartbeatMs, undefined, { signal: either }).catch(() => undefined)
      if (over.signal.aborted) {
        // The progress since the last heartbeat.
        await renewTrainingLease(db, run, training.progress()).catch(onFailure)
        return undefined
      }
      if (signal.aborted) return 'interrupted'
      if (performance.now() - startedAt > longestMs) return 'too_long'
      const order = await renewTrainingLease(db, run, training.progress()).catch((error: unknown) => {
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
  stopped: StopReason | undefined,
  ended: Extract<TrainingResult, { readonly kind: 'failed' }>,
): TrainingResult | 'interrupted' | 'lost' {
  if (stopped === 'stop') return { kind: 'cancelled' }
  if (stopped === 'too_long')
    return { kind: 'failed', failure: `the training took longer than ${LONGEST_MS / 3_600_000} hours` }
  return stopped ?? ended
}

/** A database that restarts must not cost the result of a training. */
async function withRetries<Result>(
  { onFailure, heartbeatMs = HEARTBEAT_MS }: ExecuteOptions,
  work: () => Promise<Result>,
) {
  for (let tries = 1; tries < FINISH_TRIES; tries += 1) {
    try {
      return await work()
    } catch (error) {
      onFailure(error)
      await wait(heartbeatMs)
    }
  }
  return await work()
}

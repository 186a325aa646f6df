import { type Kysely, sql } from 'kysely'
import { TrainingFindings } from '../../core/evaluation/readiness/training-findings.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

export const TRAINING_RUN_STATES = ['queued', 'running', 'succeeded', 'refused', 'failed', 'cancelled'] as const

export interface TrainingProgress {
  readonly step: string
  readonly done: number
  readonly total: number
}

export interface TrainingRefusal {
  readonly model: string
  /** A stable code. */
  readonly reason: string
  readonly message: string
}

export interface TrainingRun {
  readonly trainingRunId: number
  readonly state: (typeof TRAINING_RUN_STATES)[number]
  readonly asOf: Instant
  readonly specification: string
  readonly requestedBy: string
  readonly requestedAt: Instant
  readonly attempt: number
  readonly startedAt: Instant | null
  readonly finishedAt: Instant | null
  readonly cancelledBy: string | null
  readonly progress: TrainingProgress | null
  readonly version: string | null
  readonly refusal: TrainingRefusal | null
  readonly failure: string | null
  /** The findings of the data audit before training; null until the audit has ended. */
  readonly findings: TrainingFindings | null
}

export type TrainingResult =
  | { readonly kind: 'succeeded'; readonly version: string; readonly findings: TrainingFindings }
  | { readonly kind: 'refused'; readonly refusal: TrainingRefusal; readonly findings: TrainingFindings }
  | { readonly kind: 'failed'; readonly failure: string }
  | { readonly kind: 'cancelled' }

/** One attempt at a run. Only the current attempt may change the run: a worker whose run was taken over changes nothing. */
export interface Attempt {
  readonly trainingRunId: number
  readonly attempt: number
}

/** The worker renews its lease by a heartbeat every few seconds. Another worker takes a run over when the lease has ended. */
const LEASE = sql`interval '30 seconds'`
/** A run that no worker has taken over by then has failed. */
const LOST_AFTER = sql`interval '45 seconds'`
/** A run that ends its workers, by using up their memory for example, is not taken over again. */
const MOST_ATTEMPTS = 3
const FORGOTTEN_AFTER = sql`interval '7 days'`

/** @returns undefined when another run is queued or running */
export async function insertTrainingRun(
  db: Kysely<Database>,
  run: { readonly asOf: Instant; readonly specification: string; readonly requestedBy: string },
): Promise<TrainingRun | undefined> {
  const row = await db
    .insertInto('training_run')
    .values({ as_of: run.asOf, specification: run.specification, requested_by: run.requestedBy })
    .onConflict((conflict) => conflict.doNothing())
    .returning(COLUMNS)
    .executeTakeFirst()
  return row && toRun(row)
}

export async function findTrainingRun(db: Kysely<Database>, trainingRunId: number): Promise<TrainingRun | undefined> {
  const row = await db
    .selectFrom('training_run')
    .select(COLUMNS)
    .where('training_run_id', '=', trainingRunId)
    .executeTakeFirst()
  return row && toRun(row)
}

/** The run that is queued or running. */
export async function findUnfinishedTrainingRun(db: Kysely<Database>): Promise<TrainingRun | undefined> {
  const row = await db
    .selectFrom('training_run')
    .select(COLUMNS)
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst()
  return row && toRun(row)
}

/** The newest first. @param page `before` is the id that the page before ended with */
export async function listTrainingRuns(
  db: Kysely<Database>,
  { limit, before }: { readonly limit: number; readonly before?: number | undefined },
): Promise<readonly TrainingRun[]> {
  const rows = await db
    .selectFrom('training_run')
    .select(COLUMNS)
    .$if(before !== undefined, (query) => query.where('training_run_id', '<', before ?? 0))
    .orderBy('training_run_id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toRun)
}

/**
 * Takes the oldest run that is queued, or that is running under a lease that has ended. Of several workers at once, one gets it.
 * @returns undefined when there is none
 */
export async function claimTrainingRun(db: Kysely<Database>): Promise<TrainingRun | undefined> {
  const row = await db
    .updateTable('training_run')
    .set({
      state: 'running',
      attempt: sql<number>`attempt + 1`,
      started_at: sql<Instant>`now()`,
      heartbeat_at: sql<Instant>`now()`,
      progress: null,
    })
    .where('training_run_id', '=', (query) =>
      query
        .selectFrom('training_run as next')
        .select('next.training_run_id')
        .where((is) =>
          is.or([
            is('next.state', '=', 'queued'),
            is.and([
              is('next.state', '=', 'running'),
              is('next.heartbeat_at', '<', sql<Instant>`now() - ${LEASE}`),
              is('next.cancelled_by', 'is', null),
              is('next.attempt', '<', MOST_ATTEMPTS),
            ]),
          ]),
        )
        .orderBy('next.training_run_id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(COLUMNS)
    .executeTakeFirst()
  return row && toRun(row)
}

/** Renews the lease. @returns `stop` when the run was cancelled, `lost` when the attempt is no longer the current one */
export async function renewTrainingLease(
  db: Kysely<Database>,
  { trainingRunId, attempt }: Attempt,
  progress: TrainingProgress | null,
): Promise<'go_on' | 'stop' | 'lost'> {
  const row = await db
    .updateTable('training_run')
    .set({ heartbeat_at: sql<Instant>`now()`, progress: progress && JSON.stringify(progress) })
    .where('training_run_id', '=', trainingRunId)
    .where('attempt', '=', attempt)
    .where('state', '=', 'running')
    .returning('cancelled_by')
    .executeTakeFirst()
  if (!row) return 'lost'
  return row.cancelled_by === null ? 'go_on' : 'stop'
}

/** @returns false, and changes nothing, when the attempt is no longer the current one */
export async function finishTrainingRun(
  db: Kysely<Database>,
  { trainingRunId, attempt }: Attempt,
  result: TrainingResult,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('training_run')
    .set({
      state: result.kind,
      finished_at: sql<Instant>`now()`,
      version: result.kind === 'succeeded' ? result.version : null,
      refusal: result.kind === 'refused' ? JSON.stringify(result.refusal) : null,
      failure: result.kind === 'failed' ? result.failure : null,
      findings: 'findings' in result ? JSON.stringify(result.findings) : null,
    })
    .where('training_run_id', '=', trainingRunId)
    .where('attempt', '=', attempt)
    .where('state', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Puts a run back into the queue. @returns false when it was cancelled, or the attempt is no longer the current one */
export async function releaseTrainingRun(db: Kysely<Database>, { trainingRunId, attempt }: Attempt): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('training_run')
    .set({ state: 'queued', started_at: null, heartbeat_at: null, progress: null })
    .where('training_run_id', '=', trainingRunId)
    .where('attempt', '=', attempt)
    .where('state', '=', 'running')
    .where('cancelled_by', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** A queued run ends at once, a running one at its worker's next heartbeat. @returns undefined when it had already ended */
export async function cancelTrainingRun(
  db: Kysely<Database>,
  trainingRunId: number,
  cancelledBy: string,
): Promise<TrainingRun | undefined> {
  const row = await db
    .updateTable('training_run')
    .set({
      cancelled_by: sql<string>`coalesce(cancelled_by, ${cancelledBy})`,
      state: sql<'cancelled'>`case state when 'queued' then 'cancelled' else state end`,
      finished_at: sql<Instant>`case state when 'queued' then now() end`,
    })
    .where('training_run_id', '=', trainingRunId)
    .where('state', 'in', ['queued', 'running'])
    .returning(COLUMNS)
    .executeTakeFirst()
  return row && toRun(row)
}

/**
 * Ends the runs whose worker died and that no other worker took over, and those that no worker took within a week. It is called
 * before runs are read, so that every run ends even when no worker is alive.
 */
export async function endLostTrainingRuns(db: Kysely<Database>): Promise<void> {
  await sql`
    update training_run set
      state = case when cancelled_by is null then 'failed' else 'cancelled' end,
      finished_at = now(),
      failure = case
        when cancelled_by is not null then null
        when state = 'running' then 'the worker that ran it died'
        else 'no worker took it within 7 days: is one running?'
      end
    where (state = 'running' and heartbeat_at < now() - ${LOST_AFTER})
      or (state = 'queued' and requested_at < now() - ${FORGOTTEN_AFTER})`.execute(db)
}

const COLUMNS = [
  'training_run_id',
  'state',
  'as_of',
  'specification',
  'requested_by',
  'requested_at',
  'attempt',
  'started_at',
  'finished_at',
  'cancelled_by',
  'progress',
  'version',
  'refusal',
  'failure',
  'findings',
] as const

interface RunRow {
  readonly training_run_id: number
  readonly state: TrainingRun['state']
  readonly as_of: Instant
  readonly specification: string
  readonly requested_by: string
  readonly requested_at: Instant
  readonly attempt: number
  readonly started_at: Instant | null
  readonly finished_at: Instant | null
  readonly cancelled_by: string | null
  readonly progress: TrainingProgress | null
  readonly version: string | null
  readonly refusal: TrainingRefusal | null
  readonly failure: string | null
  readonly findings: unknown
}

function toRun(row: RunRow): TrainingRun {
  return {
    trainingRunId: row.training_run_id,
    state: row.state,
    asOf: row.as_of,
    specification: row.specification,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    attempt: row.attempt,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    cancelledBy: row.cancelled_by,
    progress: row.progress,
    version: row.version,
    refusal: row.refusal,
    failure: row.failure,
    findings: row.findings === null ? null : TrainingFindings.parse(row.findings),
  }
}

import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTraining } from '../../../src/jobs/training/training-child.ts'
import { executeTrainingRun, requestTrainingRun, TrainingJob } from '../../../src/jobs/training/training-run.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { workQueue } from '../../../src/store/database/queue.ts'
import {
  cancelTrainingRun,
  claimTrainingRun,
  endLostTrainingRuns,
  findTrainingRun,
  finishTrainingRun,
  type TrainingRun,
} from '../../../src/store/training/training-runs.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { at } from '../../support/facts.ts'

const CHILD = fileURLToPath(new URL('../../support/children/training-child.ts', import.meta.url))
const never = new AbortController().signal

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 16 })
  await insertModelVersion(database.db, 'm-1', artifactOf())
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('delete from training_run; delete from pgboss.job'))

/** What the stand-in of the training process finds. */
const FOUND = { ready: true, readiness: [], leakage: [] }
const request = (specification = 'trains') =>
  requestTrainingRun(database.db, { asOf: at('2026-01-01'), specification, requestedBy: 'ann' })
const start = (run: TrainingRun) =>
  startTraining(CHILD, { as_of: run.asOf, specification: run.specification }, { ...process.env })

async function execute(trainingRunId: number, options: { signal?: AbortSignal; longestMs?: number } = {}) {
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  const result = await executeTrainingRun(database.db, trainingRunId, {
    start,
    onFailure,
    beatMs: 30,
    signal: never,
    ...options,
  })
  expect(failures).toEqual([])
  return result
}

const age = (column: string, interval: string) =>
  database.pool.query(`update training_run set ${column} = now() - interval '${interval}'`)
const jobs = async () => (await database.pool.query('select state, data from pgboss.job order by created_on')).rows

describe('asking for a training', () => {
  it('puts one run into the queue, in one transaction with its job', async () => {
    const { kind, run } = await request()
    expect(kind).toBe('requested')
    expect(run).toMatchObject({ state: 'queued', asOf: at('2026-01-01'), requestedBy: 'ann', attempt: 0 })
    expect(await jobs()).toEqual([{ state: 'created', data: { training_run_id: run.trainingRunId } }])
  })

  it('16 times at once starts one run; the other requests get that run', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => request()))
    expect(answers.filter(({ kind }) => kind === 'requested')).toHaveLength(1)
    expect(new Set(answers.map(({ run }) => run.trainingRunId)).size).toBe(1)
    expect(await jobs()).toHaveLength(1)
  })

  it('is heard again once the run has ended', async () => {
    const first = await request()
    await cancelTrainingRun(database.db, first.run.trainingRunId, 'ann')
    expect((await request()).kind).toBe('requested')
  })
})

describe('a run', () => {
  it.each([
    ['trains', { kind: 'succeeded', version: 'm-1', findings: FOUND }],
    [
      'refuses',
      { kind: 'refused', refusal: { model: 'win', reason: 'too_few', message: 'needs more' }, findings: FOUND },
    ],
    ['complains', { kind: 'failed', failure: 'features.json: no' }],
    ['crashes', { kind: 'failed', failure: "the training process ended with code 3; its worker's log says why" }],
    [
      'dies',
      {
        kind: 'failed',
        failure: 'the training process was ended by SIGKILL; running out of memory is the usual cause',
      },
    ],
  ])('whose process %s ends so', async (specification, expected) => {
    const { run } = await request(specification)
    expect(await execute(run.trainingRunId)).toEqual(expected)
    const { kind: state, ...rest } = expected
    expect(await findTrainingRun(database.db, run.trainingRunId)).toMatchObject({ state, ...rest, attempt: 1 })
  })

  it('is begun once, however often its job is delivered', async () => {
    const { run } = await request()
    await execute(run.trainingRunId)
    expect(await execute(run.trainingRunId)).toBeUndefined()
    expect((await findTrainingRun(database.db, run.trainingRunId))?.attempt).toBe(1)
  })

  it('that is cancelled while it is under way says its progress, then ends', async () => {
    const { run } = await request('hangs')
    const executed = execute(run.trainingRunId)
    await expect
      .poll(async () => (await findTrainingRun(database.db, run.trainingRunId))?.progress)
      .toEqual({ step: 'win', done: 3, total: 10 })
    const cancelled = await cancelTrainingRun(database.db, run.trainingRunId, 'bob')
    expect(cancelled).toMatchObject({ state: 'running', cancelledBy: 'bob' })
    expect(await executed).toEqual({ kind: 'cancelled' })
    expect(await findTrainingRun(database.db, run.trainingRunId)).toMatchObject({ state: 'cancelled', failure: null })
    expect(await cancelTrainingRun(database.db, run.trainingRunId, 'bob')).toBeUndefined()
  })

  it('goes back into the queue when its worker stops', async () => {
    const { run } = await request('hangs')
    const stopping = new AbortController()
    const executed = execute(run.trainingRunId, { signal: stopping.signal })
    await expect.poll(async () => (await findTrainingRun(database.db, run.trainingRunId))?.state).toBe('running')
    stopping.abort()
    expect(await executed).toEqual({ kind: 'released' })
    expect(await findTrainingRun(database.db, run.trainingRunId)).toMatchObject({ state: 'queued', attempt: 1 })
    expect(await jobs()).toHaveLength(2)
  })

  it('that takes too long is ended', async () => {
    const { run } = await request('hangs')
    expect(await execute(run.trainingRunId, { longestMs: 50 })).toMatchObject({
      kind: 'failed',
      failure: expect.stringContaining('longer than'),
    })
  })
})

describe('a run that nobody works on', () => {
  it('has failed 45 seconds after the last sign of life, and what its worker says later is not heard', async () => {
    const { db } = database
    const { run } = await request()
    const claimed = await claimTrainingRun(db, run.trainingRunId)
    await age('heartbeat_at', '40 seconds')
    await endLostTrainingRuns(db)
    expect((await findTrainingRun(db, run.trainingRunId))?.state).toBe('running')
    await age('heartbeat_at', '46 seconds')
    expect((await request()).kind).toBe('requested')
    expect(await findTrainingRun(db, run.trainingRunId)).toMatchObject({
      state: 'failed',
      failure: 'the worker that ran it died',
    })
    if (!claimed) throw new Error('not claimed')
    expect(await finishTrainingRun(db, claimed, { kind: 'succeeded', version: 'm-1', findings: FOUND })).toBe(false)
  })

  it('ends its process when it learns that it was given up', async () => {
    const { run } = await request('hangs')
    const executed = execute(run.trainingRunId)
    await expect.poll(async () => (await findTrainingRun(database.db, run.trainingRunId))?.state).toBe('running')
    await database.pool.query(`update training_run set state = 'failed', failure = 'x', finished_at = now()`)
    expect(await executed).toEqual({ kind: 'lost' })
  })

  it('has failed after a week in the queue', async () => {
    const { run } = await request()
    await age('requested_at', '8 days')
    await endLostTrainingRuns(database.db)
    expect(await findTrainingRun(database.db, run.trainingRunId)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('no worker took it'),
    })
  })
})

describe('the queue', () => {
  const options = { pollSeconds: 0.5, graceMs: 240_000, onError: () => undefined }

  it('brings each run to one of two workers', async () => {
    const { run } = await request()
    const stop = new AbortController()
    const taken: number[] = []
    const take = async (job: unknown) => void taken.push(TrainingJob.parse(job).training_run_id)
    const workers = [
      await workQueue(database.pool, 'training', take, { ...options, signal: stop.signal }),
      await workQueue(database.pool, 'training', take, { ...options, signal: stop.signal }),
    ]
    await expect.poll(() => taken).toEqual([run.trainingRunId])
    stop.abort()
    await Promise.all(workers.map((worker) => worker.stop()))
    expect(taken).toHaveLength(1)
    expect(await jobs()).toMatchObject([{ state: 'completed' }])
  })

  it('brings a run again when the worker could not even note that it took it', async () => {
    await request()
    const stop = new AbortController()
    const take = async () => Promise.reject(new Error('no database'))
    const worker = await workQueue(database.pool, 'training', take, { ...options, signal: stop.signal })
    await expect.poll(jobs).toMatchObject([{ state: 'retry' }])
    await worker.stop()
  })
})

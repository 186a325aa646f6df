import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTraining } from '../../../src/jobs/training/training-child.ts'
import {
  type AttemptResult,
  executeTrainingRun,
  requestTrainingRun,
  trainingLoop,
} from '../../../src/jobs/training/training-run.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import {
  cancelTrainingRun,
  claimTrainingRun,
  endLostTrainingRuns,
  findTrainingRun,
  finishTrainingRun,
  releaseTrainingRun,
  renewTrainingLease,
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
beforeEach(() => database.pool.query('delete from training_run'))

/** The findings that the stand-in of the training process reports. */
const FOUND = { ready: true, readiness: [], leakage: [] }
const request = (specification = 'trains') =>
  requestTrainingRun(database.db, { asOf: at('2026-01-01'), specification, requestedBy: 'ann' })
const start = (run: TrainingRun) =>
  startTraining(CHILD, { as_of: run.asOf, specification: run.specification }, { ...process.env })

/** Claims the next run and executes it. @returns undefined when there is none */
async function execute(options: { signal?: AbortSignal; longestMs?: number } = {}) {
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  const run = await claimTrainingRun(database.db)
  if (!run) return undefined
  const result = await executeTrainingRun(database.db, run, {
    start,
    onFailure,
    heartbeatMs: 30,
    signal: never,
    ...options,
  })
  expect(failures).toEqual([])
  return result
}

const age = (column: string, interval: string) =>
  database.pool.query(`update training_run set ${column} = now() - interval '${interval}'`)
const queued = async () =>
  (await database.pool.query(`select training_run_id as id from training_run where state = 'queued'`)).rows

describe('a request for a training', () => {
  it('puts one run into the queue', async () => {
    const { kind, run } = await request()
    expect(kind).toBe('requested')
    expect(run).toMatchObject({ state: 'queued', asOf: at('2026-01-01'), requestedBy: 'ann', attempt: 0 })
    expect(await queued()).toEqual([{ id: run.trainingRunId }])
  })

  it('16 times at once starts one run; the other requests get that run', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => request()))
    expect(answers.filter(({ kind }) => kind === 'requested')).toHaveLength(1)
    expect(new Set(answers.map(({ run }) => run.trainingRunId)).size).toBe(1)
    expect(await queued()).toHaveLength(1)
  })

  it('makes a new run after the previous one has ended', async () => {
    const first = await request()
    await cancelTrainingRun(database.db, first.run.trainingRunId, 'ann')
    expect((await request()).kind).toBe('requested')
  })
})

describe('a training run', () => {
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
  ])('whose process %s stores that result', async (specification, expected) => {
    const { run } = await request(specification)
    expect(await execute()).toEqual(expected)
    const { kind: state, ...rest } = expected
    expect(await findTrainingRun(database.db, run.trainingRunId)).toMatchObject({ state, ...rest, attempt: 1 })
  })

  it('that has ended is not claimed again', async () => {
    const { run } = await request()
    await execute()
    expect(await execute()).toBeUndefined()
    expect((await findTrainingRun(database.db, run.trainingRunId))?.attempt).toBe(1)
  })

  it('that is cancelled while it runs has stored its progress, then ends', async () => {
    const { run } = await request('hangs')
    const executed = execute()
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
    const executed = execute({ signal: stopping.signal })
    await expect.poll(async () => (await findTrainingRun(database.db, run.trainingRunId))?.state).toBe('running')
    stopping.abort()
    expect(await executed).toEqual({ kind: 'released' })
    expect(await findTrainingRun(database.db, run.trainingRunId)).toMatchObject({ state: 'queued', attempt: 1 })
    expect((await claimTrainingRun(database.db))?.attempt).toBe(2)
  })

  it('that takes too long is ended', async () => {
    await request('hangs')
    expect(await execute({ longestMs: 50 })).toMatchObject({
      kind: 'failed',
      failure: expect.stringContaining('longer than'),
    })
  })
})

describe('a training run without a live worker', () => {
  it('has failed 45 seconds after the last heartbeat, and a later result of its worker is ignored', async () => {
    const { db } = database
    const { run } = await request()
    const claimed = await claimTrainingRun(db)
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

  it('is taken over when its lease has ended, and the worker that held it changes nothing', async () => {
    const { db } = database
    const { run } = await request()
    const first = await claimTrainingRun(db)
    await age('heartbeat_at', '29 seconds')
    expect(await claimTrainingRun(db)).toBeUndefined()
    await age('heartbeat_at', '31 seconds')
    const second = await claimTrainingRun(db)
    expect(second).toMatchObject({ trainingRunId: run.trainingRunId, state: 'running', attempt: 2 })
    if (!first) throw new Error('not claimed')
    expect(await renewTrainingLease(db, first, null)).toBe('lost')
    expect(await releaseTrainingRun(db, first)).toBe(false)
    expect(await finishTrainingRun(db, first, { kind: 'failed', failure: 'late' })).toBe(false)
    expect(await findTrainingRun(db, run.trainingRunId)).toMatchObject({ state: 'running', attempt: 2 })
  })

  it.each([
    ['cancelled', `cancelled_by = 'bob'`, 'cancelled'],
    ['lost three times', 'attempt = 3', 'failed'],
  ])('that was %s is not taken over, and ends', async (_, change, state) => {
    const { run } = await request()
    await claimTrainingRun(database.db)
    await age('heartbeat_at', '46 seconds')
    await database.pool.query(`update training_run set ${change}`)
    expect(await claimTrainingRun(database.db)).toBeUndefined()
    await endLostTrainingRuns(database.db)
    expect((await findTrainingRun(database.db, run.trainingRunId))?.state).toBe(state)
  })

  it('ends its process when the run has ended', async () => {
    const { run } = await request('hangs')
    const executed = execute()
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

describe('the training loop', () => {
  const options = { start, pollMs: 30, heartbeatMs: 30 }

  it('gives each run to one of two workers', async () => {
    const { run } = await request()
    const stop = new AbortController()
    const ended: { run: TrainingRun; result: AttemptResult }[] = []
    const failures: unknown[] = []
    const loop = () =>
      trainingLoop(database.db, {
        ...options,
        signal: stop.signal,
        onEnded: (taken, result) => ended.push({ run: taken, result }),
        onFailure: (error) => failures.push(error),
      })
    const workers = [loop(), loop()]
    await expect.poll(() => ended.length).toBe(1)
    stop.abort()
    await Promise.all(workers)
    expect(ended).toMatchObject([
      { run: { trainingRunId: run.trainingRunId, attempt: 1 }, result: { kind: 'succeeded' } },
    ])
    expect(failures).toEqual([])
  })

  it('of 8 workers whose claims coincide gives a run to one', async () => {
    await request()
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimTrainingRun(database.db)))
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  it('tries again when a run could not be claimed', async () => {
    const { run } = await request()
    await database.pool.query('alter table training_run rename column heartbeat_at to renamed')
    const stop = new AbortController()
    const ended: AttemptResult[] = []
    const failures: unknown[] = []
    const loop = trainingLoop(database.db, {
      ...options,
      signal: stop.signal,
      onEnded: (_, result) => ended.push(result),
      onFailure: (error) => failures.push(error),
    })
    await expect.poll(() => failures.length).toBeGreaterThan(1)
    await database.pool.query('alter table training_run rename column renamed to heartbeat_at')
    await expect.poll(() => ended).toMatchObject([{ kind: 'succeeded' }])
    stop.abort()
    await loop
    expect((await findTrainingRun(database.db, run.trainingRunId))?.attempt).toBe(1)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requestTrainingRun } from '../src/jobs/training/training-run.ts'
import { findModel } from '../src/store/registry/models.ts'
import { cancelTrainingRun, endLostTrainingRuns, findTrainingRun } from '../src/store/training/training-runs.ts'
import type { TestDatabase } from './support/server/database.ts'
import { childrenOf, hurryChildren } from './support/children/hurry.ts'
import { at } from './support/facts.ts'
import { createCompanyDatabase } from './support/simulated-company.ts'
import { until } from './support/until.ts'

const ROOT = path.join(import.meta.dirname, '..')

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createCompanyDatabase()
  // Of a company this small only the openings can be learned.
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'winrate-specifications-')), 'openings')
  await mkdir(folder)
  for (const file of ['features.json', 'in-market.json']) {
    await copyFile(path.join(ROOT, 'models', file), path.join(folder, file))
  }
})
afterAll(async () => {
  await rm(path.dirname(folder), { recursive: true, force: true })
  await database.drop()
})

const started: ChildProcess[] = []
/** A worker that a failed test left behind would take the next test's run. */
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

type Worker = ReturnType<typeof startWorker>
function startWorker() {
  const child = spawn(process.execPath, [path.join(ROOT, 'src/worker.ts')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DATABASE_URL: database.serviceUrl, SPECIFICATIONS: `models,${folder}` },
  })
  started.push(child)
  const output = { log: '' }
  child.stderr.on('data', (data) => (output.log += String(data)))
  return { child, output, exit: once(child, 'close').then(([code]): unknown => code) }
}

const request = async (specification = 'openings') =>
  (await requestTrainingRun(database.db, { asOf: at('2025-11-01'), specification, requestedBy: 'ann' })).run
    .trainingRunId
const state = async (id: number) => (await findTrainingRun(database.db, id))?.state

/** How many sessions the training process has open. */
async function trainingSessions(): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*)::int as open from pg_stat_activity
     where datname = current_database() and application_name = 'winrate training'`,
  )
  return rows[0].open
}

async function opensSession(worker: Worker): Promise<void> {
  await until('the training has a session', async () => {
    await hurryChildren(worker.child.pid)
    return (await trainingSessions()) > 0
  })
}

async function endsAs(worker: Worker, id: number, end: string): Promise<void> {
  const found = await until(`training run ${id} ends`, async () => {
    await hurryChildren(worker.child.pid)
    const now = await state(id)
    return now !== 'queued' && now !== 'running' && now
  })
  expect(found).toBe(end)
}

/** One that ended before it was seen to run is asked for again. */
async function requestUntilRunning(): Promise<number> {
  return await until('a training runs', async () => {
    const id = await request()
    const begun = await until('it has begun', async () => {
      const now = await state(id)
      return now !== 'queued' && now
    })
    return begun === 'running' && id
  })
}

describe('the worker', () => {
  it('trains in a process of low priority, and says what came of it', async () => {
    const worker = startWorker()
    const id = await request()
    if (process.platform === 'linux') {
      await expect.poll(async () => (await childrenOf(worker.child.pid)).map((pid) => getPriority(pid))).toEqual([19])
    }
    await opensSession(worker)
    await endsAs(worker, id, 'succeeded')
    const run = await findTrainingRun(database.db, id)
    expect(await findModel(database.db, run?.version ?? '')).toBeDefined()
    expect(run?.progress?.done).toBe(run?.progress?.total)
    expect(run?.findings).toMatchObject({ ready: true })

    // All three models: of a company this small the others cannot be had.
    const refused = await request('models')
    await endsAs(worker, refused, 'refused')
    expect((await findTrainingRun(database.db, refused))?.refusal).toMatchObject({ model: 'win', reason: 'too_few' })

    const unknown = await request('elsewhere')
    await endsAs(worker, unknown, 'failed')
    expect((await findTrainingRun(database.db, unknown))?.failure).toContain('it has: models, openings')
    worker.child.kill('SIGTERM')
    expect(await worker.exit).toBe(0)
  })

  it('told to stop gives the run back, and the next one ends it', async () => {
    const first = startWorker()
    const id = await requestUntilRunning()
    first.child.kill('SIGTERM')
    expect(await first.exit).toBe(0)
    expect(await state(id)).toBe('queued')
    const second = startWorker()
    await endsAs(second, id, 'succeeded')
    expect((await findTrainingRun(database.db, id))?.attempt).toBe(2)
    second.child.kill('SIGTERM')
    await second.exit
  })

  it('killed takes its training with it; the run fails, and another one can be asked for', async () => {
    const worker = startWorker()
    const id = await request()
    await opensSession(worker)
    worker.child.kill('SIGKILL')
    await worker.exit
    await expect.poll(trainingSessions).toBe(0)
    expect(await state(id)).toBe('running')
    await database.pool.query(`update training_run set heartbeat_at = heartbeat_at - interval '45 seconds'`)
    await endLostTrainingRuns(database.db)
    expect(await findTrainingRun(database.db, id)).toMatchObject({
      state: 'failed',
      failure: 'the worker that ran it died',
    })
    const next = await request()
    expect(next).not.toBe(id)
    await cancelTrainingRun(database.db, next, 'ann')
  })
})

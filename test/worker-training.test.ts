import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { IsoDate } from '../src/core/time.ts'
import { requestTrainingRun } from '../src/jobs/training-run.ts'
import { findModel } from '../src/store/models.ts'
import { cancelTrainingRun, endLostTrainingRuns, findTrainingRun } from '../src/store/training-runs.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'
import { at } from './support/facts.ts'
import { importSimulatedCompany } from './support/simulated-company.ts'

const ROOT = path.join(import.meta.dirname, '..')
const LONG = { timeout: 40_000, interval: 20 }

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  await importSimulatedCompany(database.pool, { accounts: 250, months: 24, end: '2025-11-01' as IsoDate, seed: 1 })
  // Of a company this small only the openings can be learned.
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'winrate-specifications-')), 'openings')
  await mkdir(folder)
  for (const file of ['features.json', 'in-market.json']) {
    await copyFile(path.join(ROOT, 'models', file), path.join(folder, file))
  }
}, 120_000)
afterAll(async () => {
  await rm(path.dirname(folder), { recursive: true, force: true })
  await database.drop()
})

const started: ChildProcess[] = []
/** A worker that a failed test left behind would take the next test's run. */
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

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

describe('the worker', () => {
  it('trains in a process of low priority, and says what came of it', async () => {
    const worker = startWorker()
    const id = await request()
    await expect.poll(trainingSessions, LONG).toBeGreaterThan(0)
    if (process.platform === 'linux') {
      const children = await readFile(`/proc/${worker.child.pid}/task/${worker.child.pid}/children`, 'utf8')
      expect(
        children
          .trim()
          .split(' ')
          .map((pid) => getPriority(Number(pid))),
      ).toEqual([19])
    }
    await expect.poll(() => state(id), LONG).toBe('succeeded')
    const run = await findTrainingRun(database.db, id)
    expect(await findModel(database.db, run?.version ?? '')).toBeDefined()
    expect(run?.progress?.done).toBe(run?.progress?.total)
    expect(run?.findings).toMatchObject({ ready: true })

    // All three models: of a company this small the others cannot be had.
    const refused = await request('models')
    await expect.poll(() => state(refused), LONG).toBe('refused')
    expect((await findTrainingRun(database.db, refused))?.refusal).toMatchObject({ model: 'win', reason: 'too_few' })

    const unknown = await request('elsewhere')
    await expect.poll(() => state(unknown), LONG).toBe('failed')
    expect((await findTrainingRun(database.db, unknown))?.failure).toContain('it has: models, openings')
    worker.child.kill('SIGTERM')
    expect(await worker.exit).toBe(0)
  }, 120_000)

  it('told to stop gives the run back, and the next one ends it', async () => {
    const first = startWorker()
    const id = await request()
    await expect.poll(() => state(id), LONG).toBe('running')
    first.child.kill('SIGTERM')
    expect(await first.exit).toBe(0)
    expect(await state(id)).toBe('queued')
    const second = startWorker()
    await expect.poll(() => state(id), LONG).toBe('succeeded')
    expect((await findTrainingRun(database.db, id))?.attempt).toBe(2)
    second.child.kill('SIGTERM')
    await second.exit
  }, 120_000)

  it('killed takes its training with it; the run fails, and another one can be asked for', async () => {
    const worker = startWorker()
    const id = await request()
    await expect.poll(trainingSessions, LONG).toBeGreaterThan(0)
    worker.child.kill('SIGKILL')
    await worker.exit
    await expect.poll(trainingSessions, LONG).toBe(0)
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
  }, 120_000)
})

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BacktestProof } from '../../../src/core/evaluation/report/backtest-proof.ts'
import type { IsoDate } from '../../../src/core/base/time.ts'
import { loadModel } from '../../../src/jobs/registry/champion.ts'
import { type CheckedTraining, checkedTraining } from '../../../src/jobs/training/train-with-audit.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { storeBacktest } from '../../../src/jobs/evaluation/backtest.ts'
import { findBacktest, findBacktestPage } from '../../../src/store/evaluation/backtests.ts'
import { listModelVersions } from '../../../src/store/registry/models.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { at } from '../../support/facts.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

const END = at('2025-11-01')
const COMPANY = { accounts: 90, months: 42, end: '2025-11-01' as IsoDate, seed: 3, openingShift: 3 }
const shipped = loadSpecification('models')
/** Few features, one penalty and small minimums: what is proven here is the way there, not the model. */
const specification = {
  ...shipped,
  features: { ...shipped.features, features: shipped.features.features.filter((_, index) => index % 4 === 0) },
  models: shipped.models
    .filter(({ model }) => model !== 'win_open')
    .map((model) => ({
      ...model,
      training: { ...model.training, penalties: [100], minimum_won: 12, minimum_lost: 12 },
    })),
}
const run = promisify(execFile)
let databases: readonly [TestDatabase, TestDatabase]
let folder = ''
let trained: readonly [CheckedTraining, CheckedTraining]
let written: readonly [string, string]
let summary = ''

/** As the data team runs it, in a process of its own. */
async function proveInProcess(database: TestDatabase, name: string, environment: NodeJS.ProcessEnv) {
  const json = path.join(folder, `${name}.json`)
  const script = [
    'tools/run.mjs',
    'scripts/data-team/backtest.ts',
    '--replicates',
    '50',
    '--capacity-per-month',
    '5',
    '--json',
    json,
  ]
  const { stdout } = await run(process.execPath, script, {
    env: { ...process.env, DATABASE_URL: database.url, ...environment },
  })
  return { json: await readFile(json, 'utf8'), stdout }
}

async function prepare(shuffle?: string): Promise<readonly [TestDatabase, CheckedTraining]> {
  const database = await createTestDatabase()
  await importSimulatedCompany(database.pool, COMPANY, shuffle)
  const training = await checkedTraining(database.db, specification, END)
  if (training.outcome.kind !== 'trained') throw new Error(JSON.stringify(training.outcome))
  return [database, training]
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-backtest-'))
  const [plain, shuffled] = [await prepare(), await prepare('another order')]
  databases = [plain[0], shuffled[0]]
  trained = [plain[1], shuffled[1]]
  const [one, other] = await Promise.all([
    proveInProcess(databases[0], 'one', { TZ: 'UTC', LC_ALL: 'en_US.UTF-8' }),
    proveInProcess(databases[1], 'other', { TZ: 'Asia/Kolkata', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }),
  ])
  written = [one.json, other.json]
  summary = one.stdout
})
afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()))
  await rm(folder, { recursive: true, force: true })
})

const versionOf = ({ outcome }: CheckedTraining) => (outcome.kind === 'trained' ? outcome.version : 'none')

describe('npm run backtest', () => {
  it('writes the same bytes whatever the order of the rows, the time zone and the locale', () => {
    expect(versionOf(trained[1])).toBe(versionOf(trained[0]))
    expect(written[0].length).toBeGreaterThan(50_000)
    expect(written[1]).toBe(written[0])
  })

  it('stores the proof, its page and the policy that it chose', async () => {
    const { db } = databases[0]
    const version = versionOf(trained[0])
    const stored = await findBacktest(db, version)
    const result = BacktestProof.parse(stored?.report)
    expect(JSON.stringify(stored?.report)).toBe(JSON.stringify(JSON.parse(written[0])))
    expect(await findBacktestPage(db, version)).toMatch(/^<!doctype html>/)
    const { policy } = await loadModel(db, version)
    expect(policy).toEqual(result.policy?.policy)
    expect(policy?.enter).toBeGreaterThan(0)
    expect(policy?.basis.enter).toContain('at most 5 new accounts a month')
    expect(summary).toContain('Policy, stored with the version:')
  })

  it('compares the product of both models with one model of the same label', () => {
    const { qualified, winrate_version: winrate, specifications } = BacktestProof.parse(JSON.parse(written[0]))
    expect(qualified?.model).toBe('qualified')
    expect(qualified?.scorers['direct']?.rows).toBe(qualified?.scorers['model']?.rows)
    expect(qualified?.scorers['model']?.rows).toBeGreaterThan(100)
    expect(qualified?.differences['direct']?.log_loss.value).not.toBeNull()
    expect(winrate).toMatch(/^\d+\.\d+\.\d+$/)
    expect(Object.keys(specifications)).toEqual(
      expect.arrayContaining(['features.json', 'win.json', 'mql-points.json']),
    )
  })

  it('measures the ranking of account-months at the given capacity, and of opportunities at a share', () => {
    const { win, in_market: inMarket, qualified } = BacktestProof.parse(JSON.parse(written[0]))
    expect([inMarket?.capacity, qualified?.capacity]).toEqual([{ per_month: 5 }, { per_month: 5 }])
    expect(win.capacity).toEqual({ share: 0.1 })
  })

  it('keeps page and policy together: a proof without a policy removes the old policy', async () => {
    const { db } = databases[1]
    const version = versionOf(trained[1])
    const result = BacktestProof.parse(JSON.parse(written[1]))
    await expect(storeBacktest(db, { ...result, verdict: 'sure' as never }, 'page')).rejects.toThrow()
    expect((await loadModel(db, version)).policy).toEqual(result.policy?.policy)
    await storeBacktest(db, { ...result, policy: null }, null)
    expect((await loadModel(db, version)).policy).toBeNull()
    expect(await findBacktestPage(db, version)).toBeNull()
  })
})

describe('every training', () => {
  it('reports readiness and the findings of the audit', () => {
    const [{ findings }, again] = trained
    expect(findings.ready).toBe(true)
    expect(findings.readiness).toContainEqual(expect.objectContaining({ name: 'small_sample', severity: 'warning' }))
    expect(again.findings.leakage).toEqual(findings.leakage)
  })

  it('below its minimum is refused with the figures, and stores no version', async () => {
    const { db } = databases[0]
    const greedy = specification.models.map((model) => ({
      ...model,
      training: { ...model.training, minimum_won: 100_000 },
    }))
    const before = await listModelVersions(db)
    const { outcome, findings } = await checkedTraining(db, { ...specification, models: greedy }, END)
    expect(outcome.kind).toBe('refused')
    expect(findings).toMatchObject({ ready: false, leakage: [] })
    expect(findings.readiness[0]).toMatchObject({ name: 'too_few_won', severity: 'refused', limit: 100_000 })
    expect(findings.readiness[0]?.sentence).toMatch(/training needs at least \d+, \d+ more/)
    expect(await listModelVersions(db)).toEqual(before)
  })
})

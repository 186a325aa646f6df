import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/base/random.ts'
import { isInOrder, shownPosition } from '../../../src/core/base/order.ts'
import { addDays, type IsoDate } from '../../../src/core/base/time.ts'
import { parseMapping } from '../../../src/core/facts/import/reading/parse-mapping.ts'
import { MqlRule } from '../../../src/core/evaluation/mql/mql-rule.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'
import { Specification } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { backtest } from '../../../src/jobs/evaluation/backtest.ts'
import { importFiles } from '../../../src/jobs/facts/import/import.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { loadModel } from '../../../src/jobs/registry/champion.ts'
import { readiness } from '../../../src/jobs/training/readiness.ts'
import { checkedTraining } from '../../../src/jobs/training/train-with-audit.ts'
import { at } from '../../support/facts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

/** A table as somebody keeps it in a spreadsheet: a logistic world that shares nothing with the simulator. */
const random = createRandom('a table of deals')
const deals = Array.from({ length: 600 }, (_, index) => {
  const sector = ['Retail', 'Banking', 'Telecom'][Math.floor(random.next() * 3)] ?? ''
  const staff = Math.round(Math.exp(3 + 4 * random.next()))
  const logOdds = { Retail: -1, Banking: 0.6, Telecom: -1.8 }[sector] ?? 0
  const won = random.next() < 1 / (1 + Math.exp(-logOdds - 0.4 * (Math.log(staff) - 5)))
  return { index, sector, staff, won, day: addDays('2000-03-01' as IsoDate, index) }
})
const folder = mkdtempSync(path.join(tmpdir(), 'ordered-'))
const table = path.join(folder, 'deals.csv')
const header = 'Nr,Deal,Customer,Sector,Staff,Result,Day'
writeFileSync(
  table,
  `${[header, ...deals.map((one) => `${one.index + 1},D${one.index},C${one.index},${one.sector},${one.staff},${one.won ? 'Won' : 'Lost'},${one.day}`)].join('\n')}\n`,
)

const order = { order: { column: 'nr' } }
const account = { external_id: 'Customer', industry: 'Sector', employees: 'Staff' }
const deal = { external_id: 'Deal', account_external_id: 'Customer', outcome: 'Result' }

async function load(database: TestDatabase, kind: 'accounts' | 'opportunities', columns: object, more: object = {}) {
  const parsed = parseMapping({ kind, columns, ignore: 'rest', ...more })
  if (parsed.kind === 'refused') throw new Error(parsed.problems.join('\n'))
  const { mapping } = parsed
  return await importFiles(database.pool, {
    kind,
    mapping,
    files: [table],
    rejectsFile: path.join(folder, 'rejects.csv'),
  })
}

const shipped = loadSpecification('models')
/** The features that have no days, and the label that has none but one. */
const withoutDays = Specification.parse({
  features: FeatureSpecification.parse({
    features: shipped.features.features.filter(({ name }) => name === 'industry' || name === 'employees'),
  }),
  models: [
    {
      model: 'win',
      moment: { kind: 'opened_at' },
      label: { kind: 'won_ever', maturity_days: 0 },
      opportunities: { minimum_lifetime_days: 0 },
    },
  ],
})

const rule = MqlRule.parse({ threshold: 1, fading: { days: 90 } })

/** The table has one day a deal. */
const ofAnyLifetime = {
  ...shipped,
  models: shipped.models.map((model) => ({
    ...model,
    opportunities: { ...model.opportunities, minimum_lifetime_days: 0 },
  })),
}

let ordered: TestDatabase
let dated: TestDatabase
beforeAll(async () => {
  ordered = await createTestDatabase()
  dated = await createTestDatabase()
})
afterAll(async () => {
  await ordered.drop()
  await dated.drop()
})

describe('sequence numbers instead of days', () => {
  it('are refused in a field of days, in the words of the file and with the way out', async () => {
    const { counts, byFile } = await load(ordered, 'opportunities', { ...deal, opened_at: 'Nr', closed_at: 'Nr' })
    expect(counts).toMatchObject({ read: 600, rejected: 600 })
    expect(byFile[0]?.rejections[0]?.first).toMatchObject({ column: 'Nr', value: '1' })
    expect(byFile[0]?.rejections[0]?.first.message).toContain('"order": {"column": "Nr"}')
  })

  it('are positions where the mapping declares them', async () => {
    expect((await load(ordered, 'accounts', account, order)).counts).toMatchObject({ inserted: 600, rejected: 0 })
    expect((await load(ordered, 'opportunities', deal, order)).counts).toMatchObject({ inserted: 600, rejected: 0 })
    expect((await load(ordered, 'opportunities', deal, order)).counts).toMatchObject({ unchanged: 600 })
    const { rows } = await ordered.pool.query<{ opened_at: string }>(
      `select opened_at from opportunity_version where outcome <> 'open' order by opened_at`,
    )
    expect(rows.every(({ opened_at: opened }) => isInOrder(opened))).toBe(true)
    expect(rows.slice(0, 2).map(({ opened_at: opened }) => shownPosition(opened))).toEqual(['position 1', 'position 2'])
  })

  it('and days do not go into one database', async () => {
    await expect(load(ordered, 'opportunities', { ...deal, opened_at: 'Day', closed_at: 'Day' })).rejects.toThrow(
      /ordered by the column "nr" and has no days/,
    )
    const { counts } = await load(ordered, 'accounts', { ...account, created_at: 'Day' })
    expect(counts).toMatchObject({ rejected: 600 })
    await load(dated, 'accounts', account)
    const days = await load(dated, 'opportunities', { ...deal, opened_at: 'Day', closed_at: 'Day' })
    expect(days.counts).toMatchObject({ inserted: 600, rejected: 0 })
    await expect(load(dated, 'opportunities', deal, order)).rejects.toThrow(/holds opportunities with days/)
    await expect(load(ordered, 'accounts', account, { order: { column: 'Staff' } })).rejects.toThrow(/one order/)
    expect(parseMapping({ kind: 'opportunities', columns: { ...deal, opened_at: 'Day' }, ...order })).toMatchObject({
      kind: 'refused',
    })
    expect(parseMapping({ kind: 'activities', ...order })).toMatchObject({ kind: 'refused' })
  })

  it('train the win model alone, with the coefficients that days would give', async () => {
    const asOf = at('2025-01-01')
    const byOrder = await checkedTraining(ordered.db, shipped, asOf)
    const byDay = await checkedTraining(dated.db, withoutDays, at('2002-01-01'))
    if (byOrder.outcome.kind !== 'trained' || byDay.outcome.kind !== 'trained') throw new Error('not trained')
    const { artifact } = byOrder.outcome
    expect(artifact.models.map(({ model }) => model)).toEqual(['win'])
    expect(artifact.specification.ordered_by).toBe('nr')
    expect(artifact.specification.features.features.filter((one) => 'window_days' in one)).toEqual([])
    expect(byOrder.findings.readiness[0]?.sentence).toContain('no windows, no ages, no in-market model')
    const own = await checkedTraining(ordered.db, withoutDays, asOf)
    if (own.outcome.kind !== 'trained') throw new Error('not trained')
    const [inOrder, inDays] = [own.outcome, byDay.outcome].map((one) => one.artifact.models[0]?.logistic)
    expect(inOrder?.counts).toEqual(inDays?.counts)
    expect(inOrder?.l2_penalty).toBe(inDays?.l2_penalty)
    expect(inOrder?.intercept).toBeCloseTo(inDays?.intercept ?? Number.NaN, 10)
    expect(inOrder?.coefficients.length).toBeGreaterThan(2)
    inOrder?.coefficients.forEach((value, column) => expect(value).toBeCloseTo(inDays?.coefficients[column] ?? NaN, 10))
    expect((await readiness(ordered.db, shipped, asOf)).ready).toBe(true)
  })

  it('are walked forward by position, and the proof says so', async () => {
    const trained = await checkedTraining(ordered.db, shipped, at('2025-01-01'))
    if (trained.outcome.kind !== 'trained') throw new Error('not trained')
    const model = await loadModel(ordered.db, trained.outcome.version)
    const proof = await backtest(ordered.db, model, rule, { capacityPerMonth: 50, replicates: 50 })
    expect(proof.limits?.[0]).toContain('ordered by the column "nr"')
    expect(proof.in_market).toBeNull()
    expect(proof.win.folds).toHaveLength(6)
    // 600 rows: the first 200 train, and six folds test the other 400.
    expect(proof.win.folds.map(({ train_rows: rows }) => rows)).toEqual([200, 266, 333, 400, 466, 533])
    expect(proof.win.folds.reduce((sum, { test_rows: rows }) => sum + rows, 0)).toBe(400)
    expect(shownPosition(proof.win.folds[0]?.split ?? '')).toBe('position 201')
    expect(proof.win.scorers['model']?.roc_auc.value).toBeGreaterThan(0.65)
    expect(Object.keys(proof.win.unavailable_scorers)).toContain('earlier_14_days')
  })
})

describe('deals with days and without activities', () => {
  it('train the win models, and say what the in-market model lacks', async () => {
    const { outcome, findings } = await checkedTraining(dated.db, ofAnyLifetime, at('2002-06-01'))
    if (outcome.kind !== 'trained') throw new Error('not trained')
    expect(outcome.artifact.models.map(({ model }) => model)).toEqual(['win', 'win_open'])
    expect(outcome.artifact.left_out?.[0]?.model).toBe('in_market')
    expect(findings.readiness[0]).toMatchObject({ name: 'no_evidence', model: 'in_market', severity: 'warning' })
    expect(findings.readiness[0]?.sentence).toMatch(/Export activities .* accounts that never had an opportunity/)
  })
})

import { describe, expect, it } from 'vitest'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import { encode } from '../../../../src/core/training/logistic/encoder/encode.ts'
import {
  applyModel,
  compileModel,
  LogisticModel,
  predictLogOdds,
} from '../../../../src/core/training/logistic/logistic-model.ts'
import { trainLogistic } from '../../../../src/core/training/logistic/train.ts'
import type { TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { EXAMPLE_COLUMNS, exampleHistory, numberColumn, rowOf, sigmoid } from './support.ts'

const options = { labelWindowDays: 180, seed: 11 }
const { rows, truth } = exampleHistory(1500, 'train')

function train(columns: readonly FeatureColumn[], trainingRows: readonly TrainingRow[]) {
  const result = trainLogistic({ columns, rows: trainingRows }, options)
  if (result.kind !== 'trained') throw new Error(JSON.stringify(result))
  return result
}

const { model, report } = train(EXAMPLE_COLUMNS, rows)
const compiled = compileModel(model)

describe('trainLogistic', () => {
  it('recovers the simulated coefficients', () => {
    const gaps = rows.map((row, index) => applyModel(compiled, row.values).logOdds - truth[index]!)
    expect(Math.sqrt(gaps.reduce((sum, gap) => sum + gap * gap, 0) / gaps.length)).toBeLessThan(0.3)
  })

  it('gives the same bytes whatever the order of rows and of the members of sets', () => {
    const random = createRandom('shuffle')
    const shuffled = random.shuffle(rows).map((row) => ({
      ...row,
      values: row.values.map((value) => (Array.isArray(value) ? random.shuffle(value) : value)),
    }))
    expect(JSON.stringify(train(EXAMPLE_COLUMNS, shuffled))).toBe(JSON.stringify({ kind: 'trained', model, report }))
  })

  it('gives the same bytes when several rows share account and as-of', () => {
    const twice = [...rows, ...rows.map((row) => ({ ...row, won: !row.won }))].map((row) => ({ ...row, weight: 0.5 }))
    const forward = train(EXAMPLE_COLUMNS, twice).model
    expect(JSON.stringify(train(EXAMPLE_COLUMNS, twice.toReversed()).model)).toBe(JSON.stringify(forward))
  })

  it('is plain JSON that its schema accepts and returns unchanged', () => {
    const text = JSON.stringify(model)
    expect(JSON.stringify(LogisticModel.parse(JSON.parse(text)))).toBe(text)
  })

  it('records what it was made from and how the penalty was chosen', () => {
    const won = rows.filter((row) => row.won).length
    expect(model.counts).toEqual({ rows: 1500, accounts: 1500, won, lost: 1500 - won, weight: 1500 })
    expect(model.base_rate).toBe(won / 1500)
    const { scores } = model.cross_validation
    expect(scores).toHaveLength(9)
    const best = scores.toSorted((a, b) => a.log_loss! - b.log_loss!)[0]!
    expect(model.l2_penalty).toBe(best.l2_penalty)
    expect(report.outOfFold).toHaveLength(model.calibration.rows)
  })

  it('predicts out-of-fold rows about as well as it reports', () => {
    const loss = (row: (typeof report.outOfFold)[number]) => -Math.log(sigmoid(row.won ? row.logOdds : -row.logOdds))
    const mean = report.outOfFold.reduce((sum, row) => sum + loss(row), 0) / report.outOfFold.length
    const chosen = model.cross_validation.scores.find((score) => score.l2_penalty === model.l2_penalty)!
    expect(mean).toBeCloseTo(chosen.log_loss!, 10)
  })

  it('refuses fewer than 40 won, with the number and the minimum', () => {
    const few = rows.filter((row) => !row.won).concat(rows.filter((row) => row.won).slice(0, 39))
    expect(trainLogistic({ columns: EXAMPLE_COLUMNS, rows: few }, options)).toMatchObject({
      kind: 'too_few',
      won: 39,
      needed: { won: 40, lost: 40 },
    })
  })

  it('counts outcomes by weight: 90 contacts of 30 won deals are 30', () => {
    const thirds = Array.from({ length: 300 }, (_, index) => ({
      ...rowOf([index % 7], index < 90, index),
      weight: 1 / 3,
    }))
    expect(trainLogistic({ columns: [numberColumn('x')], rows: thirds }, options)).toMatchObject({
      kind: 'too_few',
      won: 30,
      lost: 70,
    })
  })

  it('names a column that separates the outcomes', () => {
    const leaking = rows.map((row) => ({ ...row, values: [...row.values, row.won ? 1 : 0] }))
    const columns = [...EXAMPLE_COLUMNS, numberColumn('close_reason')]
    expect(trainLogistic({ columns, rows: leaking }, options)).toMatchObject({
      kind: 'separated',
      column: 'close_reason',
    })
  })

  it('predicts the base rate if the features are noise', () => {
    const random = createRandom('nothing')
    const noise = Array.from({ length: 600 }, (_, day) => rowOf([random.normal()], random.next() < 0.3, day))
    const trained = train([numberColumn('noise')], noise)
    expect(Math.abs(trained.model.coefficients[0]!)).toBeLessThan(0.15)
    expect(trained.model.base_rate).toBeCloseTo(0.3, 1)
  })

  it('trains without columns', () => {
    const constant = rows.map((row) => ({ ...row, values: [5] }))
    const trained = train([numberColumn('constant')], constant)
    expect(trained.report.droppedColumns).toEqual([])
    expect(applyModel(compileModel(trained.model), [5]).probability).toBeCloseTo(trained.model.base_rate, 1)
  })

  it('keeps declared signs: more visits never lower the probability', () => {
    const against = rows.map((row) => ({ ...row, won: !row.won }))
    const trained = train(EXAMPLE_COLUMNS, against)
    expect(trained.report.heldColumns).toContain('pricing_visits')
    const ready = compileModel(trained.model)
    const at = (visits: number) => applyModel(ready, [100, visits, 0, 'retail', []]).logOdds
    expect(at(9)).toBe(at(0))
  })

  it('never lowers the probability when a feature declared positive rises, on 10,000 random accounts', () => {
    const random = createRandom('monotone')
    let lowered = 0
    for (let trial = 0; trial < 10_000; trial += 1) {
      const visits = random.poisson(2)
      const at = (count: number) =>
        applyModel(compiled, [random.poisson(100), count, 0, 'retail', []]).contributions[1]!.logOdds
      if (at(visits + 1 + random.integer(20)) < at(visits)) lowered += 1
    }
    expect(lowered).toBe(0)
    expect(
      model.encoder.columns.every((column, index) => column.sign !== 'positive' || model.coefficients[index]! >= 0),
    ).toBe(true)
  })

  it('widens intervals when accounts repeat', () => {
    const repeated = rows.flatMap((row) => [row, row, row].map((copy, index) => ({ ...copy, asOf: rows[index]!.asOf })))
    const trained = train(EXAMPLE_COLUMNS, repeated)
    expect(trained.model.design_effect).toBeCloseTo(3, 1)
  })

  it('refuses rows of another length or without weight', () => {
    const columns = [numberColumn('x')]
    expect(() => trainLogistic({ columns, rows: [rowOf([1, 2], true)] }, options)).toThrow('must have 1 feature values')
    expect(() => trainLogistic({ columns, rows: [{ ...rowOf([1], true), weight: 0 }] }, options)).toThrow(
      'weight above 0',
    )
  })
})

describe('applyModel', () => {
  it('explains the log-odds: average account plus contributions, to 1e-9', () => {
    for (const row of rows) {
      const applied = applyModel(compiled, row.values)
      const sum = applied.contributions.reduce((total, part) => total + part.logOdds, compiled.averageLogOdds)
      expect(Math.abs(sum - applied.logOdds)).toBeLessThan(1e-9)
      const families = Object.values(applied.familyParts).reduce((total, part) => total + part, compiled.averageLogOdds)
      expect(Math.abs(families - applied.logOdds)).toBeLessThan(1e-9)
    }
  })

  it('has contributions with mean 0 over the training rows', () => {
    const sums = new Map<string, number>()
    for (const row of rows)
      for (const part of applyModel(compiled, row.values).contributions)
        sums.set(part.feature, (sums.get(part.feature) ?? 0) + part.logOdds / rows.length)
    for (const sum of sums.values()) expect(sum).toBeCloseTo(0, 9)
  })

  it('gives the same bits one by one as in bulk', () => {
    const bulk = predictLogOdds(
      model,
      encode(
        model.encoder,
        rows.map((row) => row.values),
      ).matrix,
    )
    rows.forEach((row, index) => {
      expect(applyModel(compiled, row.values).logOdds).toBe(bulk[index])
    })
  })

  it('names a value that training did not have, and widens the interval', () => {
    const known = applyModel(compiled, [100, 1, 0, 'retail', ['crm']])
    const unseen = applyModel(compiled, [100, 1, 0, 'mining', ['crm', 'blockchain']])
    expect(known.unseen).toEqual([])
    expect(unseen.unseen).toEqual(['industry', 'topics'])
    expect(unseen.standardError).toBeGreaterThan(known.standardError)
    expect(unseen.interval90.low).toBeLessThan(unseen.probability)
    expect(unseen.interval90.high).toBeGreaterThan(unseen.probability)
  })

  it('replaces an unknown number that was never missing in training by the mean, and reports it', () => {
    const applied = applyModel(compiled, [100, null, 0, 'retail', []])
    expect(applied.unseen).toEqual(['pricing_visits'])
    expect(applied.contributions.find((part) => part.feature === 'pricing_visits')!.logOdds).toBeCloseTo(0, 9)
  })

  it('covers the true value with its 90% interval about 90% of the time', () => {
    let [inside, total] = [0, 0]
    for (let trial = 0; trial < 25; trial += 1) {
      const history = exampleHistory(800, `trial ${trial}`)
      const ready = compileModel(train(EXAMPLE_COLUMNS, history.rows).model)
      history.rows.slice(0, 100).forEach((row, index) => {
        const { interval90 } = applyModel(ready, row.values)
        const probability = sigmoid(history.truth[index]!)
        if (interval90.low <= probability && probability <= interval90.high) inside += 1
        total += 1
      })
    }
    expect(inside / total).toBeGreaterThan(0.82)
    expect(inside / total).toBeLessThan(0.96)
  })
})

import { describe, expect, it } from 'vitest'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import { fitCalibration } from '../../../../src/core/training/logistic/calibrate.ts'
import { applyModel, compileModel, LogisticModel } from '../../../../src/core/training/logistic/logistic-model.ts'
import { fitLogistic } from '../../../../src/core/training/logistic/solver/newton.ts'
import { interceptCorrection, samplingCorrection } from '../../../../src/core/training/logistic/sampling-correction.ts'
import { trainLogistic } from '../../../../src/core/training/logistic/train.ts'
import type { NegativeSampling, TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { numberColumn, problemOf, rowOf, sigmoid } from './support.ts'

describe('the prior correction of King and Zeng', () => {
  it('is ln(kept / negatives) whichever part of the rows is looked at', () => {
    const sampling = { accounts: 9, negatives: 400, kept: 100 }
    const rows = [rowOf([1], true), rowOf([1], true), rowOf([0], false)]
    expect(interceptCorrection(rows, sampling)).toBeCloseTo(Math.log(1 / 4), 12)
    expect(interceptCorrection(rows.slice(1), sampling)).toBeCloseTo(Math.log(1 / 4), 12)
    expect(interceptCorrection(rows, undefined)).toBe(0)
  })

  it('gives back the exact fit when a quarter of the negatives is kept evenly', () => {
    // x = 0: 3 won, 80 lost; x = 1: 9 won, 40 lost. Odds ratio (9/40) / (3/80) = 6, both before and after.
    const table = (share: number) => {
      const cells = [3, 80 * share, 9, 40 * share].flatMap((count, cell) => new Array<number>(count).fill(cell))
      const rows = cells.map((cell) => [cell >> 1])
      const fit = fitLogistic(
        problemOf(
          rows,
          cells.map((cell) => 1 - (cell & 1)),
        ),
        { l2Penalty: 0 },
      )
      if (fit.kind !== 'fitted') throw new Error(fit.kind)
      return fit
    }
    const [whole, quarter] = [table(1), table(1 / 4)]
    expect(whole.coefficients[0]).toBeCloseTo(Math.log(6), 9)
    expect(quarter.coefficients[0]).toBeCloseTo(Math.log(6), 9)
    const correction = samplingCorrection({ populationRate: 12 / 132, sampleRate: 12 / 42 })
    expect(quarter.intercept + correction).toBeCloseTo(whole.intercept, 9)
  })
})

describe('calibration on a sample of the negatives', () => {
  it('finds the same correction for the population as on all rows', () => {
    const random = createRandom('sampled calibration')
    const truth = Array.from({ length: 40_000 }, () => -3 + random.normal())
    const won = truth.map((logOdds) => (random.next() < sigmoid(logOdds) ? 1 : 0))
    const predicted = Float64Array.from(truth, (logOdds) => logOdds + 0.4)
    const chosen = [...won.keys()].filter((row) => won[row] === 1 || random.next() < 0.2)
    const all = fitCalibration(predicted, Uint8Array.from(won), new Float64Array(won.length).fill(1))
    const sample = fitCalibration(
      Float64Array.from(chosen, (row) => predicted[row]!),
      Uint8Array.from(chosen, (row) => won[row]!),
      new Float64Array(chosen.length).fill(1),
      Math.log(5),
    )
    const at = ({ intercept, slope }: typeof all, logOdds: number) => intercept + slope * logOdds
    expect(sample.kind).toBe('applied')
    for (const logOdds of [-4, -2.6, -1]) {
      expect(Math.abs(at(all, logOdds) - (logOdds - 0.4))).toBeLessThan(0.12)
      expect(Math.abs(at(sample, logOdds) - at(all, logOdds))).toBeLessThan(0.1)
    }
  })
})

describe('training on a sample of the negatives', () => {
  const columns: readonly FeatureColumn[] = [numberColumn('x'), numberColumn('y', 'positive')]
  const random = createRandom('sampling world')
  const truth: number[] = []
  const rows = Array.from({ length: 30_000 }, (_, index): TrainingRow => {
    const values = [random.normal(), random.poisson(0.5)]
    const logOdds = -4 + 0.8 * values[0]! + 0.6 * values[1]!
    truth.push(logOdds)
    return rowOf(values, random.next() < sigmoid(logOdds), Math.floor(index / 40), `account-${index % 3000}`)
  })
  const won = rows.filter((row) => row.won)
  const negatives = rows.length - won.length
  const kept = rows.filter((row) => row.won || random.next() < (5 * won.length) / negatives)
  const sampling: NegativeSampling = { accounts: 3000, negatives, kept: kept.length - won.length }
  const options = { labelWindowDays: 30, seed: 4 }
  const train = (some: readonly TrainingRow[], how?: NegativeSampling) => {
    const result = trainLogistic({ columns, rows: some, sampling: how }, options)
    if (result.kind !== 'trained') throw new Error(JSON.stringify(result))
    return result
  }
  const [whole, sampled] = [train(rows), train(kept, sampling)]
  const logOddsBy = (model: LogisticModel) => {
    const compiled = compileModel(model)
    return rows.map((row) => applyModel(compiled, row.values).logOdds)
  }

  it('gives the probabilities of the population, within noise', () => {
    expect(kept.length).toBeLessThan(rows.length / 4)
    const [ours, theirs] = [logOddsBy(sampled.model), logOddsBy(whole.model)]
    const apart = (a: readonly number[], b: readonly number[]) =>
      Math.sqrt(a.reduce((sum, value, index) => sum + (value - b[index]!) ** 2, 0) / a.length)
    expect(apart(ours, theirs)).toBeLessThan(0.1)
    expect(apart(ours, truth)).toBeLessThan(0.12)
    const expected = ours.reduce((sum, logOdds) => sum + sigmoid(logOdds), 0)
    expect(won.length / expected).toBeGreaterThan(0.95)
    expect(won.length / expected).toBeLessThan(1.05)
  })

  it('reports counts, base rate, column means and log losses of the population, and the sampling', () => {
    expect(sampled.model.counts).toEqual({
      rows: 30_000,
      accounts: 3000,
      won: won.length,
      lost: negatives,
      weight: expect.closeTo(30_000, 6),
    })
    expect(sampled.model.base_rate).toBeCloseTo(whole.model.base_rate, 12)
    expect(sampled.model.sampling).toEqual({
      negatives,
      kept: sampling.kept,
      intercept_correction: expect.closeTo(Math.log(sampling.kept / negatives), 12),
    })
    expect(whole.model.sampling).toBeUndefined()
    sampled.model.encoder.columns.forEach((column, index) => {
      const sd = whole.model.encoder.features[index]!.sd!
      expect(Math.abs(column.mean - whole.model.encoder.columns[index]!.mean)).toBeLessThan(0.05 / Math.min(1, sd))
    })
    const loss = (model: LogisticModel) =>
      model.cross_validation.scores.find((score) => score.l2_penalty === model.l2_penalty)!.log_loss!
    expect(Math.abs(loss(sampled.model) / loss(whole.model) - 1)).toBeLessThan(0.03)
    const { outOfFold } = sampled.report
    const expected = outOfFold.reduce((sum, row) => sum + row.weight * sigmoid(row.logOdds), 0)
    const observed = outOfFold.reduce((sum, row) => sum + (row.won ? row.weight : 0), 0)
    expect(Math.abs(observed / expected - 1)).toBeLessThan(0.15)
  })

  it('is plain JSON that its schema returns unchanged, the same whatever the order of rows', () => {
    const text = JSON.stringify(sampled.model)
    expect(JSON.stringify(LogisticModel.parse(JSON.parse(text)))).toBe(text)
    expect(JSON.stringify(train(createRandom('other').shuffle(kept), sampling).model)).toBe(text)
  })
})

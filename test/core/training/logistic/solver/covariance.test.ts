import { describe, expect, it } from 'vitest'
import {
  coefficientCovariance,
  designEffect,
  sparseVariance,
  variance,
} from '../../../../../src/core/training/logistic/solver/covariance.ts'
import { packedIndex } from '../../../../../src/core/training/logistic/solver/likelihood.ts'
import { fitLogistic } from '../../../../../src/core/training/logistic/solver/newton.ts'
import type { Fit } from '../../../../../src/core/training/logistic/types.ts'
import { createRandom } from '../../../../../src/core/base/random.ts'
import { problemOf, sigmoid } from '../support.ts'

function fitted(problem: ReturnType<typeof problemOf>, l2Penalty: number, signs?: ('positive' | null)[]): Fit {
  const result = fitLogistic(problem, { l2Penalty, ...(signs ? { signs } : {}) })
  if (result.kind !== 'fitted') throw new Error(result.kind)
  return result
}

describe('the covariance', () => {
  it('of an intercept alone is 1 / (n p (1 - p))', () => {
    // 3 of 4 won: 1 / (4 * 0.75 * 0.25) = 4 / 3
    const covariance = coefficientCovariance(fitted(problemOf([[], [], [], []], [1, 1, 1, 0]), 1), 1)!
    expect([...covariance]).toEqual([expect.closeTo(4 / 3, 8)])
  })

  it('of one indicator without penalty is that of a two by two table', () => {
    // x=0: 2 won 4 lost; x=1: 3 won 1 lost. Var(intercept) = 1/2 + 1/4; Var(slope) adds 1/3 + 1/1 (Woolf)
    const rows = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1].map((x) => [x])
    const covariance = coefficientCovariance(fitted(problemOf(rows, [1, 1, 0, 0, 0, 0, 1, 1, 1, 0]), 0), 0)!
    expect(covariance[0]).toBeCloseTo(0.75, 8)
    expect(covariance[packedIndex(1, 0)]).toBeCloseTo(-0.75, 8)
    expect(covariance[packedIndex(1, 1)]).toBeCloseTo(0.75 + 4 / 3, 8)
    // A row with x = 1: 1/3 + 1/1
    expect(sparseVariance(covariance, Int32Array.of(0), Float64Array.of(1), 0, 1)).toBeCloseTo(4 / 3, 8)
  })

  it('is zero for a coefficient that its sign holds at zero', () => {
    const problem = problemOf(
      [
        [0, 1],
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      [1, 1, 0, 0, 0, 1],
    )
    const fit = fitted(problem, 0.5, ['positive', null])
    expect(fit.heldAtZero).toEqual([0])
    const covariance = coefficientCovariance(fit, 0.5)!
    expect([covariance[packedIndex(1, 0)], covariance[packedIndex(1, 1)], covariance[packedIndex(2, 1)]]).toEqual([
      0, 0, 0,
    ])
  })
})

describe('90% intervals', () => {
  // 200 data sets of 150 rows; effects drawn from the prior that the penalty stands for.
  const random = createRandom('coverage')
  const l2Penalty = 4
  let [inside, insideSandwich, total] = [0, 0, 0]
  for (let trial = 0; trial < 200; trial += 1) {
    const effects = Array.from({ length: 12 }, () => random.normal() / Math.sqrt(l2Penalty))
    const rows = Array.from({ length: 150 }, () =>
      effects.map((_, column) => (column < 4 ? random.normal() : random.next() < 0.25 ? 1 : 0)),
    )
    const truth = rows.map((row) => row.reduce((sum, value, column) => sum + value * effects[column]!, -0.8))
    const problem = problemOf(
      rows,
      truth.map((logOdds) => (random.next() < sigmoid(logOdds) ? 1 : 0)),
    )
    const fit = fitted(problem, l2Penalty)
    const posterior = coefficientCovariance(fit, l2Penalty)!
    const sandwich = sandwichOf(posterior, fit.information, 13)
    for (let row = 0; row < 20; row += 1) {
      const gap = Math.abs(fit.logOdds[row]! - truth[row]!)
      if (gap <= 1.645 * Math.sqrt(variance(posterior, problem.matrix, row))) inside += 1
      if (gap <= 1.645 * Math.sqrt(variance(sandwich, problem.matrix, row))) insideSandwich += 1
      total += 1
    }
  }

  it('cover the true value about 90% of the time', () => {
    expect(inside / total).toBeGreaterThan(0.87)
    expect(inside / total).toBeLessThan(0.93)
  })

  it('from the sandwich estimator cover less often, because they ignore shrinkage', () => {
    expect(insideSandwich / total).toBeLessThan(0.85)
  })

  function sandwichOf(inverse: Float64Array, information: Float64Array, size: number): Float64Array {
    const at = (packed: Float64Array, a: number, b: number) => packed[packedIndex(Math.max(a, b), Math.min(a, b))]!
    const result = new Float64Array(inverse.length)
    for (let a = 0; a < size; a += 1)
      for (let b = 0; b <= a; b += 1)
        for (let j = 0; j < size; j += 1)
          for (let k = 0; k < size; k += 1)
            result[packedIndex(a, b)]! += at(inverse, a, j) * at(information, j, k) * at(inverse, k, b)
    return result
  }
})

describe('the design effect', () => {
  const random = createRandom('clusters')
  const base = Array.from({ length: 80 }, () => [random.normal()])
  const outcomes = base.map((row) => (random.next() < sigmoid(row[0]!) ? 1 : 0))

  it('is 1 when no account repeats', () => {
    const problem = problemOf(base, outcomes)
    const fit = fitted(problem, 1)
    const ids = base.map((_, row) => `a${row}`)
    expect(designEffect(problem, fit, coefficientCovariance(fit, 1)!, ids)).toBe(1)
  })

  it('is the number of copies when every row is repeated', () => {
    // Three copies of a row have three times its score: squared nine, against three rows squared on their own.
    const problem = problemOf([...base, ...base, ...base], [...outcomes, ...outcomes, ...outcomes])
    const fit = fitted(problem, 1)
    const ids = [...base, ...base, ...base].map((_, row) => `a${row % 80}`)
    expect(designEffect(problem, fit, coefficientCovariance(fit, 1)!, ids)).toBeCloseTo(3, 10)
  })
})

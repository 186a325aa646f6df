import { describe, expect, it } from 'vitest'
import { withPenaltyVariance } from '../../../../../src/core/training/logistic/solver/penalty-variance.ts'

const STEP = Math.log(10)

describe('the variance that the choice of the penalty adds to the covariance', () => {
  it('one coefficient, by hand', () => {
    // gamma = 1 - 10 x 0.04 = 0.6, taken for 1; d = -10 x 0.04 x 0.5 = -0.2; (2 + ln(10)^2 / 12) x 0.2^2 = 0.09767.
    const covariance = Float64Array.from([0.01, 0, 0.04])
    const widened = withPenaltyVariance(covariance, Float64Array.from([0.5]), 10, [1, 10, 100])
    expect(widened[0]).toBe(0.01)
    expect(widened[1]).toBeCloseTo(0, 15)
    expect(widened[2]).toBeCloseTo(0.04 + (2 + STEP ** 2 / 12) * 0.04, 12)
    expect(covariance[2]).toBe(0.04)
  })

  it('the intercept varies with the coefficients that it correlates with', () => {
    // d = -10 x (-0.01 x 0.5, 0.04 x 0.5) = (0.05, -0.2).
    const widened = withPenaltyVariance(
      Float64Array.from([0.01, -0.01, 0.04]),
      Float64Array.from([0.5]),
      10,
      [1, 10, 100],
    )
    const variance = 2 + STEP ** 2 / 12
    expect(widened[0]).toBeCloseTo(0.01 + variance * 0.0025, 12)
    expect(widened[1]).toBeCloseTo(-0.01 - variance * 0.01, 12)
  })

  it('at the edge of the grid the single step counts, and many well-determined coefficients add little', () => {
    const size = 51
    const covariance = new Float64Array((size * (size + 1)) / 2)
    for (let j = 0; j < size; j += 1) covariance[(j * (j + 1)) / 2 + j] = 0.02
    // gamma = 50 x (1 - 10 x 0.02) = 40; d = -10 x 0.02 x 0.5 = -0.1 each.
    const widened = withPenaltyVariance(covariance, new Float64Array(50).fill(0.5), 10, [10, 100])
    expect(widened[2]).toBeCloseTo(0.02 + (2 / 40 + STEP ** 2 / 12) * 0.01, 12)
  })

  it('a given penalty adds no variance; a coefficient held at zero has none', () => {
    const covariance = Float64Array.from([0.01, 0, 0])
    expect(withPenaltyVariance(covariance, Float64Array.from([0]), 10, [1, 10])).toEqual(covariance)
    const own = Float64Array.from([0.01, 0, 0.04])
    expect(withPenaltyVariance(own, Float64Array.from([0.5]), 10, [10])).toBe(own)
  })
})

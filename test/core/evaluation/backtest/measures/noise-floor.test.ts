import { describe, expect, it } from 'vitest'
import { calibrationNoise } from '../../../../../src/core/evaluation/backtest/measures/noise-floor.ts'
import { expectedCalibrationError } from '../../../../../src/core/statistics/calibration.ts'
import { createRandom } from '../../../../../src/core/base/random.ts'
import { instantPlusDays } from '../../../../../src/core/base/time.ts'
import { at } from '../support.ts'

const random = createRandom('noise floor test')

/** A perfect model at a base rate of about 0.22. */
function perfect(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const probability = 1 / (1 + Math.exp(1.45 - random.normal()))
    const won = random.next() < probability
    return { id: `a-${index}`, openedAt: at('2024-01-01'), probability, won, weight: 1 }
  })
}

describe('the noise floor of the calibration error', () => {
  it('is the error of a perfect model: at 200 rows 0.065 on average, 0.09 at the 95th percentile', () => {
    const noise = calibrationNoise(perfect(200), 180, 1)
    expect(noise.meanOfPerfect).toBeGreaterThan(0.055)
    expect(noise.meanOfPerfect).toBeLessThan(0.075)
    expect(noise.p95OfPerfect).toBeGreaterThan(0.08)
    expect(noise.p95OfPerfect).toBeLessThan(0.105)
  })

  it('falls with the number of rows', () => {
    expect(calibrationNoise(perfect(5000), 180, 1, 200).meanOfPerfect).toBeLessThan(0.016)
  })

  it('computes the same error as the metric, with tied probabilities and weights too', () => {
    const rows = perfect(333).map((row, index) => ({
      ...row,
      probability: Math.round(10 * row.probability) / 10 || 0.05,
      weight: 1 + (index % 3),
    }))
    expect(calibrationNoise(rows, 180, 1, 10).ece).toBeCloseTo(expectedCalibrationError.compute(rows), 12)
  })

  it('is higher when monthly rows of one account share their outcome', () => {
    const monthly = perfect(100).flatMap((row) =>
      [0, 30, 60].map((days) => ({ ...row, openedAt: instantPlusDays(row.openedAt, days) })),
    )
    const together = calibrationNoise(monthly, 90, 1).meanOfPerfect
    const apart = calibrationNoise(monthly, 20, 1).meanOfPerfect
    // Three rows with one outcome are one row: sqrt(3) times the noise.
    expect(together / apart).toBeGreaterThan(1.5)
    expect(together / apart).toBeLessThan(1.9)
  })

  it('a model that is wrong exceeds it', () => {
    const wrong = perfect(500).map((row) => ({ ...row, probability: row.probability / 2 }))
    const { ece, p95OfPerfect } = calibrationNoise(wrong, 180, 1)
    expect(ece).toBeGreaterThan(p95OfPerfect)
  })
})

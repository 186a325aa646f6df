import { describe, expect, it } from 'vitest'
import { fitAffine } from '../../../../src/core/statistics/affine-fit.ts'
import { fitCalibration, foldCalibration } from '../../../../src/core/training/logistic/calibrate.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { sigmoid } from './support.ts'

/** Predictions that say `distort(truth)`. */
function predictions(count: number, distort: (logOdds: number) => number, seed = 'calibrate') {
  const random = createRandom(seed)
  const truth = Array.from({ length: count }, () => -1 + 1.2 * random.normal())
  const won = Uint8Array.from(truth, (logOdds) => (random.next() < sigmoid(logOdds) ? 1 : 0))
  return [Float64Array.from(truth, distort), won, new Float64Array(count).fill(1)] as const
}

describe('fitAffine', () => {
  it('is the two by two table on a predictor of two values', () => {
    // At -1: 1 of 4 won (log-odds -ln 3); at 1: 3 of 4 won (ln 3): slope ln 3, no shift
    const fit = fitAffine([-1, -1, -1, -1, 1, 1, 1, 1], [1, 0, 0, 0, 1, 1, 1, 0], new Float64Array(8).fill(1))!
    expect(fit.slope).toBeCloseTo(Math.log(3), 9)
    expect(fit.shift).toBeCloseTo(0, 9)
    // Information 8 * 3/16 for both, x being 1 or -1
    expect(fit.slopeError).toBeCloseTo(Math.sqrt(1 / 1.5), 9)
  })

  it('has no solution if the predictions separate the outcomes', () => {
    expect(fitAffine([-1, -1, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1])).toBeUndefined()
  })
})

describe('the calibration', () => {
  it('undoes predictions twice too extreme and a half too high', () => {
    const calibration = fitCalibration(...predictions(20_000, (logOdds) => 2 * logOdds + 0.5))
    // Truth = 0.5 * predicted - 0.25; a correction beyond 0.25 is shrunk a little
    expect(calibration.kind).toBe('applied')
    expect(calibration.slope).toBeCloseTo(0.5, 1)
    expect(calibration.intercept + calibration.slope * 1).toBeCloseTo(0.25, 1)
  })

  it('usually keeps a calibrated model unchanged if there is little data', () => {
    const slopes = Array.from(
      { length: 40 },
      (_, trial) => fitCalibration(...predictions(200, (x) => x, `t${trial}`)).slope,
    )
    expect(slopes.filter((slope) => slope === 1).length).toBeGreaterThan(20)
    for (const slope of slopes) {
      expect(slope).toBeGreaterThan(0.5)
      expect(slope).toBeLessThan(1.6)
    }
  })

  it('is skipped below 40 of an outcome, saying how many there were', () => {
    const [logOdds, won, weights] = predictions(60, (x) => x)
    expect(fitCalibration(logOdds, won, weights)).toMatchObject({
      kind: 'skipped',
      intercept: 0,
      slope: 1,
      reason: expect.stringContaining('needs 40 won and 40 lost'),
    })
  })

  it('never reverses the ranking', () => {
    expect(fitCalibration(...predictions(5000, (logOdds) => -logOdds)).slope).toBe(0.05)
  })

  it('folds into the coefficients: calibrated log-odds are the same either way', () => {
    const linear = {
      intercept: -1,
      coefficients: Float64Array.of(0.5, 2),
      covariance: Float64Array.of(1, 0.1, 2, 0.2, 0.3, 3),
    }
    const errors = { centre: -0.5, shift_error: 0.3, slope_error: 0 }
    const folded = foldCalibration(linear, {
      kind: 'applied',
      intercept: 0.3,
      slope: 0.8,
      rows: 1,
      reason: null,
      ...errors,
    })
    // Row (1, 1): 0.3 + 0.8 * 1.5 = 1.5
    expect(folded.intercept + folded.coefficients[0]! + folded.coefficients[1]!).toBeCloseTo(1.5, 12)
    // 0.64 times, and 0.09 for the shift on the intercept
    expect([...folded.covariance]).toEqual(
      [0.73, 0.064, 1.28, 0.128, 0.192, 1.92].map((value) => expect.closeTo(value, 12)),
    )
  })

  it('adds the error of the slope in proportion to the distance from the centre', () => {
    const linear = { intercept: 0, coefficients: Float64Array.of(1), covariance: new Float64Array(3) }
    const errors = { centre: 1, shift_error: 0, slope_error: 0.1 }
    const { covariance } = foldCalibration(linear, {
      kind: 'applied',
      intercept: 0,
      slope: 1,
      rows: 1,
      reason: null,
      ...errors,
    })
    // Row x = 3 has log-odds 3, two from the centre: variance (0.1 * 2)^2
    expect(covariance[0]! + 2 * covariance[1]! * 3 + covariance[2]! * 9).toBeCloseTo(0.04, 12)
  })
})

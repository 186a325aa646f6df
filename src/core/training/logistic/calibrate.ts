import { z } from 'zod'
import { fitAffine } from '../../statistics/affine-fit.ts'
import { packedIndex } from './solver/likelihood.ts'

const NEEDED_OF_EACH_OUTCOME = 40
/** The largest plausible miscalibration, as a standard deviation of shift and slope. */
const LARGEST_PRIOR_DEVIATION = 0.25
const LEAST_SLOPE = 0.05

export const Calibration = z.strictObject({
  kind: z.enum(['applied', 'skipped']),
  intercept: z.number(),
  slope: z.number().positive(),
  /** Log-odds about which the slope turns, and the standard errors there of the corrections made. */
  centre: z.number(),
  shift_error: z.number().nonnegative(),
  slope_error: z.number().nonnegative(),
  rows: z.number().int(),
  reason: z.string().nullable(),
})
export type Calibration = z.infer<typeof Calibration>

/**
 * Calibrated log-odds = intercept + slope * log-odds, fitted on out-of-fold predictions (the model's own training rows
 * would flatter it). Ranks never change: the slope stays above 0.
 *
 * Shift and slope are shrunken towards no change by as much as they could be noise: with 200 rows the slope of a
 * *perfect* model ranges from 0.62 to 1.48, and correcting by that would do harm.
 *
 * @param offset by how much the rows' own log-odds exceed those predicted for the population, where they are a sample
 */
export function fitCalibration(logOdds: Float64Array, won: Uint8Array, weights: Float64Array, offset = 0): Calibration {
  const rows = logOdds.length
  const wins = won.reduce((sum, value) => sum + value, 0)
  const unchanged = { intercept: 0, slope: 1, centre: 0, shift_error: 0, slope_error: 0, rows }
  const skip = (reason: string): Calibration => ({ kind: 'skipped', ...unchanged, reason })
  const needed = NEEDED_OF_EACH_OUTCOME
  if (Math.min(wins, rows - wins) < needed)
    return skip(`calibration needs ${needed} won and ${needed} lost rows out of fold, got ${wins} and ${rows - wins}`)
  const fit = fitAffine(logOdds, won, weights)
  if (!fit) return skip('the out-of-fold log-odds do not vary, or separate the outcomes')
  // The level of the models that predicted was estimated too, on about as many rows: twice the variance.
  const shiftError = Math.SQRT2 * fit.shiftError
  const shift = fit.shift - offset
  const keptShift = keptShare(shift, shiftError)
  const keptSlope = keptShare(fit.slope - 1, fit.slopeError)
  const slope = Math.max(LEAST_SLOPE, 1 + keptSlope * (fit.slope - 1))
  if (keptShift === 0 && slope === 1)
    return skip('the predictions deviate from the outcomes by no more than chance explains')
  return {
    kind: 'applied',
    intercept: keptShift * shift + (1 - slope) * fit.centre,
    slope,
    centre: fit.centre,
    shift_error: keptShift * shiftError,
    slope_error: keptSlope * fit.slopeError,
    rows,
    reason: null,
  }
}

/**
 * How much of a correction to keep: the posterior mean under a normal prior around zero whose variance is estimated
 * from the one observation, observed^2 - error^2, and limited. One within its own standard error is dropped entirely.
 */
function keptShare(observed: number, error: number): number {
  const prior = Math.min(LARGEST_PRIOR_DEVIATION ** 2, Math.max(0, observed ** 2 - error ** 2))
  return prior === 0 ? 0 : prior / (prior + error ** 2)
}

export interface Linear {
  readonly intercept: number
  readonly coefficients: Float64Array
  readonly covariance: Float64Array
}

/**
 * The same model with the calibration folded in: intercept a + b * intercept, coefficients b times, covariance b^2
 * times, plus what the calibration itself may be off by. A row's log-odds less the centre are u'z, with z = (1, row)
 * and u = (intercept - centre, coefficients), so an error in the slope adds slope_error^2 * u u'.
 */
export function foldCalibration(linear: Linear, calibration: Calibration): Linear {
  const { intercept, slope, centre, shift_error, slope_error } = calibration
  const direction = [linear.intercept - centre, ...linear.coefficients]
  const covariance = linear.covariance.map((value) => slope * slope * value)
  covariance[0]! += shift_error ** 2
  direction.forEach((atRow, row) => {
    for (let column = 0; column <= row; column += 1)
      covariance[packedIndex(row, column)]! += slope_error ** 2 * atRow * direction[column]!
  })
  return {
    intercept: intercept + slope * linear.intercept,
    coefficients: linear.coefficients.map((value) => slope * value),
    covariance,
  }
}

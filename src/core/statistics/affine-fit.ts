import { sigmoid } from './sigmoid.ts'

export interface AffineFit {
  /** Weighted mean of the log-odds. */
  readonly centre: number
  /** What the outcome's log-odds exceed the predicted by, at the centre. */
  readonly shift: number
  readonly shiftError: number
  readonly slope: number
  readonly slopeError: number
}

export interface AffineOptions {
  /** Holds the slope at 1: calibration in the large. */
  readonly slopeFixed?: boolean
}

/**
 * Logistic regression of the outcome on one column of log-odds, by Newton in two parameters:
 * logit P(won) = centre + shift + slope * (log-odds - centre). Centred, so that shift and slope hardly depend on each
 * other. The errors are standard errors.
 *
 * @returns undefined when there is no finite maximum (one outcome only, or the log-odds separate the outcomes)
 */
export function fitAffine(
  logOdds: Float64Array | readonly number[],
  won: Uint8Array | readonly number[],
  weights: Float64Array | readonly number[],
  { slopeFixed = false }: AffineOptions = {},
): AffineFit | undefined {
  let total = 0
  let centre = 0
  for (let i = 0; i < logOdds.length; i += 1) {
    total += weights[i]!
    centre += weights[i]! * logOdds[i]!
  }
  centre /= total
  let level = centre
  let slope = 1
  for (let iteration = 0; iteration < 60; iteration += 1) {
    let [g0, g1] = [0, 0]
    let [h00, h01, h11] = [0, 0, 0]
    for (let i = 0; i < logOdds.length; i += 1) {
      const x = logOdds[i]! - centre
      const p = sigmoid(level + slope * x)
      const curvature = weights[i]! * p * (1 - p)
      const residual = weights[i]! * (p - won[i]!)
      g0 += residual
      g1 += residual * x
      h00 += curvature
      h01 += curvature * x
      h11 += curvature * x * x
    }
    if (slopeFixed) {
      g1 = 0
      h01 = 0
      h11 = 1
    }
    const determinant = h00 * h11 - h01 * h01
    if (!(determinant > 1e-12 * h00 * h11)) return undefined
    // A step longer than 2 comes from the flat tails: shorten it, the likelihood is concave and will lead on.
    const [d0, d1] = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant]
    const shorten = Math.min(1, 2 / Math.max(Math.abs(d0), Math.abs(d1)))
    level -= shorten * d0
    slope -= shorten * d1
    if (Math.abs(level) > 50 || Math.abs(slope) > 50) return undefined
    if (Math.max(Math.abs(d0), Math.abs(d1)) < 1e-10) {
      const shiftError = Math.sqrt(h11 / determinant)
      const slopeError = slopeFixed ? 0 : Math.sqrt(h00 / determinant)
      return { centre, shift: level - centre, shiftError, slope, slopeError }
    }
  }
  return undefined
}

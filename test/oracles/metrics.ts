// Metrics written for reading. The backtest computes them in one pass over a bootstrap replicate and is tested by these.
import { type AffineFit, fitAffine } from '../../src/core/statistics/affine-fit.ts'
import { brierScore } from '../../src/core/statistics/accuracy.ts'
import { logOddsOf, type Metric, type Scored, weightedMean, weightOf } from '../../src/core/statistics/metric.ts'
import { liftOf, type Ranking, rankRows, tieGroups, totals, wonInTop } from '../../src/core/statistics/ranking.ts'

/** Weighted share of won rows; NaN without rows. */
export function baseRate(scored: readonly Scored[]): number {
  return weightedMean(scored, (row) => (row.won ? 1 : 0))
}

/** Share of the Brier score of "everyone gets the base rate" that the predictions remove: 1 = perfect, 0 = no better. */
export const brierSkill: Metric = {
  name: 'brier_skill',
  better: 'higher',
  compute: (scored) => {
    const rate = baseRate(scored)
    return 1 - brierScore.compute(scored) / (rate * (1 - rate))
  },
}

/** Precision at each won row's rank, averaged over won rows; equal probabilities share the rank of the last of them. */
export function averagePrecisionOf(ranking: Ranking, weights: Float64Array = ranking.weights): number {
  let [wonAbove, above, sum] = [0, 0, 0]
  for (const { wonWeight, lostWeight } of tieGroups(ranking, weights)) {
    wonAbove += wonWeight
    above += wonWeight + lostWeight
    if (wonWeight > 0) sum += (wonWeight * wonAbove) / above
  }
  return sum / wonAbove
}

export const averagePrecision: Metric = {
  name: 'average_precision',
  better: 'higher',
  compute: (scored) => averagePrecisionOf(rankRows(scored)),
}

/** Share won among the top k. */
export function precisionAtK(k: number): Metric {
  checkK(k)
  const compute = (scored: readonly Scored[]) => {
    const ranking = rankRows(scored)
    return wonInTop(ranking, k) / Math.min(k, totals(ranking, ranking.weights).total)
  }
  return { name: `precision_at_${k}`, better: 'higher', compute }
}

export function liftAtK(k: number): Metric {
  checkK(k)
  return { name: `lift_at_${k}`, better: 'higher', compute: (scored) => liftOf(rankRows(scored), k) }
}

/** Share of all wins found in the top k. */
export function gainAtK(k: number): Metric {
  checkK(k)
  const compute = (scored: readonly Scored[]) => {
    const ranking = rankRows(scored)
    return wonInTop(ranking, k) / totals(ranking, ranking.weights).won
  }
  return { name: `gain_at_${k}`, better: 'higher', compute }
}

function checkK(k: number): void {
  if (!(k > 0)) throw new RangeError(`k must be above 0, got ${k}`)
}

/**
 * How log-odds of outcome and prediction differ (Van Calster et al. 2019). `slopeFixed`: the calibration intercept, on
 * the predicted log-odds as offset (0 = right on average); else the slope (1; below it, predictions are too extreme).
 *
 * @returns undefined when there is no finite fit: one outcome only, or equal predictions for the slope
 */
export function fitCalibrationLine(scored: readonly Scored[], slopeFixed: boolean): AffineFit | undefined {
  return fitAffine(
    scored.map((row) => logOddsOf(row.probability)),
    scored.map((row) => (row.won ? 1 : 0)),
    scored.map(weightOf),
    { slopeFixed },
  )
}

export const calibrationIntercept: Metric = {
  name: 'calibration_intercept',
  better: 'near_zero',
  compute: (scored) => fitCalibrationLine(scored, true)?.shift ?? NaN,
}

export const calibrationSlope: Metric = {
  name: 'calibration_slope',
  better: 'near_one',
  compute: (scored) => fitCalibrationLine(scored, false)?.slope ?? NaN,
}

/** Wins that happened for each win expected. */
export const observedExpected: Metric = {
  name: 'observed_expected',
  better: 'near_one',
  compute: (scored) =>
    weightedMean(scored, (row) => (row.won ? 1 : 0)) / weightedMean(scored, (row) => row.probability),
}

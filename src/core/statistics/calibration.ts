import { type AffineFit, fitAffine } from './affine-fit.ts'
import { logOddsOf, type Metric, type Scored, weightedMean, weightOf } from './metric.ts'

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

export interface ReliabilityBin {
  /** Weight in the bin: a number of rows, in parts where equal probabilities lie across its edge. */
  readonly weight: number
  readonly lowest: number
  readonly highest: number
  readonly meanProbability: number
  readonly wonRate: number
}

/**
 * Predicted against observed in bins of equal weight, from the lowest probability up. Rows of equal probability that
 * lie across an edge are shared out in proportion, so that their order cannot matter.
 */
export function reliabilityBins(scored: readonly Scored[], binCount = 10): readonly ReliabilityBin[] {
  if (!(Number.isInteger(binCount) && binCount > 0))
    throw new RangeError(`binCount must be a whole number above 0, got ${binCount}`)
  const groups = [...Map.groupBy(scored, (row) => row.probability)]
    .toSorted(([a], [b]) => a - b)
    .map(([probability, rows]) => {
      const weight = rows.reduce((sum, row) => sum + weightOf(row), 0)
      const won = rows.reduce((sum, row) => sum + (row.won ? weightOf(row) : 0), 0)
      return { probability, weight, won }
    })
  const total = groups.reduce((sum, group) => sum + group.weight, 0)
  const capacity = total / binCount
  const bins: ReliabilityBin[] = []
  let bin = emptyBin()
  for (const group of groups) {
    for (let left = group.weight; left > 1e-9 * total; ) {
      const part = Math.min(left, capacity - bin.weight)
      bin = {
        weight: bin.weight + part,
        lowest: Math.min(bin.lowest, group.probability),
        highest: group.probability,
        expected: bin.expected + part * group.probability,
        won: bin.won + (part / group.weight) * group.won,
      }
      left -= part
      if (capacity - bin.weight <= 1e-9 * total) {
        bins.push(finished(bin))
        bin = emptyBin()
      }
    }
  }
  return bin.weight > 1e-6 * capacity ? [...bins, finished(bin)] : bins
}

/** Mean gap of predicted and observed over ten bins of equal weight. Compare with its own noise, not with 0. */
export const expectedCalibrationError: Metric = {
  name: 'expected_calibration_error',
  better: 'lower',
  compute: (scored) => {
    const bins = reliabilityBins(scored)
    const total = bins.reduce((sum, bin) => sum + bin.weight, 0)
    return bins.reduce((sum, bin) => sum + bin.weight * Math.abs(bin.wonRate - bin.meanProbability), 0) / total
  },
}

interface OpenBin {
  readonly weight: number
  readonly lowest: number
  readonly highest: number
  readonly expected: number
  readonly won: number
}

function emptyBin(): OpenBin {
  return { weight: 0, lowest: Infinity, highest: -Infinity, expected: 0, won: 0 }
}

function finished({ weight, lowest, highest, expected, won }: OpenBin): ReliabilityBin {
  return { weight, lowest, highest, meanProbability: expected / weight, wonRate: won / weight }
}

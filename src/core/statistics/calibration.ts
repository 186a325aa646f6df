import { type Metric, type Scored, weightOf } from './metric.ts'

export interface ReliabilityBin {
  /** Weight in the bin: a number of rows, a fraction of them where equal probabilities lie across its edge. */
  readonly weight: number
  readonly lowest: number
  readonly highest: number
  readonly meanProbability: number
  readonly wonRate: number
}

/**
 * Predicted and observed rates in bins of equal weight, from the lowest probability up. Rows of equal probability that
 * lie across an edge are split between the bins in proportion, so that their order does not matter.
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

/** Mean difference of predicted and observed rate over ten bins of equal weight. Compare it with its noise floor, not with 0. */
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

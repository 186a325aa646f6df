import type { Sample } from './sample.ts'
import { countClusters, type Statistic } from '../../../statistics/bootstrap.ts'
import { rank, rankingOf } from './ranked.ts'

/** Weighted sum of the numerators over that of the denominators: a rate, a mean on some rows, observed / expected. */
export function ratioStatistic(
  { clusters, weights }: Pick<Sample, 'clusters' | 'weights'>,
  numerator: Float64Array,
  denominator: Float64Array,
): Statistic {
  const above = new Float64Array(countClusters(clusters))
  const below = new Float64Array(above.length)
  clusters.forEach((cluster, row) => {
    above[cluster]! += weights[row]! * numerator[row]!
    below[cluster]! += weights[row]! * denominator[row]!
  })
  return {
    size: 1,
    compute: ({ counts }, out) => {
      let aboveSum = 0
      let belowSum = 0
      for (let cluster = 0; cluster < counts.length; cluster += 1) {
        aboveSum += counts[cluster]! * above[cluster]!
        belowSum += counts[cluster]! * below[cluster]!
      }
      out[0] = aboveSum / belowSum
    },
  }
}

/** ROC AUC only, for slices, older models and other penalties. */
export function aucStatistic(sample: Sample, probabilities: Float64Array): Statistic {
  const ranked = rank(sample, probabilities, coveredRows(probabilities))
  return {
    size: 1,
    compute: ({ weights }, out) => {
      out[0] = rankingOf(ranked, weights).rocAuc
    },
  }
}

function coveredRows(probabilities: Float64Array): Int32Array {
  return Int32Array.from(probabilities.keys()).filter((row) => !Number.isNaN(probabilities[row]!))
}

/** 0, 5, ... 100% of the rows. */
export const GAIN_SHARES: readonly number[] = Array.from({ length: 21 }, (_, step) => step / 20)

/** Cumulative gain: the share of all wins found in the best-ranked share of the rows, at `GAIN_SHARES`. */
export function gainStatistic(sample: Sample, probabilities: Float64Array): Statistic {
  const { rows, won, ends } = rank(sample, probabilities, coveredRows(probabilities))
  return {
    size: GAIN_SHARES.length,
    compute: ({ weights }, out) => {
      let total = 0
      let totalWon = 0
      for (let k = 0; k < rows.length; k += 1) {
        const w = weights[rows[k]!]!
        total += w
        totalWon += w * won[k]!
      }
      let above = 0
      let aboveWon = 0
      let group = 0
      let groupWon = 0
      let next = 0
      for (let k = 0; k < rows.length; k += 1) {
        const w = weights[rows[k]!]!
        group += w
        groupWon += w * won[k]!
        if (ends[k] === 0 || group === 0) continue
        for (; next < GAIN_SHARES.length && GAIN_SHARES[next]! * total <= above + group; next += 1)
          out[next] = (aboveWon + (groupWon * (GAIN_SHARES[next]! * total - above)) / group) / totalWon
        above += group
        aboveWon += groupWon
        group = 0
        groupWon = 0
      }
      // Rounding may leave the sum of the groups slightly below the total.
      for (; next < GAIN_SHARES.length; next += 1) out[next] = 1
    },
  }
}

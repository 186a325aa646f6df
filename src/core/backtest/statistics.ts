import { rank, type Sample } from './arm-statistic.ts'
import type { Statistic } from './bootstrap.ts'

/** Weighted sum of the numerators over that of the denominators: a rate, a mean on some rows, observed / expected. */
export function ratioStatistic(numerator: Float64Array, denominator: Float64Array): Statistic {
  const rows = Int32Array.from(numerator.keys()).filter((row) => numerator[row] !== 0 || denominator[row] !== 0)
  return {
    size: 1,
    compute: (weights, out, at) => {
      let [above, below] = [0, 0]
      for (const row of rows) {
        above += weights[row]! * numerator[row]!
        below += weights[row]! * denominator[row]!
      }
      out[at] = above / below
    },
  }
}

/** 0, 5, ... 100 % of the rows. */
export const GAIN_SHARES: readonly number[] = Array.from({ length: 21 }, (_, step) => step / 20)

/** Cumulative gain: the share of all wins found in the best-ranked share of the rows, at `GAIN_SHARES`. */
export function gainStatistic(sample: Sample, probabilities: Float64Array): Statistic {
  const covered = Int32Array.from(probabilities.keys()).filter((row) => !Number.isNaN(probabilities[row]!))
  const { rows, won, ends } = rank(sample, probabilities, covered)
  return {
    size: GAIN_SHARES.length,
    compute: (weights, out, at) => {
      let [total, totalWon] = [0, 0]
      for (let k = 0; k < rows.length; k += 1) {
        total += weights[rows[k]!]!
        totalWon += weights[rows[k]!]! * won[k]!
      }
      let [above, aboveWon, group, groupWon, next] = [0, 0, 0, 0, 0]
      for (let k = 0; k < rows.length; k += 1) {
        const w = weights[rows[k]!]!
        group += w
        groupWon += w * won[k]!
        if (ends[k] === 0 || group === 0) continue
        for (; next < GAIN_SHARES.length && GAIN_SHARES[next]! * total <= above + group; next += 1)
          out[at + next] = (aboveWon + (groupWon * (GAIN_SHARES[next]! * total - above)) / group) / totalWon
        above += group
        aboveWon += groupWon
        group = 0
        groupWon = 0
      }
      // Rounding may leave the sum of the groups a hair below the total.
      for (; next < GAIN_SHARES.length; next += 1) out[at + next] = 1
    },
  }
}

import { columnLabel } from '../../training/logistic/encoder/encoder.ts'
import { packedIndex } from '../../training/logistic/solver/likelihood.ts'
import { rankRows } from '../../statistics/ranking.ts'
import { rounded } from './canonical.ts'
import type { Pool } from '../backtest/folds/pool.ts'
import type { BacktestReport } from './report.ts'
import { NORMAL_95 } from '../../statistics/normal-quantiles.ts'

const ROC_POINTS = 100

/**
 * The newest fold's coefficients, largest first, and in how many folds they have the same sign. The intercept and the common
 * offset belong to no feature and are not among them.
 */
export function coefficientsOf({ results }: Pool): BacktestReport['coefficients'] {
  const models = results.flatMap(({ model }) => (model ? [model] : []))
  const newest = models.at(-1)
  if (!newest) return []
  const byLabel = models.map(
    (model) => new Map(model.encoder.columns.map((column, index) => [columnLabel(column), model.coefficients[index]!])),
  )
  return newest.encoder.columns
    .flatMap((column, index) => {
      const { family } = column
      if (family === null) return []
      const coefficient = newest.coefficients[index]!
      const reach = NORMAL_95 * Math.sqrt(Math.max(0, newest.covariance[packedIndex(index + 1, index + 1)]!))
      const label = columnLabel(column)
      const others = byLabel.flatMap((coefficients) => coefficients.get(label) ?? [])
      const entry = {
        column: label,
        feature: column.feature,
        family,
        coefficient: rounded(coefficient) ?? 0,
        low: rounded(coefficient - reach) ?? 0,
        high: rounded(coefficient + reach) ?? 0,
        same_sign_folds: others.filter((other) => Math.sign(other) === Math.sign(coefficient)).length,
        folds: others.length,
      }
      return [entry]
    })
    .toSorted((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient) || (a.column < b.column ? -1 : 1))
}

/** The ROC curve in at most a hundred steps: one point per percentile of the rows, each at the end of a tie. */
export function rocPoints({ sample }: Pool, probabilities: Float64Array) {
  const covered = Array.from(probabilities.keys()).filter((row) => !Number.isNaN(probabilities[row]!))
  const { order, won, tieEnd } = rankRows(
    covered.map((row) => ({ probability: probabilities[row]!, won: sample.won[row] === 1 })),
  )
  const weightAt = (rank: number) => sample.weights[covered[order[rank]!]!]!
  const totals = { won: 0, lost: 0 }
  for (let rank = 0; rank < order.length; rank += 1) totals[won[rank] === 1 ? 'won' : 'lost'] += weightAt(rank)
  const points = [{ false_positive: 0, true_positive: 0 }]
  const above = { won: 0, lost: 0 }
  let next = order.length / ROC_POINTS
  for (let rank = 0; rank < order.length; rank += 1) {
    above[won[rank] === 1 ? 'won' : 'lost'] += weightAt(rank)
    if (tieEnd[rank] !== rank + 1 || (rank + 1 < next && rank + 1 < order.length)) continue
    next = rank + 1 + order.length / ROC_POINTS
    points.push({
      false_positive: rounded(above.lost / totals.lost) ?? 0,
      true_positive: rounded(above.won / totals.won) ?? 0,
    })
  }
  return points
}

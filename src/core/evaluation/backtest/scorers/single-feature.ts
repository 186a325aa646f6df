import type { FeatureColumn } from '../../../features/types.ts'
import { linearPredictor } from '../../../training/logistic/encoder/design-matrix.ts'
import { fitEncoder } from '../../../training/logistic/encoder/fit-encoder.ts'
import type { FoldPlan } from '../../../training/logistic/validation/folds.ts'
import { fitLogistic } from '../../../training/logistic/solver/newton.ts'
import type { TrainingRow } from '../../../training/logistic/types.ts'
import { problemOf } from './scorer-training.ts'

/** A weak penalty: one feature on its own hardly needs any. */
const L2_PENALTY = 1
/** More rows do not change which feature wins. */
const MOST_ROWS = 8_000

/**
 * The one feature that predicts best alone, by log loss on the inner folds of the training rows.
 *
 * @returns the position of the column; undefined when none can be fitted
 */
export function bestSingleFeature(
  columns: readonly FeatureColumn[],
  rows: readonly TrainingRow[],
  inner: FoldPlan,
): number | undefined {
  const step = Math.max(1, Math.ceil(rows.length / MOST_ROWS))
  const kept = rows.filter((_, position) => position % step === 0)
  const thin = (positions: Int32Array) =>
    positions.filter((position) => position % step === 0).map((position) => position / step)
  const thinned = inner.folds.map((fold) => ({ train: thin(fold.train), test: thin(fold.test) }))
  let best: { readonly index: number; readonly loss: number } | undefined
  columns.forEach((column, index) => {
    const single = kept.map((row) => ({ ...row, values: [row.values[index] ?? null] }))
    let loss = 0
    for (const { train, test } of thinned) loss += lossOf(column, single, train, test)
    if (!Number.isNaN(loss) && (!best || loss < best.loss)) best = { index, loss }
  })
  return best?.index
}

/** NaN when the feature does not vary, or gives the outcome away. */
function lossOf(column: FeatureColumn, rows: readonly TrainingRow[], train: Int32Array, test: Int32Array): number {
  const trainRows = Array.from(train, (position) => rows[position]!)
  const encoder = fitEncoder(
    [column],
    trainRows.map((row) => row.values),
  )
  const fit = encoder.columns.length > 0 && fitLogistic(problemOf(trainRows, encoder), { l2Penalty: L2_PENALTY })
  if (!fit || fit.kind !== 'fitted') return NaN
  const problem = problemOf(
    Array.from(test, (position) => rows[position]!),
    encoder,
  )
  const logOdds = linearPredictor(problem.matrix, fit.intercept, fit.coefficients)
  return logOdds.reduce((sum, value, row) => {
    const towardsTruth = problem.won[row] === 1 ? value : -value
    return sum + problem.weights[row]! * (Math.max(-towardsTruth, 0) + Math.log1p(Math.exp(-Math.abs(towardsTruth))))
  }, 0)
}

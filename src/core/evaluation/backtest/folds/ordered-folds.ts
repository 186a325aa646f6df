import { startOfPosition } from '../../../base/order.ts'
import type { Instant } from '../../../base/time.ts'
import { type BacktestRow, DEFAULT_MAX_FOLDS, DEFAULT_MIN_FOLDS } from '../types.ts'
import {
  type BacktestFold,
  type BacktestPlan,
  countOutcomes,
  FIRST_TRAINING_SHARE,
  type FoldPlanOptions,
  foldBetween,
  maturity,
  outcomesNeeded,
  suffices,
  tooFewOutcomes,
} from './folds.ts'

const LEAST_FOLD_ROWS = 20

/**
 * Plans the walk forward through rows that have positions and no days: folds of about as many rows each, all rows of one
 * position in one fold. Of 600 rows the first 200 train, and with six folds each tests 67.
 *
 * @param rows sorted by as-of
 */
export function planFoldsInOrder(rows: readonly BacktestRow[], options: FoldPlanOptions): BacktestPlan {
  const { labelWindowDays, dataEnd, minFolds = DEFAULT_MIN_FOLDS, maxFolds = DEFAULT_MAX_FOLDS } = options
  const needed = outcomesNeeded(options)
  const matures = rows.map((row) => maturity(row, labelWindowDays))
  const outcomes = countOutcomes(rows)
  const refusal = tooFewOutcomes(outcomes, needed)
  if (refusal) return refusal

  let first = Math.max(1, Math.ceil(FIRST_TRAINING_SHARE * rows.length))
  for (; first < rows.length; first += 1) {
    if (suffices(countOutcomes(rows.slice(0, first)), needed)) break
  }
  const tested = rows.length - first
  const count = Math.min(maxFolds, Math.floor(tested / LEAST_FOLD_ROWS))
  const starts = Array.from({ length: Math.max(0, count) }, (_, fold) => {
    const row = rows[first + Math.floor((fold * tested) / count)]!
    return startOfPosition(row.asOf)
  })
  const splits = [...new Set<Instant>(starts)]
  if (splits.length < minFolds)
    return {
      kind: 'too_short_order',
      rows: rows.length,
      positions: new Set(rows.map((row) => startOfPosition(row.asOf))).size,
      needed: first + minFolds * LEAST_FOLD_ROWS,
      ...outcomes,
    }
  const folds = splits.map(
    (split, index): BacktestFold =>
      foldBetween(rows, matures, { index, split, end: splits[index + 1] ?? null, months: 0 }, dataEnd),
  )
  return { kind: 'planned', folds: folds.filter(({ test }) => test.length > 0) }
}

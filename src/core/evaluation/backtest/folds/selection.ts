import { dayOf, firstOfMonth } from '../../../base/time.ts'
import { maturity } from './folds.ts'
import type { Pool } from './pool.ts'
import type { Predictions } from '../../../statistics/possible-thresholds.ts'
import type { BacktestData } from '../types.ts'

/** With fewer rows no threshold is chosen. */
const LEAST_ROWS = 100

/** The predictions on which a fold's thresholds and stages are chosen, and their name in the report. */
export interface Selection {
  readonly predictions: Predictions
  readonly name: string
}

/**
 * Out-of-fold predictions of rows from before a fold: the inner folds of its training rows. Where the model's
 * probabilities are given there are no inner folds, and the test rows of earlier folds whose label window was complete at the
 * split are used.
 */
export function selectionFor(data: BacktestData, pool: Pool, fold: number, given: boolean): Selection | null {
  const result = pool.results[fold]!
  if (!given) {
    const { inner } = result
    return inner && inner.probabilities.length >= LEAST_ROWS ? { predictions: inner, name: 'inner folds' } : null
  }
  const model = pool.scorers.get('model')!
  const earlier = Array.from(pool.rows.keys()).filter(
    (row) =>
      pool.sample.folds[row]! < fold &&
      !Number.isNaN(model[row]!) &&
      maturity(pool.rows[row]!, data.labelWindowDays) <= result.fold.split,
  )
  if (earlier.length < LEAST_ROWS) return null
  return {
    name: 'earlier folds',
    predictions: {
      probabilities: Float64Array.from(earlier, (row) => model[row]!),
      won: Uint8Array.from(earlier, (row) => pool.sample.won[row]!),
      weights: Float64Array.from(earlier, (row) => pool.sample.weights[row]!),
      months: new Set(earlier.map((row) => firstOfMonth(dayOf(pool.rows[row]!.asOf)))).size,
    },
  }
}

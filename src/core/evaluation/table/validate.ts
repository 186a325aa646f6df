import type { FeatureColumn } from '../../features/types.ts'
import { logOddsOf } from '../../statistics/metric.ts'
import { applyModel, compileModel, type LogisticModel } from '../../training/logistic/logistic-model.ts'
import { type TrainingFailure, trainLogistic } from '../../training/logistic/train.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import { separationOf } from '../leakage/separation.ts'
import type { Examples } from './examples.ts'
import type { TestFold } from './split.ts'

/** Predictions for rows that the model had not seen. */
export interface TestedFold extends TestFold {
  readonly logOdds: Float64Array
  /** Log-odds of the win rate of the training rows. */
  readonly baseLogOdds: number
}

export type Validation =
  | { readonly kind: 'validated'; readonly folds: readonly TestedFold[] }
  | { readonly kind: 'refused'; readonly failure: TrainingFailure }

/** Columns of the design matrix that are fitted at most: the work grows with their cube. */
const MOST_ENCODED = 250
/** In folds of a table that has just enough, a few less. */
const FEWEST_OF_EACH = 25

export type FittedTable =
  | { readonly kind: 'trained'; readonly model: LogisticModel; readonly features: readonly number[] }
  | { readonly kind: 'refused'; readonly failure: TrainingFailure }

/** Learns everything from the rows given: which features, where there are very many, encoder, penalty, fit, calibration. */
export function fitTable({ columns, sampling }: Examples, rows: readonly TrainingRow[], seed: number): FittedTable {
  const features = strongest(columns, rows)
  const chosen = rows.map((row) => ({ ...row, values: features.map((index) => row.values[index] ?? null) }))
  const dataset = { columns: features.map((index) => columns[index] as FeatureColumn), rows: chosen, sampling }
  const trained = trainLogistic(dataset, { labelWindowDays: 0, seed, minWon: FEWEST_OF_EACH, minLost: FEWEST_OF_EACH })
  return trained.kind === 'trained'
    ? { kind: 'trained', model: trained.model, features }
    : { kind: 'refused', failure: trained }
}

export function validateTable(
  examples: Examples,
  folds: readonly TestFold[],
  seed: number,
  onFold: () => void,
): Validation {
  const tested: TestedFold[] = []
  for (const fold of folds) {
    const train = Array.from(fold.train, (row) => examples.rows[row] as TrainingRow)
    const fitted = fitTable(examples, train, seed)
    if (fitted.kind === 'refused') return fitted
    const model = compileModel(fitted.model)
    const logOdds = Float64Array.from(fold.test, (row) => {
      const { values } = examples.rows[row]!
      return applyModel(
        model,
        fitted.features.map((index) => values[index] ?? null),
      ).logOdds
    })
    tested.push({ ...fold, logOdds, baseLogOdds: logOddsOf(fitted.model.base_rate) })
    onFold()
  }
  return { kind: 'validated', folds: tested }
}

/**
 * All features, or in a very wide table those that separate the training rows best alone, as many as can be fitted. The
 * choice reads outcomes, so it is made anew inside every fold.
 */
function strongest(columns: readonly FeatureColumn[], rows: readonly TrainingRow[]): readonly number[] {
  const widths = columns.map((column, index) => widthOf(column, index, rows))
  const all = [...columns.keys()]
  if (widths.reduce((sum, width) => sum + width, 0) <= MOST_ENCODED) return all
  const strengths = columns.map((column, index) => separationOf(column, index, rows)?.auc ?? 0.5)
  let used = 0
  const chosen = all
    .toSorted((a, b) => strengths[b]! - strengths[a]! || a - b)
    .filter((index) => {
      if (used + widths[index]! > MOST_ENCODED) return false
      used += widths[index]!
      return true
    })
  return chosen.toSorted((a, b) => a - b)
}

function widthOf(column: FeatureColumn, index: number, rows: readonly TrainingRow[]): number {
  if (column.kind === 'number') return 2
  const levels = new Map<string, number>()
  for (const { values } of rows)
    for (const level of [values[index] ?? ''].flat()) levels.set(String(level), (levels.get(String(level)) ?? 0) + 1)
  return [...levels.values()].filter((count) => count >= 10).length + 1
}

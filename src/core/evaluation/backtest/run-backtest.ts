import { assembleReport } from '../report/build-report.ts'
import { sameValues } from './scorers/backfilled.ts'
import { blankReport, reportReasons } from '../report/empty-report.ts'
import { inCanonicalOrder } from '../report/canonical.ts'
import { type BacktestFold, type BacktestPlan, planFolds } from './folds/folds.ts'
import { planFoldsInOrder } from './folds/ordered-folds.ts'
import type { BacktestReport } from '../report/report.ts'
import { type FoldResult, type FoldTask, runFold } from './folds/run-fold.ts'
import { reason, type VerdictReason } from '../report/verdict.ts'
import { type BacktestData, type BacktestOptions, DEFAULT_MIN_FOLDS } from './types.ts'
import { counted } from '../../base/counted.ts'

export type PlannedBacktest =
  | { readonly kind: 'planned'; readonly data: BacktestData; readonly tasks: readonly FoldTask[] }
  | { readonly kind: 'refused'; readonly report: BacktestReport }

/**
 * Plans a backtest. The tasks are independent and may run in any thread and order (`runFold`); their results, in the
 * tasks' order, make the report (`assembleReport`, with the data returned here).
 *
 * Too little history, one outcome only, or features that never vary give a refused report.
 */
export function planBacktest(unordered: BacktestData, options: BacktestOptions = {}): PlannedBacktest {
  const data = inCanonicalOrder(unordered)
  const { training = {}, minFolds, maxFolds } = options
  const plan = (data.inOrder ? planFoldsInOrder : planFolds)(data.rows, {
    labelWindowDays: data.labelWindowDays,
    dataEnd: data.dataEnd,
    ...(minFolds === undefined ? {} : { minFolds }),
    ...(maxFolds === undefined ? {} : { maxFolds }),
    ...(training.minWon === undefined ? {} : { minWon: training.minWon }),
    ...(training.minLost === undefined ? {} : { minLost: training.minLost }),
  })
  if (plan.kind !== 'planned') return { kind: 'refused', report: refused(data, options, plan) }
  const first = data.rows[0]!
  if (data.rows.every((row) => sameValues(row.values, first.values)))
    return { kind: 'refused', report: refused(data, options, { kind: 'constant_features' }) }
  const folds = plan.folds.flatMap((fold) => testedOnGiven(fold, data, options))
  if (folds.length === 0) return { kind: 'refused', report: refused(data, options, { kind: 'nothing_given' }) }
  return { kind: 'planned', data, tasks: folds.map((fold) => ({ data, fold, options })) }
}

/** Where the model's probabilities are given, only rows with one are tested, and folds without any are dropped. */
function testedOnGiven(
  fold: BacktestFold,
  { rows }: BacktestData,
  { given }: BacktestOptions,
): readonly BacktestFold[] {
  const model = given?.model
  if (!model) return [fold]
  const test = fold.test.filter((position) => Object.hasOwn(model, rows[position]!.key))
  return test.length > 0 ? [{ ...fold, test }] : []
}

export interface BacktestOutcome {
  readonly report: BacktestReport
  /** Empty when refused. Positions in them are positions in `data.rows`. */
  readonly folds: readonly FoldResult[]
  readonly data: BacktestData
}

/** The whole backtest in one thread. The same rows in any order give the same bytes. */
export function runBacktest(unordered: BacktestData, options: BacktestOptions = {}): BacktestOutcome {
  const planned = planBacktest(unordered, options)
  if (planned.kind === 'refused') return { report: planned.report, folds: [], data: unordered }
  const folds = planned.tasks.map(runFold)
  return { report: assembleReport(planned.data, options, folds), folds, data: planned.data }
}

type BacktestRefusal =
  | Exclude<BacktestPlan, { readonly kind: 'planned' }>
  | { readonly kind: 'constant_features' | 'nothing_given' }

function refused(data: BacktestData, options: BacktestOptions, refusal: BacktestRefusal): BacktestReport {
  return { ...blankReport(data, options), reasons: reportReasons([refusalReason(data, options, refusal)]) }
}

function refusalReason(data: BacktestData, options: BacktestOptions, refusal: BacktestRefusal): VerdictReason {
  switch (refusal.kind) {
    case 'constant_features':
      return reason('features_vary', false, `none of ${counted(data.columns.length, 'feature')} varies`)
    case 'nothing_given':
      return reason('has_probabilities', false, 'no row after the first split has a probability from an earlier model')
    case 'one_outcome': {
      const { won, lost } = refusal
      const sentence = `${won} won and ${lost} lost rows with a complete label window: the model needs both outcomes`
      return reason('both_outcomes', false, sentence, { won, lost })
    }
    case 'too_few': {
      const { won, lost, needed } = refusal
      const sentence = `${won} won and ${counted(lost, 'lost row')} with a complete label window; ${needed.won} won and ${needed.lost} lost are needed`
      return reason('enough_rows', false, sentence, { won, lost, won_needed: needed.won, lost_needed: needed.lost })
    }
    case 'too_short_order': {
      const { rows, positions, needed } = refusal
      const folds = options.minFolds ?? DEFAULT_MIN_FOLDS
      const sentence =
        rows < needed
          ? `${counted(rows, 'row')} in the order; ${folds} folds need about ${needed}, ${needed - rows} more`
          : `${rows} rows share ${counted(positions, 'position')} of the order; each of ${folds} folds begins at a position of its own`
      return reason('history', false, sentence, { rows, positions, rows_needed: needed })
    }
    case 'too_little_history': {
      const { monthsHeld, monthsNeeded, monthsMissing } = refusal
      const folds = options.minFolds ?? DEFAULT_MIN_FOLDS
      const sentence = `${counted(monthsHeld, 'month')} of history; ${counted(folds, 'fold needs', 'folds need')} about ${monthsNeeded}, ${monthsMissing} more`
      const counts = { months_held: monthsHeld, months_needed: monthsNeeded, months_missing: monthsMissing }
      return reason('history', false, sentence, { ...counts, folds_needed: folds })
    }
  }
}

import { DEFAULT_PENALTIES } from '../../../training/logistic/validation/cross-validate.ts'
import { planFolds as planInnerFolds } from '../../../training/logistic/validation/folds.ts'
import type { LogisticModel } from '../../../training/logistic/logistic-model.ts'
import type { TrainReport, TrainResult } from '../../../training/logistic/train.ts'
import { predictRows, trainColumns } from '../scorers/scorer-training.ts'
import { type ScorerContext, type ScorerScores, scoreScorers } from '../scorers/scorers.ts'
import { type BacktestFold, maturity } from './folds.ts'
import { type PenaltyTrial, tryPenalties } from './penalty-sensitivity.ts'
import { SCORER_NAMES, type ScorerName } from '../scorer-names.ts'
import type { BacktestData, BacktestOptions, BacktestRow, FoldTraining } from '../types.ts'
import type { FAILURES } from '../../report/report.ts'
import { sigmoid } from '../../../statistics/sigmoid.ts'

/** One fold's work: plain data that can be posted to a worker thread, as can the result. */
export interface FoldTask {
  /** In canonical order, and the same for all folds. */
  readonly data: BacktestData
  readonly fold: BacktestFold
  readonly options: BacktestOptions
}

/** Out-of-fold predictions of the training rows. Thresholds and stages are chosen on them. */
export interface InnerPredictions {
  readonly probabilities: Float64Array
  readonly won: Uint8Array
  readonly weights: Float64Array
  /** Months that they cover. */
  readonly months: number
}

export interface FoldResult {
  readonly fold: BacktestFold
  /** One probability per test row of the fold, NaN where a scorer has none. */
  readonly scorers: Readonly<Partial<Record<ScorerName, ScorerScores>>>
  /** What was learned from the fold's training rows; null when that failed. */
  readonly model: LogisticModel | null
  readonly honestModel: LogisticModel | null
  readonly failure: { readonly kind: (typeof FAILURES)[number]; readonly sentence: string } | null
  readonly inner: InnerPredictions | null
  readonly bestFeature: string | null
  readonly heldColumns: readonly string[]
  /** The fold's model on every row from the split on, for the analysis of model age: positions in the rows. */
  readonly later: { readonly positions: Int32Array; readonly probabilities: Float64Array } | null
  readonly penaltyTrials: readonly PenaltyTrial[]
}

/** Trains and scores every scorer of one fold, on the fold's training rows only. */
export function runFold({ data, fold, options }: FoldTask): FoldResult {
  const { columns, labelWindowDays } = data
  const train = Array.from(fold.train, (position) => data.rows[position]!)
  const test = Array.from(fold.test, (position) => data.rows[position]!)
  const seed = options.seed ?? 1
  const everyColumn = columns.map((_, index) => index)
  const training = trainColumns(columns, train, everyColumn, { data, seed, training: options.training })
  const trained = training.kind === 'trained' ? training : null
  const context: ScorerContext = {
    data,
    fold,
    train,
    test,
    inner: planInnerFolds(train, { labelWindowDays, seed, ...foldCountOf(options.training) }),
    trained,
    training: options.training,
    scorerTraining: options.scorerTraining ?? defaultScorerTraining(options.training),
    options,
    seed,
  }
  const wanted = new Set<ScorerName>(['model', 'base_rate', ...(options.scorers ?? SCORER_NAMES)])
  const { scorers, bestFeature, honestModel } = scoreScorers(context, wanted)
  const isComplete = (row: BacktestRow) => maturity(row, labelWindowDays) <= data.dataEnd
  const laterPositions = Int32Array.from(data.rows.keys()).filter(
    (position) => data.rows[position]!.asOf >= fold.split && isComplete(data.rows[position]!),
  )
  return {
    fold,
    scorers,
    model: trained?.model ?? null,
    honestModel,
    failure: describeFailure(training),
    inner: trained && innerPredictions(trained.model, trained.report, train),
    bestFeature,
    heldColumns: trained?.report.heldColumns ?? [],
    later: trained && {
      positions: laterPositions,
      probabilities: predictRows(
        trained.model,
        Array.from(laterPositions, (position) => data.rows[position]!.values),
      ),
    },
    penaltyTrials:
      trained && options.penaltySensitivity !== false ? tryPenalties(data, train, test, trained.model) : [],
  }
}

function foldCountOf(training: FoldTraining | undefined) {
  return training?.foldCount === undefined ? {} : { foldCount: training.foldCount }
}

/** Baselines and ablations need less tuning, and there are a dozen of them in every fold. */
function defaultScorerTraining(training: FoldTraining = {}): FoldTraining {
  return { ...training, foldCount: Math.min(3, training.foldCount ?? 3), penalties: everyOther(training.penalties) }
}

function everyOther(penalties: readonly number[] = DEFAULT_PENALTIES): readonly number[] {
  return penalties.toSorted((a, b) => a - b).filter((_, index) => index % 2 === 0)
}

/** Out-of-fold log-odds are from before calibration: the model's own calibration is applied to them. */
function innerPredictions(
  { calibration, cross_validation }: LogisticModel,
  { outOfFold }: TrainReport,
  train: ScorerContext['train'],
): InnerPredictions {
  const first = cross_validation.folds.reduce<string | null>(
    (least, { split }) => (split !== null && (least === null || split < least) ? split : least),
    null,
  )
  const months = new Set(train.filter((row) => first === null || row.asOf >= first).map((row) => row.asOf.slice(0, 7)))
  return {
    probabilities: Float64Array.from(outOfFold, ({ logOdds }) =>
      sigmoid(calibration.intercept + calibration.slope * logOdds),
    ),
    won: Uint8Array.from(outOfFold, ({ won }) => (won ? 1 : 0)),
    weights: Float64Array.from(outOfFold, ({ weight }) => weight),
    months: months.size,
  }
}

function describeFailure(result: TrainResult): FoldResult['failure'] {
  switch (result.kind) {
    case 'trained':
      return null
    case 'separated': {
      const per = result.standardisedCoefficient.toFixed(1)
      return {
        kind: 'separated',
        sentence: `${result.column} separates the outcomes (${per} log-odds per standard deviation)`,
      }
    }
    case 'too_few':
      return {
        kind: 'too_few',
        sentence: `${result.won} won and ${result.lost} lost training rows; ${result.needed.won} won and ${result.needed.lost} lost are needed`,
      }
    case 'not_converged':
      return {
        kind: 'not_converged',
        sentence: `the fit did not converge (${result.reason.replaceAll('_', ' ')}) after ${result.iterations} iterations`,
      }
    case 'reference_refused':
      return { kind: 'reference_refused', sentence: result.reason }
  }
}

import type { FeatureColumn } from '../../features/types.ts'
import { fitCalibration, foldCalibration } from './calibrate.ts'
import { coefficientCovariance, designEffect } from './solver/covariance.ts'
import { type CrossValidation, crossValidate, DEFAULT_PENALTIES, problemOf } from './validation/cross-validate.ts'
import { columnLabel, type Encoder } from './encoder/encoder.ts'
import { fitEncoding } from './encoder/fit-encoder.ts'
import type { LogisticModel } from './logistic-model.ts'
import { fitLogistic } from './solver/newton.ts'
import { withPenaltyVariance } from './solver/penalty-variance.ts'
import { fitReference, referenceRefusal } from './solver/reference.ts'
import { interceptCorrection, populationWeights } from './sampling-correction.ts'
import { mostExtreme, separatesCompletely } from './solver/separation.ts'
import { sortRows } from './encoder/sort-rows.ts'
import type { Fit, LogisticProblem, NegativeSampling, NotConverged, Separated, TrainingRow } from './types.ts'

export interface Dataset {
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
  /** That the rows hold only a part of the negatives. */
  readonly sampling?: NegativeSampling | undefined
}

export interface TrainOptions {
  /** Days after `openedAt` until a label is complete. */
  readonly labelWindowDays: number
  readonly seed?: number | string
  readonly solver?: 'newton' | 'reference'
  readonly penalties?: readonly number[]
  readonly foldCount?: number
  readonly minWon?: number
  readonly minLost?: number
  readonly minLevelCount?: number
}

/** An out-of-fold prediction before calibration: log-odds of the population, and the weight a row has there. */
export interface OutOfFoldPrediction {
  readonly id: string
  readonly fold: number
  readonly logOdds: number
  readonly won: boolean
  readonly weight: number
}

export interface TrainReport {
  readonly fit: Pick<Fit, 'iterations' | 'maxGradient' | 'decrement' | 'objective'>
  readonly outOfFold: readonly OutOfFoldPrediction[]
  /** Labels of constant columns, and of those that a declared sign holds at zero. */
  readonly droppedColumns: readonly string[]
  readonly heldColumns: readonly string[]
}

export type TrainResult =
  | { readonly kind: 'trained'; readonly model: LogisticModel; readonly report: TrainReport }
  | {
      readonly kind: 'too_few'
      readonly won: number
      readonly lost: number
      readonly needed: { readonly won: number; readonly lost: number }
    }
  | NotConverged
  | { readonly kind: 'separated'; readonly column: string; readonly standardisedCoefficient: number }
  | { readonly kind: 'reference_refused'; readonly reason: string }

export type TrainingFailure = Exclude<TrainResult, { readonly kind: 'trained' }>

/**
 * Trains one model: penalty by cross-validation, fit on all rows, covariance, calibration on out-of-fold predictions.
 * Pure: the same rows in any order, the same options and the same seed give the same bytes.
 *
 * Where negatives were sampled, all that is reported (intercept, probabilities, log losses, base rate, counts, means of the
 * encoder) is of the population; only the fit itself and its covariance see the sample as it is.
 *
 * Rows count towards the minimum by weight, so that three contacts of one opportunity (a third each) are one outcome.
 */
export function trainLogistic(dataset: Dataset, options: TrainOptions): TrainResult {
  const { minWon = 40, minLost = 40, solver = 'newton', minLevelCount = 10 } = options
  checkRows(dataset)
  const rows = sortRows(dataset.rows)
  const won = countByWeight(rows.filter((row) => row.won))
  const lost = countByWeight(rows.filter((row) => !row.won))
  if (won < minWon || lost < minLost) return { kind: 'too_few', won, lost, needed: { won: minWon, lost: minLost } }

  const { encoder, matrix } = fitEncoding(
    dataset.columns,
    rows.map((row) => row.values),
    { minLevelCount, weights: populationWeights(rows, dataset.sampling) },
  )
  const problem = problemOf(rows, matrix)
  return solver === 'newton'
    ? trainNewton({ ...dataset, rows }, encoder, problem, options)
    : trainReference({ ...dataset, rows }, encoder, problem, options)
}

function trainNewton(dataset: Dataset, encoder: Encoder, problem: LogisticProblem, options: TrainOptions): TrainResult {
  const { seed = 1, penalties = DEFAULT_PENALTIES } = options
  const validation = crossValidate(dataset.columns, dataset.rows, { ...options, seed, sampling: dataset.sampling })
  // When no penalty worked in every fold, the fit with the strongest one says what is wrong.
  const l2Penalty = validation.l2Penalty ?? Math.max(...penalties)
  const fit = fitLogistic(problem, { l2Penalty, signs: encoder.columns.map((column) => column.sign) })
  if (fit.kind === 'not_converged') return fit
  if (fit.kind === 'separated') return nameSeparation(encoder, fit)
  if (separatesCompletely(problem, fit.logOdds))
    return nameSeparation(encoder, mostExtreme(problem, fit.coefficients, fit.logOdds))
  return finish(dataset, encoder, problem, fit, l2Penalty, validation, { solver: 'newton', seed })
}

function trainReference(
  dataset: Dataset,
  encoder: Encoder,
  problem: LogisticProblem,
  options: TrainOptions,
): TrainResult {
  const signs = encoder.columns.map((column) => column.sign)
  const reason = referenceRefusal(problem, signs)
  if (reason) return { kind: 'reference_refused', reason }
  const fit = fitReference(problem, { signs })
  if (fit.kind === 'not_converged') return fit
  // The package has no penalty to choose, and its fit stays as it is: no validation, no calibration.
  const validation: CrossValidation = {
    l2Penalty: 0,
    summary: {
      method: 'none',
      reason: 'the reference solver has no penalty to choose',
      label_window_days: options.labelWindowDays,
      folds: [],
      scores: [],
      at_edge: false,
    },
    outOfFold: [],
  }
  return finish(dataset, encoder, problem, fit, 0, validation, { solver: 'reference', seed: options.seed ?? 1 })
}

/** Without a penalty the full one-hot columns are collinear: the reference's covariance takes the prior N(0, 1). */
const REFERENCE_COVARIANCE_PENALTY = 1

function finish(
  { rows, sampling }: Dataset,
  encoder: Encoder,
  problem: LogisticProblem,
  fit: Fit,
  l2Penalty: number,
  validation: CrossValidation,
  origin: Pick<LogisticModel, 'solver' | 'seed'>,
): TrainResult {
  const covariance = coefficientCovariance(fit, l2Penalty || REFERENCE_COVARIANCE_PENALTY)
  if (!covariance) {
    const { iterations, maxGradient, decrement } = fit
    return { kind: 'not_converged', reason: 'singular', iterations, maxGradient, decrement }
  }
  const ids = rows.map((row) => row.id)
  const effect = designEffect(problem, fit, covariance, ids)
  const { outOfFold } = validation
  const correction = interceptCorrection(rows, sampling)
  const represented = populationWeights(rows, sampling)
  const calibration = fitCalibration(
    Float64Array.from(outOfFold, (prediction) => prediction.logOdds),
    Uint8Array.from(outOfFold, (prediction) => problem.won[prediction.row]!),
    Float64Array.from(outOfFold, (prediction) => problem.weights[prediction.row]!),
    -correction,
  )
  const tried = validation.summary.scores.map((score) => score.l2_penalty)
  const uncertain = withPenaltyVariance(covariance, fit.coefficients, l2Penalty, tried)
  const widened = uncertain.map((value) => effect * value)
  const linear = foldCalibration(
    { intercept: fit.intercept + correction, coefficients: fit.coefficients, covariance: widened },
    calibration,
  )
  const won = rows.filter((row) => row.won)
  const weight = represented.reduce((sum, value) => sum + value, 0)
  const lost = sampling
    ? Math.round(((rows.length - won.length) * sampling.negatives) / sampling.kept)
    : rows.length - won.length
  const model: LogisticModel = {
    format: 'winrate-logistic/1',
    ...origin,
    encoder,
    intercept: linear.intercept,
    coefficients: Array.from(linear.coefficients),
    covariance: Array.from(linear.covariance),
    l2_penalty: l2Penalty,
    held_at_zero: [...fit.heldAtZero],
    counts: {
      rows: won.length + lost,
      accounts: sampling?.accounts ?? new Set(ids).size,
      won: won.length,
      lost,
      weight,
    },
    base_rate: sumOfWeights(won) / weight,
    ...(sampling
      ? { sampling: { negatives: sampling.negatives, kept: sampling.kept, intercept_correction: correction } }
      : {}),
    design_effect: effect,
    cross_validation: validation.summary,
    calibration,
  }
  const report: TrainReport = {
    fit: {
      iterations: fit.iterations,
      maxGradient: fit.maxGradient,
      decrement: fit.decrement,
      objective: fit.objective,
    },
    outOfFold: outOfFold.map(({ row, fold, logOdds }) => {
      const { id, won } = rows[row]!
      return { id, fold, logOdds, won, weight: represented[row]! }
    }),
    droppedColumns: encoder.dropped.map(columnLabel),
    heldColumns: fit.heldAtZero.map((column) => columnLabel(encoder.columns[column]!)),
  }
  return { kind: 'trained', model, report }
}

function nameSeparation(encoder: Encoder, found: Pick<Separated, 'column' | 'standardisedCoefficient'>): TrainResult {
  const column = encoder.columns[found.column]
  const { standardisedCoefficient } = found
  return { kind: 'separated', column: column ? columnLabel(column) : '(intercept)', standardisedCoefficient }
}

function checkRows({ columns, rows }: Dataset): void {
  for (const row of rows) {
    if (row.values.length !== columns.length)
      throw new RangeError(`row ${row.id} must have ${columns.length} feature values, got ${row.values.length}`)
    if (!(row.weight > 0 && row.weight < Infinity))
      throw new RangeError(`row ${row.id} must have a weight above 0, got ${row.weight}`)
  }
}

function sumOfWeights(rows: readonly TrainingRow[]): number {
  return rows.reduce((sum, row) => sum + row.weight, 0)
}

/** Thirds do not quite add up to one in binary: 40 outcomes of three rows each are 40, not 39. */
function countByWeight(rows: readonly TrainingRow[]): number {
  return Math.floor(sumOfWeights(rows) + 1e-6)
}

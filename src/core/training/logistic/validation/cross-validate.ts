import { z } from 'zod'
import type { FeatureColumn } from '../../../features/types.ts'
import { linearPredictor } from '../encoder/design-matrix.ts'
import { encode } from '../encoder/encode.ts'
import type { Encoder } from '../encoder/encoder.ts'
import { fitEncoding } from '../encoder/fit-encoder.ts'
import { type Fold, type FoldOptions, type FoldPlan, planFolds } from './folds.ts'
import { fitLogistic } from '../solver/newton.ts'
import { interceptCorrection, populationWeights } from '../sampling-correction.ts'
import type { DesignMatrix, Fit, LogisticProblem, NegativeSampling, TrainingRow } from '../types.ts'

/** Penalties tried by default: 1 to 10,000 in nine steps of a factor 3.16, standard deviations 1 to 0.01 a priori. */
export const DEFAULT_PENALTIES: readonly number[] = Array.from({ length: 9 }, (_, step) => 10 ** (step / 2))

/** What the artifact keeps of it. A log loss is null where the fit of that fold and penalty failed. */
export const CrossValidationSummary = z.strictObject({
  method: z.enum(['time_ordered', 'by_account', 'none']),
  reason: z.string().nullable(),
  label_window_days: z.number(),
  folds: z.array(
    z.strictObject({
      split: z.string().nullable(),
      train_rows: z.number().int(),
      test_rows: z.number().int(),
      left_out_rows: z.number().int(),
    }),
  ),
  scores: z.array(
    z.strictObject({
      l2_penalty: z.number(),
      log_loss: z.number().nullable(),
      fold_log_losses: z.array(z.number().nullable()),
    }),
  ),
  /** The chosen penalty is the smallest or largest tried: a wider grid might do better. */
  at_edge: z.boolean(),
})
export type CrossValidationSummary = z.infer<typeof CrossValidationSummary>

/** One prediction for a row that the model predicting it had not seen. */
export interface OutOfFold {
  /** Position in the rows that were validated. */
  readonly row: number
  readonly fold: number
  readonly logOdds: number
}

export interface CrossValidation {
  /** Undefined when no penalty could be fitted in every fold. */
  readonly l2Penalty: number | undefined
  readonly summary: CrossValidationSummary
  readonly outOfFold: readonly OutOfFold[]
}

export interface CrossValidationOptions extends FoldOptions {
  readonly penalties?: readonly number[]
  readonly minLevelCount?: number
  readonly sampling?: NegativeSampling | undefined
}

/**
 * Chooses the penalty by log loss on rows later than those trained on. The encoder is fitted anew inside every fold;
 * penalties go from strong to weak, each fit starting from the one before. Of equal scores the stronger penalty wins.
 *
 * Where negatives were sampled, fits are corrected for it, so that log-odds out of fold are those of the population; log
 * losses too estimate the population's, a sampled negative counting for all that it stands for.
 *
 * @param rows sorted by as-of
 */
export function crossValidate(
  columns: readonly FeatureColumn[],
  rows: readonly TrainingRow[],
  options: CrossValidationOptions,
): CrossValidation {
  const penalties = (options.penalties ?? DEFAULT_PENALTIES).toSorted((a, b) => b - a)
  const plan = planFolds(rows, options)
  const represented = populationWeights(rows, options.sampling)
  const correction = interceptCorrection(rows, options.sampling)
  const paths = plan.folds.map((fold) => fitPath(columns, rows, fold, penalties, options, represented, correction))
  const testWeights = plan.folds.map((fold) => fold.test.reduce((sum, row) => sum + represented[row]!, 0))
  const totalWeight = testWeights.reduce((sum, weight) => sum + weight, 0)

  const scores = penalties.map((l2Penalty, p) => {
    const sums = paths.map((path) => path[p]!.lossSum)
    const complete = sums.every((sum) => sum !== null)
    return {
      l2_penalty: l2Penalty,
      log_loss: complete ? sums.reduce<number>((total, sum) => total + sum!, 0) / totalWeight : null,
      fold_log_losses: sums.map((sum, fold) => (sum === null ? null : sum / testWeights[fold]!)),
    }
  })
  let best = -1
  scores.forEach(({ log_loss }, p) => {
    if (log_loss !== null && (best < 0 || log_loss < scores[best]!.log_loss!)) best = p
  })
  const atEdge = penalties.length > 1 && (best === 0 || best === penalties.length - 1)
  return {
    l2Penalty: penalties[best],
    summary: summarise(plan, scores, atEdge, options),
    outOfFold: best < 0 ? [] : plan.folds.flatMap((fold, f) => predictions(fold, f, paths[f]![best]!.logOdds)),
  }
}

export function problemFor(rows: readonly TrainingRow[], encoder: Encoder): LogisticProblem {
  return problemOf(
    rows,
    encode(
      encoder,
      rows.map((row) => row.values),
    ).matrix,
  )
}

/** @param matrix the rows, encoded */
export function problemOf(rows: readonly TrainingRow[], matrix: DesignMatrix): LogisticProblem {
  return {
    matrix,
    won: Uint8Array.from(rows, (row) => (row.won ? 1 : 0)),
    weights: Float64Array.from(rows, (row) => row.weight),
  }
}

interface PathPoint {
  /** Weighted sum of the log losses on the test rows; null when the fit failed. */
  readonly lossSum: number | null
  readonly logOdds: Float64Array
}

function fitPath(
  columns: readonly FeatureColumn[],
  rows: readonly TrainingRow[],
  fold: Fold,
  penalties: readonly number[],
  options: CrossValidationOptions,
  represented: Float64Array,
  correction: number,
): PathPoint[] {
  const trainRows = Array.from(fold.train, (row) => rows[row]!)
  const testRows = Array.from(fold.test, (row) => rows[row]!)
  const { encoder, matrix } = fitEncoding(
    columns,
    trainRows.map((row) => row.values),
    {
      minLevelCount: options.minLevelCount ?? 10,
      weights: Float64Array.from(fold.train, (row) => represented[row]!),
    },
  )
  const train = problemOf(trainRows, matrix)
  const testMatrix = encode(
    encoder,
    testRows.map((row) => row.values),
  ).matrix
  const testWon = Uint8Array.from(testRows, (row) => (row.won ? 1 : 0))
  const testWeights = Float64Array.from(fold.test, (row) => represented[row]!)
  const signs = encoder.columns.map((column) => column.sign)
  let start: Fit | undefined
  return penalties.map((l2Penalty) => {
    // Log losses to the sixth digit are enough to choose by.
    const tolerances = { gradientTolerance: 1e-6, decrementTolerance: 1e-8, roughInformation: true }
    const fit = fitLogistic(train, { l2Penalty, signs, ...tolerances, ...(start ? { start } : {}) })
    if (fit.kind !== 'fitted') return { lossSum: null, logOdds: new Float64Array(0) }
    start = fit
    const logOdds = linearPredictor(testMatrix, fit.intercept + correction, fit.coefficients)
    return { lossSum: logLossSum(logOdds, testWon, testWeights), logOdds }
  })
}

function logLossSum(logOdds: Float64Array, won: Uint8Array, weights: Float64Array): number {
  let sum = 0
  for (let row = 0; row < logOdds.length; row += 1) {
    const towardsTruth = won[row] === 1 ? logOdds[row]! : -logOdds[row]!
    sum += weights[row]! * (Math.max(-towardsTruth, 0) + Math.log1p(Math.exp(-Math.abs(towardsTruth))))
  }
  return sum
}

function predictions(fold: Fold, index: number, logOdds: Float64Array): OutOfFold[] {
  return Array.from(fold.test, (row, position) => ({ row, fold: index, logOdds: logOdds[position]! }))
}

function summarise(
  plan: FoldPlan,
  scores: CrossValidationSummary['scores'],
  atEdge: boolean,
  options: CrossValidationOptions,
): CrossValidationSummary {
  return {
    method: plan.method,
    reason: plan.reason,
    label_window_days: options.labelWindowDays,
    folds: plan.folds.map((fold) => ({
      split: fold.split,
      train_rows: fold.train.length,
      test_rows: fold.test.length,
      left_out_rows: fold.leftOut,
    })),
    scores,
    at_edge: atEdge,
  }
}

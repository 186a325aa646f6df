import { linearPredictor } from '../../../training/logistic/encoder/design-matrix.ts'
import { encode } from '../../../training/logistic/encoder/encode.ts'
import type { LogisticModel } from '../../../training/logistic/logistic-model.ts'
import { fitLogistic } from '../../../training/logistic/solver/newton.ts'
import { interceptCorrection } from '../../../training/logistic/sampling-correction.ts'
import type { TrainingRow } from '../../../training/logistic/types.ts'
import { problemOf, samplingOf } from '../scorers/scorer-training.ts'
import type { BacktestData } from '../types.ts'
import { sigmoid } from '../../../statistics/sigmoid.ts'

/** Predictions of the test rows with a stronger or weaker penalty. */
export interface PenaltyTrial {
  /** Multiple of the fold's chosen penalty. */
  readonly multiplier: number
  /** Null where the fit failed. */
  readonly probabilities: Float64Array | null
}

const MULTIPLIERS: readonly number[] = [100, 10, Math.sqrt(10), 1, 1 / Math.sqrt(10), 0.1, 0.01]

/**
 * How much the result depends on the penalty: the model's encoder and calibration with other penalties. For the report
 * only; the penalty is chosen on the training rows.
 */
export function tryPenalties(
  data: BacktestData,
  train: readonly TrainingRow[],
  test: readonly TrainingRow[],
  model: LogisticModel,
): readonly PenaltyTrial[] {
  if (model.l2_penalty === 0) return []
  const { encoder, calibration } = model
  const problem = problemOf(train, encoder)
  const { matrix } = encode(
    encoder,
    test.map((row) => row.values),
  )
  const correction = interceptCorrection(train, samplingOf(data, train))
  const signs = encoder.columns.map((column) => column.sign)
  let start: { readonly intercept: number; readonly coefficients: Float64Array } | undefined
  return MULTIPLIERS.map((multiplier) => {
    const fit = fitLogistic(problem, {
      l2Penalty: multiplier * model.l2_penalty,
      signs,
      gradientTolerance: 1e-6,
      decrementTolerance: 1e-8,
      ...(start ? { start } : {}),
    })
    if (fit.kind !== 'fitted') return { multiplier, probabilities: null }
    start = fit
    const logOdds = linearPredictor(matrix, fit.intercept + correction, fit.coefficients)
    const probabilities = logOdds.map((value) => sigmoid(calibration.intercept + calibration.slope * value))
    return { multiplier, probabilities }
  })
}

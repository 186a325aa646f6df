import type { FeatureColumn, FeatureVector } from '../../../features/types.ts'
import { encode } from '../../../training/logistic/encoder/encode.ts'
import type { Encoder } from '../../../training/logistic/encoder/encoder.ts'
import { type LogisticModel, predictLogOdds } from '../../../training/logistic/logistic-model.ts'
import { type TrainResult, trainLogistic } from '../../../training/logistic/train.ts'
import type { LogisticProblem, NegativeSampling, TrainingRow } from '../../../training/logistic/types.ts'
import type { BacktestData, FoldTraining } from '../types.ts'
import { sigmoid } from '../../../statistics/sigmoid.ts'

export interface ScorerTraining {
  readonly data: BacktestData
  readonly seed: number | string
  readonly training: FoldTraining | undefined
}

/** Trains on some of the columns, given by position. */
export function trainColumns(
  columns: readonly FeatureColumn[],
  rows: readonly TrainingRow[],
  positions: readonly number[],
  { data, seed, training }: ScorerTraining,
): TrainResult {
  const projected = rows.map(({ id, asOf, openedAt, won, weight, values }) => ({
    id,
    asOf,
    openedAt,
    won,
    weight,
    values: project(values, positions),
  }))
  const chosen = positions.map((position) => columns[position]!)
  const { labelWindowDays } = data
  const sampling = samplingOf(data, rows)
  return trainLogistic({ columns: chosen, rows: projected, sampling }, { ...training, labelWindowDays, seed })
}

/** What was left out before, of these rows: the share kept is the same everywhere. */
export function samplingOf(
  { negativesKept = 1 }: BacktestData,
  rows: readonly TrainingRow[],
): NegativeSampling | undefined {
  if (negativesKept === 1) return undefined
  const kept = rows.filter((row) => !row.won).length
  return { accounts: new Set(rows.map((row) => row.id)).size, kept, negatives: Math.round(kept / negativesKept) }
}

export function problemOf(rows: readonly TrainingRow[], encoder: Encoder): LogisticProblem {
  const { matrix } = encode(
    encoder,
    rows.map((row) => row.values),
  )
  return {
    matrix,
    won: Uint8Array.from(rows, (row) => (row.won ? 1 : 0)),
    weights: Float64Array.from(rows, (row) => row.weight),
  }
}

export function predictRows(model: LogisticModel, rows: readonly FeatureVector[]): Float64Array {
  const logOdds = predictLogOdds(model, encode(model.encoder, rows).matrix)
  return logOdds.map((value) => sigmoid(value))
}

export function project(values: FeatureVector, positions: readonly number[]): FeatureVector {
  return positions.map((position) => values[position] ?? null)
}

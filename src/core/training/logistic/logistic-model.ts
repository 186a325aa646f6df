import { z } from 'zod'
import type { Family, FeatureVector } from '../../features/types.ts'
import { Calibration } from './calibrate.ts'
import { sparseVariance } from './solver/covariance.ts'
import { CrossValidationSummary } from './validation/cross-validate.ts'
import { linearPredictor } from './encoder/design-matrix.ts'
import { type CompiledEncoder, compileEncoder, createEncodedRow, type EncodedRow, encodeRow } from './encoder/encode.ts'
import { Encoder } from './encoder/encoder.ts'
import { packedIndex } from './solver/likelihood.ts'
import type { DesignMatrix } from './types.ts'
import { sigmoid } from '../../statistics/sigmoid.ts'
import { NORMAL_90 } from '../../statistics/normal-quantiles.ts'
import { type TypicalValueParts, typicalValueParts, type ValuePart, valuePartsOf } from './value-parts.ts'

const FORMAT = 'winrate-logistic/1'

/**
 * One logistic model as plain JSON: all that is needed to score again, and the record of how it came about. Intercept,
 * coefficients and covariance are calibrated already, on the columns of the encoder.
 */
export const LogisticModel = z
  .strictObject({
    format: z.literal(FORMAT),
    solver: z.enum(['newton', 'reference']),
    seed: z.union([z.number(), z.string()]),
    encoder: Encoder,
    intercept: z.number(),
    coefficients: z.array(z.number()),
    /** Of (intercept, coefficients): packed lower triangle, row after row. */
    covariance: z.array(z.number()),
    l2_penalty: z.number().nonnegative(),
    /** Positions of columns that a declared sign holds at zero. */
    held_at_zero: z.array(z.number().int()),
    counts: z.strictObject({
      rows: z.number().int(),
      accounts: z.number().int(),
      won: z.number().int(),
      lost: z.number().int(),
      weight: z.number(),
    }),
    /** Of the population, like `counts`, also where negatives were sampled. */
    base_rate: z.number(),
    /** How negatives were sampled, if they were; the intercept is corrected for it already. */
    sampling: z
      .strictObject({ negatives: z.number().int(), kept: z.number().int(), intercept_correction: z.number() })
      .optional(),
    /** Factor by which repeated accounts widened the covariance; it is in there already. */
    design_effect: z.number().min(1),
    cross_validation: CrossValidationSummary,
    calibration: Calibration,
  })
  .refine((model) => model.coefficients.length === model.encoder.columns.length, {
    error: 'a model has one coefficient for each encoder column',
    path: ['coefficients'],
  })
  .refine(
    ({ coefficients, covariance }) => covariance.length === ((coefficients.length + 1) * (coefficients.length + 2)) / 2,
    { error: 'the covariance is the packed lower triangle of intercept and coefficients', path: ['covariance'] },
  )
export type LogisticModel = z.infer<typeof LogisticModel>

/** Log-odds of every row of a matrix that this model's encoder made; the same bits as `applyModel`. */
export function predictLogOdds(model: LogisticModel, matrix: DesignMatrix): Float64Array {
  if (matrix.columnCount !== model.coefficients.length)
    throw new RangeError(`the model has ${model.coefficients.length} columns, got a matrix of ${matrix.columnCount}`)
  return linearPredictor(matrix, model.intercept, model.coefficients)
}

/** A model made ready to score many rows. Holds buffers that every row reuses. */
export interface CompiledModel {
  readonly model: LogisticModel
  /** Log-odds of the average training account, with every window recorded. */
  readonly averageLogOdds: number
  readonly encoder: CompiledEncoder
  readonly row: EncodedRow
  readonly coefficients: Float64Array
  readonly covariance: Float64Array
  /** Position of the feature that each column belongs to; -1 of the common offset. */
  readonly featureOfColumn: Int32Array
  /** Per feature, the log-odds of an average account: the sum of coefficient times column mean. */
  readonly averageParts: Float64Array
  /** Per feature, what a value never seen in training adds to the variance of the log-odds. */
  readonly unseenVariance: Float64Array
  readonly typical: TypicalValueParts
}

export interface Contribution {
  readonly feature: string
  readonly family: Family
  /** How much this account's value moves the log-odds, compared with the average training account. */
  readonly logOdds: number
  /** The part of that which the value itself makes; the rest is that it is known at all. Null where it is unknown. */
  readonly ofValue: ValuePart | null
}

export interface ModelPrediction {
  readonly logOdds: number
  /** `averageLogOdds`, and the common offset where a window of this account was not recorded. */
  readonly intercept: number
  readonly probability: number
  /** Of the log-odds. */
  readonly standardError: number
  readonly interval90: { readonly low: number; readonly high: number }
  /** One per feature, in the encoder's order; `intercept` + their sum = `logOdds`. */
  readonly contributions: readonly Contribution[]
  readonly familyParts: Readonly<Record<Family, number>>
  /** Features with a value that training never saw: it counts as `other`, and the interval is wider for it. */
  readonly unseen: readonly string[]
}

export function compileModel(model: LogisticModel): CompiledModel {
  const { features, columns } = model.encoder
  const positions = new Map(features.map((feature, position) => [feature.name, position]))
  const encoder = compileEncoder(model.encoder)
  const featureOfColumn = Int32Array.from(columns, ({ part, feature }) =>
    part === 'unrecorded' ? -1 : positions.get(feature)!,
  )
  const averageParts = new Float64Array(features.length)
  columns.forEach((column, index) => {
    if (featureOfColumn[index]! < 0) return
    averageParts[featureOfColumn[index]!]! += model.coefficients[index]! * column.mean
  })
  return {
    model,
    averageLogOdds: averageParts.reduce((sum, part) => sum + part, model.intercept),
    encoder,
    row: createEncodedRow(encoder),
    coefficients: Float64Array.from(model.coefficients),
    covariance: Float64Array.from(model.covariance),
    featureOfColumn,
    averageParts,
    unseenVariance: unseenVariances(model),
    typical: typicalValueParts(model, featureOfColumn),
  }
}

/**
 * Scores one account. Log-odds are intercept + sum of coefficient times column value; a contribution is a feature's
 * part of that minus its part for the average training account, so that contributions do not depend on where zero lies.
 */
export function applyModel(compiled: CompiledModel, values: FeatureVector): ModelPrediction {
  const { model, row, coefficients, featureOfColumn } = compiled
  const { features } = model.encoder
  encodeRow(compiled.encoder, values, row)
  const parts = new Float64Array(features.length)
  let logOdds = model.intercept
  let intercept = compiled.averageLogOdds
  for (let k = 0; k < row.count; k += 1) {
    const column = row.columnIndex[k]!
    const part = coefficients[column]! * row.values[k]!
    logOdds += part
    if (featureOfColumn[column]! < 0) intercept += part
    else parts[featureOfColumn[column]!]! += part
  }
  let variance = sparseVariance(compiled.covariance, row.columnIndex, row.values, 0, row.count)
  for (const feature of row.unseen) variance += compiled.unseenVariance[feature]!
  const standardError = Math.sqrt(variance)
  const valueParts = valuePartsOf(compiled, values, row)
  const familyParts = { account_fit: 0, contact_fit: 0, engagement: 0, intent: 0 }
  const contributions = features.map(({ name, family }, position) => {
    const contribution = parts[position]! - compiled.averageParts[position]!
    familyParts[family] += contribution
    return { feature: name, family, logOdds: contribution, ofValue: valueParts[position]! }
  })
  return {
    logOdds,
    intercept,
    probability: sigmoid(logOdds),
    standardError,
    interval90: {
      low: sigmoid(logOdds - NORMAL_90 * standardError),
      high: sigmoid(logOdds + NORMAL_90 * standardError),
    },
    contributions,
    familyParts,
    unseen: row.unseen.map((position) => features[position]!.name),
  }
}

/**
 * An unseen level is one more draw from the levels of its feature: its effect has mean zero and, as variance, the mean
 * over the learned levels of coefficient^2 + variance of the coefficient. Where no level was learned, the same over
 * all columns of the model. The penalty's prior variance 1 / l2Penalty is the ceiling. A *number* that is missing
 * although training never met that takes the mean; one standard deviation off it is worth one coefficient.
 */
function unseenVariances(model: LogisticModel): Float64Array {
  const slope = model.calibration.slope
  const ceiling = model.l2_penalty > 0 ? slope ** 2 / model.l2_penalty : Infinity
  const secondMoment = model.coefficients.map(
    (value, column) => value ** 2 + model.covariance[packedIndex(column + 1, column + 1)]!,
  )
  const overall = mean(secondMoment)
  return Float64Array.from(model.encoder.features, (feature) => {
    const own = model.encoder.columns.flatMap((column, index) =>
      column.feature === feature.name && column.part !== 'missing' ? [secondMoment[index]!] : [],
    )
    return Math.min(ceiling, own.length > 0 ? mean(own) : overall)
  })
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

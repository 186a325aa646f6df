import type { FeatureVector } from '../../features/types.ts'
import type { EncodedRow } from './encoder/encode.ts'
import type { Encoder } from './encoder/encoder.ts'
import { packedIndex } from './solver/likelihood.ts'

/** Of a logistic model: its coefficients, and the packed lower triangle of the covariance of (intercept, coefficients). */
interface Linear {
  readonly encoder: Encoder
  readonly coefficients: ArrayLike<number>
  readonly covariance: ArrayLike<number>
}

/** What a known value does by itself, against the typical value of the examples where the feature is known. */
export interface ValuePart {
  readonly logOdds: number
  /** Of that, from the covariance of the feature's own coefficients; wider where the level was rare or never seen. */
  readonly standardError: number
}

/**
 * The typical known value t of each feature, as the encoder writes it: for a number its mean, for a level the share of
 * the examples that have it, of those where the feature is known. Missing indicators and the common offset are no part of a value.
 */
export interface TypicalValueParts {
  /** Per feature, coefficients x t, and t' V t. */
  readonly logOdds: Float64Array
  readonly variance: Float64Array
  /** Per column, its line of V x t, over the columns of its feature. */
  readonly covariance: Float64Array
}

/** @param featureOfColumn position of the feature of each column; -1 of the common offset */
export function typicalValueParts(model: Linear, featureOfColumn: Int32Array): TypicalValueParts {
  const { features, columns } = model.encoder
  const ownColumns = features.map((): number[] => [])
  const missing = new Float64Array(features.length)
  const known = new Float64Array(features.length)
  columns.forEach(({ part, mean }, column) => {
    const feature = featureOfColumn[column]!
    if (feature < 0) return
    if (part === 'missing') missing[feature] = mean
    else {
      ownColumns[feature]!.push(column)
      known[feature]! += mean
    }
  })
  const typical = { logOdds: new Float64Array(features.length), variance: new Float64Array(features.length) }
  const covariance = new Float64Array(columns.length)
  features.forEach((feature, position) => {
    const own = ownColumns[position]!
    // A category whose nulls count in the common offset has no indicator: its levels tell how often it is known.
    const share = feature.shares_offset ? known[position]! : 1 - missing[position]!
    const valueAt = (column: number) =>
      feature.kind === 'number' ? (feature.mean ?? 0) / (feature.sd ?? 1) : columns[column]!.mean / share
    for (const column of own) {
      for (const other of own) covariance[column]! += covarianceOf(model, column, other) * valueAt(other)
      typical.logOdds[position]! += model.coefficients[column]! * valueAt(column)
      typical.variance[position]! += covariance[column]! * valueAt(column)
    }
  })
  return { ...typical, covariance }
}

/** A model that is ready to score, as far as the value parts need it. */
interface Compiled {
  readonly model: Pick<Linear, 'encoder'>
  readonly coefficients: Float64Array
  readonly covariance: Float64Array
  readonly featureOfColumn: Int32Array
  readonly typical: TypicalValueParts
  readonly unseenVariance: Float64Array
}

/**
 * The value part of every feature of an encoded row; null where the feature is unknown. With x the feature's own columns
 * and t the typical ones: coefficients x (x - t), with the variance (x - t)' V (x - t) = x' V x - 2 x' V t + t' V t.
 */
export function valuePartsOf(
  compiled: Compiled,
  values: FeatureVector,
  row: EncodedRow,
): readonly (ValuePart | null)[] {
  const { model, coefficients, featureOfColumn, typical, unseenVariance } = compiled
  const unseen = new Set(row.unseen)
  let next = 0
  return model.encoder.features.map((_, feature) => {
    const start = next
    while (next < row.count && featureOfColumn[row.columnIndex[next]!] === feature) next += 1
    if ((values[feature] ?? null) === null) return null
    let logOdds = -typical.logOdds[feature]!
    let variance = typical.variance[feature]!
    let isRare = unseen.has(feature)
    for (let a = start; a < next; a += 1) {
      const [column, value] = [row.columnIndex[a]!, row.values[a]!]
      logOdds += coefficients[column]! * value
      variance -= 2 * typical.covariance[column]! * value
      for (let b = start; b < next; b += 1)
        variance += covarianceOf(compiled, column, row.columnIndex[b]!) * value * row.values[b]!
      if (model.encoder.columns[column]!.part === 'other') isRare = true
    }
    if (isRare) variance += unseenVariance[feature]!
    return { logOdds, standardError: Math.sqrt(Math.max(0, variance)) }
  })
}

function covarianceOf({ covariance }: Pick<Linear, 'covariance'>, one: number, other: number): number {
  return covariance[packedIndex(Math.max(one, other) + 1, Math.min(one, other) + 1)]!
}

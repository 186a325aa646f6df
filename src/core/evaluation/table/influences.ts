import { NORMAL_95 } from '../../statistics/normal-quantiles.ts'
import { quantile } from '../../statistics/bootstrap.ts'
import { columnLabel, type EncodedColumn, transformNumber } from '../../training/logistic/encoder/encoder.ts'
import type { LogisticModel } from '../../training/logistic/logistic-model.ts'
import { packedIndex } from '../../training/logistic/solver/likelihood.ts'
import type { FeatureValue } from '../../features/types.ts'

/** What a value of a column does to the odds of winning, all else equal. */
export interface Influence {
  readonly column: string
  /** `Client = Current`, `Employees 250 instead of 12`, `Country is empty`. */
  readonly what: string
  /** Factor on the odds with its 95% interval; for a level compared with the average row. */
  readonly oddsRatio: { readonly value: number; readonly low: number; readonly high: number }
  readonly isCertain: boolean
  readonly rows: number
}

const MOST = 12
const FEWEST_ROWS = 10

/**
 * The strongest effects of a model, by how much they move the log-odds over the rows. What is within one standard error of
 * no effect is left out.
 *
 * @param valuesOf by name, the values of a feature on the training rows
 */
export function influencesOf(
  model: LogisticModel,
  valuesOf: (feature: string) => readonly FeatureValue[],
): readonly Influence[] {
  const covariance = Float64Array.from(model.covariance)
  const found = model.encoder.features.flatMap((feature) => {
    const own = model.encoder.columns.flatMap((column, index) =>
      column.feature === feature.name ? [{ column, index }] : [],
    )
    const values = valuesOf(feature.name)
    // Of two values one says all.
    const told = own.length === 2 && feature.kind === 'category' ? own.slice(1) : own
    return told.flatMap(({ column, index }) => {
      const contrast = contrastOf(own, column, index, feature, values)
      if (!contrast) return []
      const effect = contrast.weights.reduce((sum, { at, weight }) => sum + weight * (model.coefficients[at] ?? 0), 0)
      let variance = 0
      for (const one of contrast.weights)
        for (const other of contrast.weights) {
          const [low, high] = [Math.min(one.at, other.at) + 1, Math.max(one.at, other.at) + 1]
          variance += one.weight * other.weight * covariance[packedIndex(high, low)]!
        }
      const error = Math.sqrt(Math.max(0, variance))
      if (!(Math.abs(effect) > error) || contrast.rows < FEWEST_ROWS) return []
      return [{ column: feature.name, ...contrast, effect, error, strength: Math.abs(effect) * contrast.deviation }]
    })
  })
  return found
    .toSorted((a, b) => b.strength - a.strength || (a.what < b.what ? -1 : 1))
    .slice(0, MOST)
    .map(({ column, what, rows, effect, error }) => ({
      column,
      what,
      rows,
      oddsRatio: {
        value: Math.exp(effect),
        low: Math.exp(effect - NORMAL_95 * error),
        high: Math.exp(effect + NORMAL_95 * error),
      },
      isCertain: Math.abs(effect) > NORMAL_95 * error,
    }))
}

interface Contrast {
  readonly what: string
  readonly rows: number
  /** Standard deviation over the rows of what the contrast is about: an effect on few rows moves little. */
  readonly deviation: number
  readonly weights: readonly { readonly at: number; readonly weight: number }[]
}

type OwnColumns = readonly { readonly column: EncodedColumn; readonly index: number }[]

/** A number from its lower to its upper quartile; a level against the average row. */
function contrastOf(
  own: OwnColumns,
  column: EncodedColumn,
  index: number,
  feature: LogisticModel['encoder']['features'][number],
  values: readonly FeatureValue[],
): Contrast | undefined {
  if (column.part === 'value') return numberContrast(index, feature, values)
  const deviation = Math.sqrt(column.mean * (1 - column.mean))
  const rows = Math.round(column.mean * values.length)
  const [first, second] = own
  if (own.length === 2 && first && second && feature.kind === 'category') {
    const what = `${nameOf(column)} instead of ${valueOf(first.column)}`
    return {
      what,
      rows,
      deviation,
      weights: [
        { at: second.index, weight: 1 },
        { at: first.index, weight: -1 },
      ],
    }
  }
  const levels = own.filter((other) => other.column.part !== 'value')
  const weights = levels.map((other) => ({
    at: other.index,
    weight:
      (other.index === index ? 1 : 0) -
      (feature.kind === 'category' ? other.column.mean : other.index === index ? other.column.mean : 0),
  }))
  return { what: nameOf(column), rows, deviation, weights }
}

function nameOf(column: EncodedColumn): string {
  if (column.part === 'missing') return `${column.feature} is empty`
  return column.part === 'other' ? `${column.feature} has a rare value` : columnLabel(column)
}

function valueOf(column: EncodedColumn): string {
  return column.part === 'missing' ? 'empty' : column.part === 'other' ? 'a rare value' : (column.level ?? '')
}

function numberContrast(
  index: number,
  feature: LogisticModel['encoder']['features'][number],
  values: readonly FeatureValue[],
): Contrast | undefined {
  const sorted = Float64Array.from(values.filter((value) => typeof value === 'number')).sort()
  let [low, high] = [quantile(sorted, 0.25), quantile(sorted, 0.75)]
  if (low === high) [low, high] = [sorted[0] ?? 0, sorted.at(-1) ?? 0]
  const step = (transformNumber(high, feature.transform) - transformNumber(low, feature.transform)) / (feature.sd ?? 1)
  if (!(step > 0)) return undefined
  return {
    what: `${feature.name} ${shortNumber(high)} instead of ${shortNumber(low)}`,
    rows: sorted.length,
    deviation: 1 / step,
    weights: [{ at: index, weight: step }],
  }
}

function shortNumber(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 })
}

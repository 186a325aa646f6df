import type { FeatureColumn, FeatureVector } from '../../../features/types.ts'
import { hashSeed } from '../../../base/random.ts'
import { columnMoments, selectColumns } from './design-matrix.ts'
import { encode } from './encode.ts'
import {
  type EncodedColumn,
  type EncodedFeature,
  type Encoder,
  finiteNumber,
  levelsOf,
  transformNumber,
  UNRECORDED,
} from './encoder.ts'
import type { DesignMatrix } from '../types.ts'

export interface EncoderOptions {
  /** Levels on fewer rows are folded into `other`. */
  readonly minLevelCount?: number
  /** One per row; all 1 when absent. */
  readonly weights?: Float64Array
}

/** What was learned, and the training rows encoded with it: the same bits as `encode` gives. */
export interface FittedEncoding {
  readonly encoder: Encoder
  readonly matrix: DesignMatrix
}

/** `fitEncoding` without the matrix. */
export function fitEncoder(
  columns: readonly FeatureColumn[],
  rows: readonly FeatureVector[],
  options: EncoderOptions = {},
): Encoder {
  return fitEncoding(columns, rows, options).encoder
}

/**
 * Learns the encoding from training rows, and from nothing else.
 *
 * A number is divided by its standard deviation but *not* centred, so that a count of zero stays a zero in the sparse
 * matrix. With an unpenalised intercept that changes only the intercept: shifting a column by its mean m adds
 * coefficient * m to every row, which the intercept takes up at no cost. Contributions are centred when reported.
 *
 * Missing numbers take the mean, with an indicator column when training saw some (but not only) missing values. Windows that
 * reach back before their source's first fact have one indicator together: what the model learns of that time is no
 * property of an account.
 *
 * @throws RangeError when a category declares a sign: its levels have no order.
 */
export function fitEncoding(
  columns: readonly FeatureColumn[],
  rows: readonly FeatureVector[],
  options: EncoderOptions = {},
): FittedEncoding {
  const weights = options.weights ?? new Float64Array(rows.length).fill(1)
  const candidate: Encoder = { features: [], columns: [], dropped: [] }
  columns.forEach((column, index) => {
    if (column.kind === 'category' && column.sign !== null)
      throw new RangeError(`feature ${column.name} is a category and cannot declare a sign, got ${column.sign}`)
    const fitted =
      column.kind === 'number'
        ? fitNumber(column, index, rows, weights)
        : fitLevels(column, index, rows, options.minLevelCount ?? 10)
    candidate.features.push(fitted.feature)
    candidate.columns.push(...fitted.columns)
  })
  if (candidate.features.some((feature) => feature.shares_offset)) candidate.columns.push(UNRECORDED)
  const { matrix } = encode(candidate, rows)
  const moments = columnMoments(matrix, weights)
  const varies = (_: EncodedColumn, index: number) => moments.standardDeviations[index]! > 1e-9
  const encoder = {
    features: candidate.features,
    columns: candidate.columns.map((column, index) => ({ ...column, mean: moments.means[index]! })).filter(varies),
    dropped: candidate.columns.filter((column, index) => !varies(column, index)),
  }
  return { encoder, matrix: selectColumns(matrix, candidate.columns.map(varies)) }
}

interface FittedFeature {
  readonly feature: EncodedFeature
  readonly columns: readonly EncodedColumn[]
}

function fitNumber(
  column: FeatureColumn,
  index: number,
  rows: readonly FeatureVector[],
  weights: Float64Array,
): FittedFeature {
  const observed = new Float64Array(rows.length)
  const observedWeights = new Float64Array(rows.length)
  let [count, total, sum] = [0, 0, 0]
  for (let i = 0; i < rows.length; i += 1) {
    const value = rows[i]![index] ?? null
    if (value === null) continue
    const transformed = transformNumber(finiteNumber(column, value), column.transform)
    observed[count] = transformed
    observedWeights[count] = weights[i]!
    total += weights[i]!
    sum += weights[i]! * transformed
    count += 1
  }
  const mean = sum / total
  let squares = 0
  // Equal values give exactly the same number; their variance may still be a rounding error above zero.
  let varies = false
  for (let k = 0; k < count; k += 1) {
    squares += observedWeights[k]! * (observed[k]! - mean) ** 2
    varies ||= observed[k] !== observed[0]
  }
  const parts: EncodedColumn[] = []
  if (varies) parts.push(blankColumn(column, 'value', null))
  const someMissing = count > 0 && count < rows.length
  if (someMissing && !column.windowed) parts.push(blankColumn(column, 'missing', null))
  const [center, sd] = varies ? [mean, Math.sqrt(squares / total)] : [null, null]
  return { feature: featureOf(column, center, sd, someMissing), columns: parts }
}

function fitLevels(
  column: FeatureColumn,
  index: number,
  rows: readonly FeatureVector[],
  minLevelCount: number,
): FittedFeature {
  const counts = new Map<string, number>()
  let missing = 0
  for (const row of rows) {
    const value = row[index] ?? null
    if (value === null) missing += 1
    else for (const level of levelsOf(column, value)) counts.set(level, (counts.get(level) ?? 0) + 1)
  }
  const common = [...counts].filter(([, count]) => count >= minLevelCount).map(([level]) => level)
  const columns = common.toSorted().map((level) => blankColumn(column, 'level', level))
  if (common.length < counts.size) columns.push(blankColumn(column, 'other', null))
  if (missing > 0 && !column.windowed) columns.push(blankColumn(column, 'missing', null))
  const rare = [...counts.keys()].filter((level) => counts.get(level)! < minLevelCount)
  return { feature: featureOf(column, null, null, missing > 0, rare), columns }
}

function featureOf(
  column: FeatureColumn,
  mean: number | null,
  sd: number | null,
  someMissing: boolean,
  rare: readonly string[] = [],
): EncodedFeature {
  const { name, family, kind, transform, sign } = column
  const folded = rare.map(hashSeed).toSorted((a, b) => a - b)
  const offset = column.windowed && someMissing ? { shares_offset: true as const } : {}
  return { name, family, kind, transform, sign, mean, sd, folded, ...offset }
}

/** The declared sign is about more of the feature: whether it is *known* (the missing indicator) has no direction. */
function blankColumn(column: FeatureColumn, part: EncodedColumn['part'], level: string | null): EncodedColumn {
  const sign = part === 'missing' ? null : column.sign
  return { feature: column.name, part, level, family: column.family, sign, mean: 0 }
}

import type { FeatureColumn, FeatureValue } from '../../../features/types.ts'
import { type ColumnProfile, membersOf } from './profile.ts'

/** A column of the table as the encoder takes it. */
export interface TableFeature {
  readonly profile: ColumnProfile
  readonly column: FeatureColumn
  /** One per row. */
  readonly values: readonly FeatureValue[]
}

/** A number, category or set as a feature; undefined for what is never one. */
export function featureOf(profile: ColumnProfile): TableFeature | undefined {
  const { content, cells } = profile
  switch (content.kind) {
    case 'number':
      return feature(profile, 'number', content.numbers, transformOf(content.numbers))
    case 'category':
    case 'constant':
      return feature(profile, 'category', cells)
    case 'set':
      return feature(
        profile,
        'set',
        cells.map((cell) => (cell === null ? null : membersOf(cell))),
      )
    default:
      return undefined
  }
}

/** Only whether the column is filled: all that a date or a key can say of the outcome. */
export function presenceOf(profile: ColumnProfile): TableFeature {
  return feature(
    profile,
    'category',
    profile.cells.map((cell) => (cell === null ? null : 'filled')),
  )
}

function feature(
  profile: ColumnProfile,
  kind: FeatureColumn['kind'],
  values: readonly FeatureValue[],
  transform: FeatureColumn['transform'] = 'none',
): TableFeature {
  return { profile, values, column: { name: profile.name, family: 'account_fit', kind, transform, sign: null } }
}

/**
 * Sizes and counts are skewed: the logarithm is taken where it makes the numbers more symmetric. The choice reads no
 * outcome, so it may be made on all rows.
 */
function transformOf(numbers: readonly (number | null)[]): FeatureColumn['transform'] {
  const known = numbers.filter((number) => number !== null)
  if (known.some((number) => number < 0)) return 'none'
  const [plain, logged] = [skewness(known), skewness(known.map(Math.log1p))]
  return plain > 1 && Math.abs(logged) < plain ? 'log1p' : 'none'
}

/** Third standardised moment; 0 of equal numbers. */
function skewness(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const moment = (power: number) => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length
  const variance = moment(2)
  return variance > 0 ? moment(3) / variance ** 1.5 : 0
}

import { z } from 'zod'
import { FAMILIES, type FeatureValue } from '../../../features/types.ts'

const Sign = z.enum(['positive', 'negative']).nullable()

/** How one feature is read. `mean` and `sd` are of the transformed value over the training rows; null unless a number. */
export const EncodedFeature = z.strictObject({
  name: z.string(),
  family: z.enum(FAMILIES),
  kind: z.enum(['number', 'category', 'set']),
  transform: z.enum(['none', 'log1p']),
  sign: Sign,
  mean: z.number().nullable(),
  sd: z.number().positive().nullable(),
  /**
   * Hashes of the levels folded into `other`: enough to tell a rare level from one never seen, without keeping names
   * that only a few rows have.
   */
  folded: z.array(z.number().int()),
  /**
   * Set where some training rows had a window that reaches back before its source's first fact. Such a null has no
   * indicator of its own: it counts in the common offset.
   */
  shares_offset: z.literal(true).optional(),
})
export type EncodedFeature = z.infer<typeof EncodedFeature>

/** One column of the design matrix. */
export const EncodedColumn = z.strictObject({
  feature: z.string(),
  /**
   * `value`: a number in standard deviations; `level`: 1 when it is present; `other`: rare and unseen levels;
   * `unrecorded`: the common offset, 1 when any window reaches back before its source's first fact.
   */
  part: z.enum(['value', 'level', 'other', 'missing', 'unrecorded']),
  level: z.string().nullable(),
  /** Null of the common offset, which belongs to no feature. */
  family: z.enum(FAMILIES).nullable(),
  sign: Sign,
  /** Mean over the training rows: contributions are reported relative to it. */
  mean: z.number(),
})
export type EncodedColumn = z.infer<typeof EncodedColumn>

export const Encoder = z.strictObject({
  features: z.array(EncodedFeature),
  /** Grouped by feature, in the order of `features`; levels sorted by code unit; the common offset last. */
  columns: z.array(EncodedColumn),
  /** Columns that were the same on every training row and therefore carry nothing. */
  dropped: z.array(EncodedColumn),
})
export type Encoder = z.infer<typeof Encoder>

/** The common offset of rows with a window that was not recorded: the last column, where there is one. */
export const UNRECORDED: EncodedColumn = {
  feature: 'windows before the first fact',
  part: 'unrecorded',
  level: null,
  family: null,
  sign: null,
  mean: 0,
}

/** `industry = software`, `employees (missing)`. */
export function columnLabel(column: EncodedColumn): string {
  if (column.part === 'value' || column.part === 'unrecorded') return column.feature
  return column.part === 'level' ? `${column.feature} = ${column.level}` : `${column.feature} (${column.part})`
}

export function transformNumber(value: number, transform: 'none' | 'log1p'): number {
  // Odd around zero, so that a trend may be negative: -e + 1 becomes -1.
  return transform === 'none' ? value : Math.sign(value) * Math.log1p(Math.abs(value))
}

interface Named {
  readonly name: string
  readonly kind: 'number' | 'category' | 'set'
}

/** @throws TypeError naming the feature. */
export function finiteNumber(feature: Named, value: FeatureValue): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new TypeError(`feature ${feature.name} must be a finite number or null, got ${JSON.stringify(value)}`)
}

/** The distinct levels of one value. @throws TypeError naming the feature. */
export function levelsOf(feature: Named, value: FeatureValue): readonly string[] {
  if (feature.kind === 'category' && typeof value === 'string') return [value]
  if (feature.kind === 'set' && Array.isArray(value)) return value.length < 2 ? value : [...new Set<string>(value)]
  const expected = feature.kind === 'set' ? 'a list of texts' : 'a text'
  throw new TypeError(`feature ${feature.name} must be ${expected} or null, got ${JSON.stringify(value)}`)
}

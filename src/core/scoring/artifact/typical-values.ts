import { z } from 'zod'
import type { FeatureColumn, FeatureValue } from '../../features/types.ts'
import type { Encoder } from '../../training/logistic/encoder/encoder.ts'
import { populationWeights } from '../../training/logistic/sampling-correction.ts'
import { sortRows } from '../../training/logistic/encoder/sort-rows.ts'
import type { NegativeSampling, TrainingRow } from '../../training/logistic/types.ts'

const share = z.number().min(0).max(1)

/** A feature's distribution in a group of training examples. All shares except `known` are of the examples where it is known. */
export const TypicalValues = z.strictObject({
  known: share,
  /** Of a number; null for categories and sets, and where nobody's was known. */
  median: z.number().nullable(),
  /** How many had anything but zero; null unless a number. */
  some: share.nullable(),
  /** How many had each level that the model has learned by itself; null for a number. */
  levels: z.record(z.string(), share).nullable(),
})
export type TypicalValues = z.infer<typeof TypicalValues>

/** The values that an account's own is compared with: those of the examples that opened (or were won), and of all. */
export const Typical = z.strictObject({ feature: z.string(), positives: TypicalValues, all: TypicalValues })
export type Typical = z.infer<typeof Typical>

interface Examples {
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
  readonly sampling?: NegativeSampling | undefined
}

/**
 * One entry a feature, in the order of the columns. Sampled negatives count for all those they stand for, so that `all`
 * is the population. Levels too rare for a coefficient of their own are left out: some of them name one account.
 */
export function typicalValues({ columns, rows: unsorted, sampling }: Examples, encoder: Encoder): readonly Typical[] {
  const rows = sortRows(unsorted)
  const weights = populationWeights(rows, sampling)
  const everybody = [...rows.keys()]
  const winners = everybody.filter((row) => rows[row]?.won)
  const levels = Map.groupBy(
    [...encoder.columns, ...encoder.dropped].filter((column) => column.level !== null),
    (column) => column.feature,
  )
  return columns.map((column, index) => {
    const named = (levels.get(column.name) ?? []).map(({ level }) => level ?? '')
    const among = (group: readonly number[]) => {
      const values = group.map((row) => ({ value: rows[row]?.values[index] ?? null, weight: weights[row] ?? 0 }))
      return summarise(column, values, named)
    }
    return { feature: column.name, positives: among(winners), all: among(everybody) }
  })
}

interface Weighted {
  readonly value: FeatureValue
  readonly weight: number
}

function summarise(column: FeatureColumn, group: readonly Weighted[], levels: readonly string[]): TypicalValues {
  const known = group.filter(({ value }) => value !== null)
  const total = weightOf(known)
  const shareOf = (holds: (value: FeatureValue) => boolean) => {
    if (total === 0) return 0
    return Math.min(1, weightOf(known.filter(({ value }) => holds(value))) / total)
  }
  const knownShare = group.length === 0 ? 0 : Math.min(1, total / weightOf(group))
  if (column.kind === 'number') {
    return { known: knownShare, median: weightedMedian(known), some: shareOf((value) => value !== 0), levels: null }
  }
  const holds = (level: string) => (value: FeatureValue) =>
    Array.isArray(value) ? value.includes(level) : value === level
  const ofLevels = Object.fromEntries(levels.toSorted().map((level) => [level, shareOf(holds(level))]))
  return { known: knownShare, median: null, some: null, levels: ofLevels }
}

/** The smallest value that at least half of the weight does not exceed. */
function weightedMedian(values: readonly Weighted[]): number | null {
  const sorted = values.toSorted((one, other) => Number(one.value) - Number(other.value) || one.weight - other.weight)
  const half = weightOf(sorted) / 2
  let below = 0
  for (const { value, weight } of sorted) {
    below += weight
    if (below >= half) return Number(value)
  }
  return null
}

function weightOf(values: readonly Weighted[]): number {
  return values.reduce((sum, { weight }) => sum + weight, 0)
}

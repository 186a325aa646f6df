import type { FeatureValue } from '../../features/types.ts'
import type { ProfileColumn } from './attribute-values.ts'
import type { ProfileExample } from './ideal-customer-profile.ts'

/** How much each attribute counts when two accounts are compared. */
export interface ColumnWeight {
  readonly column: ProfileColumn
  /** Spread of what the win model adds for the attribute: one that the model does not care about counts nothing. */
  readonly weight: number
  /** Standard deviation of log1p of a number; 0 of other attributes. */
  readonly scale: number
}

export interface Resemblance {
  /** 0 nothing in common, 1 equal in all that counts. */
  readonly similarity: number
  /** What they have in common, the weightiest first. */
  readonly inCommon: readonly string[]
}

export function columnWeights(
  columns: readonly ProfileColumn[],
  examples: readonly ProfileExample[],
): readonly ColumnWeight[] {
  return columns.map((column, place) => {
    const numbers = examples.flatMap((example) => {
      const value = example.values[place]
      return typeof value === 'number' ? [Math.log1p(Math.max(0, value))] : []
    })
    return {
      column,
      weight: spread(examples.flatMap((example) => example.contributions?.[place] ?? [])),
      scale: column.kind === 'number' ? spread(numbers) : 0,
    }
  })
}

/** From this likeness on two values are named as something in common. */
const ALIKE = 0.6

/**
 * Gower's general similarity (1971) with the model's weights: per attribute 1 where a category is the same, the shared part
 * of two sets, and for a number exp(-d) with d the distance of the logarithms in standard deviations. A value unknown of either
 * account counts as different.
 */
export function resemblance(
  weights: readonly ColumnWeight[],
  one: readonly FeatureValue[],
  other: readonly FeatureValue[],
): Resemblance {
  let [sum, total] = [0, 0]
  const shared: { readonly sentence: string; readonly part: number }[] = []
  weights.forEach((own, place) => {
    const alike = likeness(own, one[place] ?? null, other[place] ?? null)
    total += own.weight
    sum += own.weight * alike.value
    if (alike.value >= ALIKE || alike.always) shared.push({ sentence: alike.sentence, part: own.weight * alike.value })
  })
  const weighty = shared.filter(({ part }) => part > 0).toSorted((a, b) => b.part - a.part || compareText(a, b))
  return { similarity: total > 0 ? sum / total : 0, inCommon: weighty.map(({ sentence }) => sentence) }
}

interface Likeness {
  readonly value: number
  readonly sentence: string
  /** Named however little they share: a technology in common is one. */
  readonly always?: boolean
}

const NOTHING: Likeness = { value: 0, sentence: '' }
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

function likeness({ column, scale }: ColumnWeight, one: FeatureValue, other: FeatureValue): Likeness {
  if (one === null || other === null) return NOTHING
  if (typeof one === 'number' && typeof other === 'number') {
    const distance = Math.abs(Math.log1p(Math.max(0, one)) - Math.log1p(Math.max(0, other)))
    const value = distance === 0 ? 1 : scale > 0 ? Math.exp(-distance / scale) : 0
    return { value, sentence: `similar ${column.noun} (${WHOLE.format(one)} and ${WHOLE.format(other)})` }
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    const both = one.filter((name) => other.includes(name))
    const either = new Set([...one, ...other]).size
    const value = either === 0 ? 0 : both.length / either
    return both.length === 0 ? NOTHING : { value, sentence: `${column.noun}: ${both.join(', ')}`, always: true }
  }
  return one === other ? { value: 1, sentence: `same ${column.noun} (${String(one)})` } : NOTHING
}

function spread(values: readonly number[]): number {
  if (values.length === 0) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

function compareText(one: { readonly sentence: string }, other: { readonly sentence: string }): number {
  return one.sentence < other.sentence ? -1 : 1
}

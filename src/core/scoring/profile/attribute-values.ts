import type { FeatureValue } from '../../features/types.ts'

/** An attribute of an account as the win model reads it. */
export interface ProfileColumn {
  readonly name: string
  /** As a salesperson says it: "industry", "number of employees". */
  readonly noun: string
  readonly kind: 'number' | 'category' | 'set'
}

/** A value, or a band of values, that accounts can share. */
export interface ValueGroup {
  readonly value: string
  readonly holds: (value: FeatureValue) => boolean
}

const UNKNOWN = 'unknown'
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/**
 * The values of one attribute: each level of a category, each member of a set, four bands of a number with equally many
 * examples; and unknown. Levels are in text order, bands ascending.
 */
export function valueGroups(column: ProfileColumn, values: readonly FeatureValue[]): readonly ValueGroup[] {
  const unknown = { value: UNKNOWN, holds: (value: FeatureValue) => value === null }
  const groups = column.kind === 'number' ? bands(values) : levels(values)
  return values.includes(null) ? [...groups, unknown] : groups
}

function levels(values: readonly FeatureValue[]): readonly ValueGroup[] {
  const names = new Set(
    values.flatMap((value) => (Array.isArray(value) ? value : value === null ? [] : [String(value)])),
  )
  return [...names].toSorted(compareText).map((name) => ({
    value: name,
    holds: (value) => (Array.isArray(value) ? value.includes(name) : value !== null && String(value) === name),
  }))
}

/** Quartiles as edges; equal edges fall together, so that a value lies in one band only. */
function bands(values: readonly FeatureValue[]): readonly ValueGroup[] {
  const known = values.filter((value) => typeof value === 'number').toSorted((one, other) => one - other)
  const edges = [0, 0.25, 0.5, 0.75].flatMap((share) => known[Math.floor(share * known.length)] ?? [])
  const starts = [...new Set(edges)]
  return starts.map((from, index) => {
    const below = starts[index + 1]
    const last = below === undefined ? known.at(-1) : known.findLast((value) => value < below)
    const text = last === from ? WHOLE.format(from) : `${WHOLE.format(from)} to ${WHOLE.format(last ?? from)}`
    const holds = (value: FeatureValue) =>
      typeof value === 'number' && (index === 0 || value >= from) && (below === undefined || value < below)
    return { value: text, holds }
  })
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

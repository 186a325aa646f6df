/** Population stability index of two lists of shares: the sum of (actual - expected) ln(actual / expected). */
export function populationStabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  if (expected.length !== actual.length)
    throw new RangeError(`both must have the same bins, got ${expected.length} and ${actual.length}`)
  return expected.reduce((sum, share, bin) => sum + (actual[bin]! - share) * Math.log(actual[bin]! / share), 0)
}

export interface Stability {
  readonly state: 'too_few' | 'stable' | 'shifted'
  readonly index: number
  /** What the index exceeds by chance in one of twenty samples of these sizes, at least 0.1. */
  readonly alarmAbove: number
}

const FEWEST_VALUES = 200
const BIN_COUNT = 10
/** 95% quantile of chi-squared with nine degrees of freedom. Without drift the index is about this times (1/n + 1/m). */
const CHI_SQUARED_95 = 16.92

/**
 * Whether current values are distributed like the reference, in the reference's deciles. Half a value is added to
 * every bin, so that an empty one stays finite.
 */
export function compareDistributions(reference: readonly number[], current: readonly number[]): Stability {
  const sorted = reference.toSorted((a, b) => a - b)
  const edges = Array.from(
    { length: BIN_COUNT - 1 },
    (_, bin) => sorted[Math.floor(((bin + 1) * sorted.length) / BIN_COUNT)]!,
  )
  const index = populationStabilityIndex(smoothedShares(reference, edges), smoothedShares(current, edges))
  const alarmAbove = Math.max(0.1, CHI_SQUARED_95 * (1 / reference.length + 1 / current.length))
  const tooFew = Math.min(reference.length, current.length) < FEWEST_VALUES
  return { state: tooFew ? 'too_few' : index > alarmAbove ? 'shifted' : 'stable', index, alarmAbove }
}

function smoothedShares(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0.5)
  for (const value of values) counts[edges.filter((edge) => edge <= value).length]! += 1
  return counts.map((count) => count / (values.length + counts.length / 2))
}

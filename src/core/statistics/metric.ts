/** One prediction and what came of it. */
export interface Scored {
  readonly probability: number
  readonly won: boolean
  /** 1 when absent. */
  readonly weight?: number
}

/** A number about predictions that knows its direction. `compute` gives NaN where the number is not defined. */
export interface Metric {
  readonly name: string
  readonly better: 'higher' | 'lower' | 'near_zero' | 'near_one'
  readonly compute: (scored: readonly Scored[]) => number
}

/** Log losses and log-odds of a probability of 0 or 1 are not finite: this much away from either counts as such. */
const CLIP = 1e-15

export function clipProbability(probability: number): number {
  return Math.min(1 - CLIP, Math.max(CLIP, probability))
}

export function logOddsOf(probability: number): number {
  const clipped = clipProbability(probability)
  return Math.log(clipped / (1 - clipped))
}

export function weightOf(row: Scored): number {
  return row.weight ?? 1
}

/** Weighted share of won rows; NaN without rows. */
export function baseRate(scored: readonly Scored[]): number {
  return weightedMean(scored, (row) => (row.won ? 1 : 0))
}

export function weightedMean(scored: readonly Scored[], valueOf: (row: Scored) => number): number {
  let sum = 0
  let total = 0
  for (const row of scored) {
    sum += weightOf(row) * valueOf(row)
    total += weightOf(row)
  }
  return sum / total
}

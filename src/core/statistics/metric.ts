/** A prediction and its outcome. */
export interface Scored {
  readonly probability: number
  readonly won: boolean
  /** 1 when absent. */
  readonly weight?: number
}

/** A figure about predictions and its direction. `compute` gives NaN where the figure is not defined. */
export interface Metric {
  readonly name: string
  readonly better: 'higher' | 'lower' | 'near_zero' | 'near_one'
  readonly compute: (scored: readonly Scored[]) => number
}

/** Log loss and log-odds are not finite at 0 and 1: probabilities are clipped to this distance from both. */
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

export function weightedMean(scored: readonly Scored[], valueOf: (row: Scored) => number): number {
  let sum = 0
  let total = 0
  for (const row of scored) {
    sum += weightOf(row) * valueOf(row)
    total += weightOf(row)
  }
  return sum / total
}

import type { Scored } from './metric.ts'

export interface AucEstimate {
  readonly auc: number
  /** NaN with fewer than two won or two lost rows. */
  readonly variance: number
}

export interface AucComparison {
  readonly first: AucEstimate
  readonly second: AucEstimate
  /** first - second, on the same rows. */
  readonly difference: number
  readonly variance: number
}

/**
 * Variance of the AUC by DeLong et al. 1988, unweighted: S10 / won + S01 / lost, where S10 is the sample variance over
 * won rows of the share of lost rows that each outranks (ties half), and S01 the same the other way round.
 */
export function deLong(scored: readonly Scored[]): AucEstimate {
  const { ofWon, ofLost } = placements(scored)
  return {
    auc: mean(ofWon),
    variance: covariance(ofWon, ofWon) / ofWon.length + covariance(ofLost, ofLost) / ofLost.length,
  }
}

/** @throws RangeError unless both hold the same rows with the same outcomes, in the same order. */
export function compareAuc(first: readonly Scored[], second: readonly Scored[]): AucComparison {
  if (first.length !== second.length || first.some((row, index) => row.won !== second[index]!.won))
    throw new RangeError(
      `both predictions must be for the same outcomes in the same order, got ${first.length} and ${second.length} rows`,
    )
  const [a, b] = [placements(first), placements(second)]
  const [estimateA, estimateB] = [deLong(first), deLong(second)]
  const together = covariance(a.ofWon, b.ofWon) / a.ofWon.length + covariance(a.ofLost, b.ofLost) / a.ofLost.length
  return {
    first: estimateA,
    second: estimateB,
    difference: estimateA.auc - estimateB.auc,
    variance: Math.max(0, estimateA.variance + estimateB.variance - 2 * together),
  }
}

function placements(scored: readonly Scored[]) {
  const won = scored.filter((row) => row.won).map((row) => row.probability)
  const lost = scored.filter((row) => !row.won).map((row) => row.probability)
  const [sortedWon, sortedLost] = [Float64Array.from(won).sort(), Float64Array.from(lost).sort()]
  return {
    ofWon: won.map((value) => shareBelow(sortedLost, value)),
    ofLost: lost.map((value) => 1 - shareBelow(sortedWon, value)),
  }
}

function shareBelow(sorted: Float64Array, value: number): number {
  const below = firstIndex(sorted, (other) => other >= value)
  const notAbove = firstIndex(sorted, (other) => other > value)
  return (below + notAbove) / 2 / sorted.length
}

function firstIndex(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(sorted[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function covariance(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)]
  return a.reduce((sum, value, index) => sum + (value - meanA) * (b[index]! - meanB), 0) / (a.length - 1)
}

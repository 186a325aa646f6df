import { type PossibleThreshold, possibleThresholds, type Predictions } from '../../statistics/possible-thresholds.ts'
import type { Capacity, Objective } from './objective.ts'
import { counted } from '../../base/counted.ts'

export type ThresholdChoice =
  | {
      readonly kind: 'chosen'
      /** An account is listed when its probability is at least this. */
      readonly threshold: number
      readonly rows: number
      readonly listed: number
      /** Won share of the listed rows; NaN when none is listed. */
      readonly observedRate: number
    }
  | { readonly kind: 'unreachable'; readonly rows: number; readonly bestRate: number; readonly sentence: string }

/** A win rate is not estimated from fewer rows. */
const LEAST_LISTED = 20

/** Chooses a threshold on out-of-fold predictions. The next fold's test rows evaluate it. */
export function chooseThreshold(predictions: Predictions, objective: Objective): ThresholdChoice {
  const candidates = possibleThresholds(predictions)
  const rows = predictions.probabilities.length
  switch (objective.kind) {
    case 'win_rate':
      return lowestCandidateWithRate(candidates, rows, objective.target)
    case 'capacity':
      return lowestCandidateWithin(candidates, rows, capacityOf(objective.capacity, predictions))
    case 'cost': {
      const threshold = costThreshold(objective)
      const last = candidates.findLast((candidate) => candidate.threshold >= threshold)
      return { kind: 'chosen', threshold, rows, listed: last?.listed ?? 0, observedRate: rateOf(last) }
    }
  }
}

/**
 * p* = C_fp / (C_fp + C_fn) for calibrated probabilities (Elkan 2001, correct decisions at no cost): at p*, working an
 * account costs on average as much as leaving it out.
 */
export function costThreshold(cost: { readonly falsePositive: number; readonly falseNegative: number }): number {
  const { falsePositive, falseNegative } = cost
  if (!(falsePositive > 0 && falseNegative > 0))
    throw new RangeError(`both costs must be above 0, got ${falsePositive} and ${falseNegative}`)
  return falsePositive / (falsePositive + falseNegative)
}

function lowestCandidateWithRate(
  candidates: readonly PossibleThreshold[],
  rows: number,
  target: number,
): ThresholdChoice {
  if (!(target > 0 && target < 1)) throw new RangeError(`a target win rate must lie between 0 and 1, got ${target}`)
  const enough = candidates.filter((candidate) => candidate.listed >= LEAST_LISTED)
  const reached = enough.findLast((candidate) => candidate.won / candidate.listed >= target)
  if (reached) return chosen(reached, rows)
  const bestRate = enough.reduce((best, candidate) => Math.max(best, candidate.won / candidate.listed), 0)
  return {
    kind: 'unreachable',
    rows,
    bestRate,
    sentence: `no threshold with at least ${LEAST_LISTED} of ${counted(rows, 'row')} above it reached a win rate of ${target}; the best reached ${bestRate.toFixed(3)}`,
  }
}

function lowestCandidateWithin(candidates: readonly PossibleThreshold[], rows: number, limit: number): ThresholdChoice {
  const last = candidates.findLast((candidate) => candidate.listed <= limit)
  if (last) return chosen(last, rows)
  const first = candidates[0]
  return {
    kind: 'unreachable',
    rows,
    bestRate: rateOf(first),
    sentence: `the ${counted(first?.listed ?? 0, 'row of the highest probability is', 'rows of the highest probability are')} more than the capacity of ${limit.toFixed(1)}`,
  }
}

function chosen(candidate: PossibleThreshold, rows: number): ThresholdChoice {
  return {
    kind: 'chosen',
    threshold: candidate.threshold,
    rows,
    listed: candidate.listed,
    observedRate: rateOf(candidate),
  }
}

function rateOf(candidate: PossibleThreshold | undefined): number {
  return candidate && candidate.listed > 0 ? candidate.won / candidate.listed : NaN
}

function capacityOf(capacity: Capacity, { weights, months }: Predictions): number {
  if ('perMonth' in capacity) return capacity.perMonth * months
  return capacity.share * weights.reduce((sum, weight) => sum + weight, 0)
}

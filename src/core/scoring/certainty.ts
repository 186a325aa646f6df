import { NORMAL_90 } from '../statistics/normal-quantiles.ts'
import type { ValuePart } from '../training/logistic/value-parts.ts'

export const CERTAINTIES = ['solid', 'probable'] as const
export type Certainty = (typeof CERTAINTIES)[number]

/**
 * How sure it is that a value speaks for the account, or against it. `solid`: the 90% interval of its part leaves out 0.
 * `probable`: only the interval of one standard error does. Null: not even that one, so nothing is said.
 */
export function certaintyOf({ logOdds, standardError }: ValuePart): Certainty | null {
  const size = Math.abs(logOdds)
  if (size === 0 || size < standardError) return null
  return size >= NORMAL_90 * standardError ? 'solid' : 'probable'
}

/** Ranks reasons by size and certainty at once: the end nearer to 0 of the interval of one standard error, without its sign. */
export function assuredSize({ logOdds, standardError }: ValuePart): number {
  return Math.max(0, Math.abs(logOdds) - standardError)
}

/** "4 visits in the last 30 days, probably a plus": a reason that is only probable says so wherever it is read. */
export function withCertainty(sentence: string, direction: 'up' | 'down', certainty: Certainty): string {
  return certainty === 'solid' ? sentence : `${sentence}, probably a ${direction === 'up' ? 'plus' : 'minus'}`
}

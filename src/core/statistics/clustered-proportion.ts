import { z } from 'zod'
import { NORMAL_95 } from './normal-quantiles.ts'
import { wilsonInterval } from './wilson.ts'

/** A figure with its 95% interval; null where nothing was counted. */
export const Estimate = z.strictObject({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})
export type Estimate = z.infer<typeof Estimate>

export const NO_ESTIMATE: Estimate = { value: null, low: null, high: null }

/** What one account contributes to a share: `hits` of `count`. */
export interface ClusterCount {
  readonly count: number
  readonly hits: number
}

/**
 * The share of hits, with Wilson's interval on the number of *independent* trials: the count divided by the design
 * effect, which is the variance between accounts (linearised ratio) over that of single draws, at least 1. Where all or
 * none hit there is no variance to go by, and the accounts count instead of their trials. Closed form, so that the same
 * counts give the same bytes. (Dean and Pagano 2015 compare such intervals for clustered samples.)
 *
 * Example: accounts (2 of 2), (0 of 2), (1 of 1), (0 of 1): share 3/6 = 0.5; residuals 1, -1, 0.5, -0.5, so the variance
 * is 4/3 * 2.5 / 36 = 0.0926; of single draws it would be 0.25 / 5 = 0.05. The design effect is 1.852, and Wilson's interval
 * on 3.24 draws runs from 0.132 to 0.868.
 */
export function clusteredShare(accounts: readonly ClusterCount[]): Estimate {
  const counted = accounts.filter(({ count }) => count > 0)
  const total = sum(counted, ({ count }) => count)
  if (total === 0) return NO_ESTIMATE
  const share = sum(counted, ({ hits }) => hits) / total
  const single = (share * (1 - share)) / (total - 1)
  if (share === 0 || share === 1 || counted.length < 2) return wilson(share, counted.length)
  const between = varianceOf(counted.map(({ count, hits }) => (hits - share * count) / total))
  return wilson(share, total / Math.max(1, between / single))
}

/** First share less second, on the same accounts: positive where the first is larger. */
export function clusteredDifference(accounts: readonly (readonly [ClusterCount, ClusterCount])[]): Estimate {
  const totals = [0, 1].map((side) => sum(accounts, (pair) => (pair[side] as ClusterCount).count))
  const [firstTotal = 0, secondTotal = 0] = totals
  if (firstTotal === 0 || secondTotal === 0 || accounts.length < 2) return NO_ESTIMATE
  const first = sum(accounts, ([one]) => one.hits) / firstTotal
  const second = sum(accounts, ([, other]) => other.hits) / secondTotal
  const parts = accounts.map(
    ([one, other]) => (one.hits - first * one.count) / firstTotal - (other.hits - second * other.count) / secondTotal,
  )
  const half = NORMAL_95 * Math.sqrt(varianceOf(parts))
  return { value: first - second, low: first - second - half, high: first - second + half }
}

/** Of a sum of residuals whose mean is 0, one per account. */
function varianceOf(residuals: readonly number[]): number {
  return (residuals.length / (residuals.length - 1)) * sum(residuals, (residual) => residual ** 2)
}

function wilson(share: number, trials: number): Estimate {
  return { value: share, ...wilsonInterval(share, trials) }
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0)
}

import { z } from 'zod'

/** Steps from the smallest to the largest: half a percent each. */
const STEPS = 200

/** A distribution in 201 numbers: its quantiles at 0, 0.5, 1 ... 100%. */
export const Quantiles = z.array(z.number()).length(STEPS + 1)
export type Quantiles = z.infer<typeof Quantiles>

/** By linear interpolation between the sorted values (type 7 of Hyndman and Fan 1996); null where there is none. */
export function quantilesOf(values: readonly number[]): Quantiles | null {
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const position = ((sorted.length - 1) * step) / STEPS
    const [low, high] = [sorted[Math.floor(position)] ?? 0, sorted[Math.ceil(position)] ?? 0]
    // Equal neighbours stay what they are, to the bit: that is how ties are known again.
    return low === high ? low : low + (high - low) * (position - Math.floor(position))
  })
}

/**
 * The percentile, 0 to 100, that a value has in a distribution. Values that many share get the middle of the range they
 * fill, so that half of the others lie below and half above: of 0 0 0 0 1 2 3 4, each 0 is at a quarter or so.
 */
export function percentileIn(quantiles: Quantiles, value: number): number {
  const first = quantiles.findIndex((quantile) => quantile >= value)
  if (first < 0) return 100
  const last = quantiles.findLastIndex((quantile) => quantile <= value)
  if (last < 0) return 0
  if (first <= last) return (100 * (first + last)) / 2 / STEPS
  const [below, above] = [quantiles[last] ?? 0, quantiles[first] ?? 0]
  return (100 * (last + (value - below) / (above - below))) / STEPS
}

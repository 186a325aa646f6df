import type { Random } from '../../core/base/random.ts'

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability
}

/** One key of a table of weights, which need not sum to 1. */
export function weighted<Key extends string>(random: Random, weights: Readonly<Record<Key, number>>): Key {
  const entries = Object.entries(weights) as [Key, number][]
  return entries[
    weightedIndex(
      random,
      entries.map(([, weight]) => weight),
    )
  ]![0]
}

export function weightedIndex(random: Random, weights: readonly number[]): number {
  return indexByWeight(random.next(), weights)
}

/** The index that a uniform draw falls on. */
export function indexByWeight(draw: number, weights: readonly number[]): number {
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return index
  }
  return weights.length - 1
}

/** Log-normal by its median, drawn again until it lies in `[least, most]`. */
export function logNormalWithin(
  random: Random,
  { median, sdLog, least, most }: { median: number; sdLog: number; least: number; most: number },
): number {
  for (;;) {
    const value = median * Math.exp(sdLog * random.normal())
    if (value >= least && value <= most) return value
  }
}

export function between(random: Random, least: number, most: number): number {
  return least + random.next() * (most - least)
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

import { createRandom } from '../base/random.ts'

/** How often each account was drawn, and the weight that gives each row. */
export interface Draw {
  readonly counts: Float64Array
  readonly weights: Float64Array
}

/**
 * Numbers that depend on rows through their weights alone. A bootstrap draw is then nothing but another weight per row:
 * what can be sorted is sorted once, and what is only summed is summed once for each account.
 */
export interface Statistic {
  /** How many numbers it computes. */
  readonly size: number
  /** Writes them to the first positions of `out`; NaN where not defined. */
  readonly compute: (draw: Draw, out: Float64Array) => void
}

export interface BootstrapOptions {
  readonly replicates: number
  readonly seed: number | string
}

/** For each statistic its value on the rows as they are, and on every draw. */
export interface Estimates {
  readonly value: Float64Array
  /** One array a number, with one entry a draw. */
  readonly draws: readonly Float64Array[]
}

/** With a null where a number is not defined (one outcome only; nothing listed). */
export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/**
 * Bootstrap over accounts: as many accounts as there are, drawn with replacement, each with all of its rows, for twelve
 * monthly rows of one account are not twelve accounts. Every statistic sees the same draws, so that the difference of
 * two of them, draw by draw, is a paired difference.
 *
 * @param clusters per row the account it belongs to, numbered from 0
 * @param weights per row
 */
export function bootstrap(
  statistics: readonly Statistic[],
  clusters: Int32Array,
  weights: Float64Array,
  { replicates, seed }: BootstrapOptions,
): readonly Estimates[] {
  const random = createRandom(`bootstrap ${seed}`)
  const clusterCount = countClusters(clusters)
  const estimates = statistics.map(({ size, compute }) => {
    const value = new Float64Array(size)
    compute({ counts: new Float64Array(clusterCount).fill(1), weights }, value)
    return { value, draws: Array.from({ length: size }, () => new Float64Array(replicates)) }
  })
  const counts = new Float64Array(clusterCount)
  const draw = { counts, weights: new Float64Array(weights.length) }
  const out = new Float64Array(statistics.reduce((most, { size }) => Math.max(most, size), 0))
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    counts.fill(0)
    for (let pick = 0; pick < clusterCount; pick += 1) counts[random.integer(clusterCount)]! += 1
    for (let row = 0; row < weights.length; row += 1) draw.weights[row] = weights[row]! * counts[clusters[row]!]!
    statistics.forEach(({ size, compute }, index) => {
      compute(draw, out)
      for (let k = 0; k < size; k += 1) estimates[index]!.draws[k]![replicate] = out[k]!
    })
  }
  return estimates
}

/** Numbers the accounts by first appearance. */
export function clusterIndexes(ids: readonly string[]): Int32Array {
  const numbers = new Map<string, number>()
  return Int32Array.from(ids, (id) => {
    const known = numbers.get(id) ?? numbers.size
    numbers.set(id, known)
    return known
  })
}

export function countClusters(clusters: Int32Array): number {
  return clusters.reduce((most, cluster) => Math.max(most, cluster + 1), 0)
}

/** 95% by percentiles of the draws; draws where the number was not defined are passed over. */
export function interval95(value: number, draws: Float64Array): Interval {
  const sorted = draws.filter((draw) => !Number.isNaN(draw)).sort()
  return { value, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

/** Of one number less another, draw by draw. */
export function pairedInterval95(value: number, first: Float64Array, second: Float64Array): Interval {
  return interval95(
    value,
    first.map((draw, replicate) => draw - second[replicate]!),
  )
}

/** Linear between order statistics (type 7 of Hyndman and Fan); NaN of nothing. */
export function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return NaN
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!)
}

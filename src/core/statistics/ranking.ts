import { type Metric, type Scored, weightOf } from './metric.ts'

/**
 * Rows from the highest probability to the lowest, with the end of each tie. The order does not depend on the weights: a
 * bootstrap replicate is a weight per row (how often the row was drawn) and costs one pass.
 */
export interface Ranking {
  /** Position of each ranked row in the rows given. */
  readonly order: Int32Array
  readonly won: Uint8Array
  /** For each ranked row, the rank one past the last row of the same probability. */
  readonly tieEnd: Int32Array
  /** The weights that the rows came with, by position in the rows given. */
  readonly weights: Float64Array
}

export function rankRows(scored: readonly Scored[]): Ranking {
  const order = Int32Array.from(scored.keys()).sort((a, b) => scored[b]!.probability - scored[a]!.probability || a - b)
  const tieEnd = new Int32Array(order.length)
  for (let rank = order.length - 1; rank >= 0; rank -= 1) {
    const next = rank + 1
    const tied = next < order.length && scored[order[rank]!]!.probability === scored[order[next]!]!.probability
    tieEnd[rank] = tied ? tieEnd[next]! : next
  }
  const won = Uint8Array.from(order, (position) => (scored[position]!.won ? 1 : 0))
  return { order, won, tieEnd, weights: Float64Array.from(scored, weightOf) }
}

/** Won and lost weight of each group of equal probability, from the top. */
export function* tieGroups({ order, won, tieEnd }: Ranking, weights: Float64Array) {
  for (let rank = 0; rank < order.length; ) {
    const end = tieEnd[rank]!
    let [wonWeight, lostWeight] = [0, 0]
    for (; rank < end; rank += 1) {
      if (won[rank] === 1) wonWeight += weights[order[rank]!]!
      else lostWeight += weights[order[rank]!]!
    }
    yield { wonWeight, lostWeight }
  }
}

/** Chance that a won row outranks a lost one, ties counting half. NaN with one outcome only. */
export function rocAucOf(ranking: Ranking, weights: Float64Array = ranking.weights): number {
  let [wonAbove, lostTotal, outranked] = [0, 0, 0]
  for (const { wonWeight, lostWeight } of tieGroups(ranking, weights)) {
    outranked += lostWeight * (wonAbove + wonWeight / 2)
    wonAbove += wonWeight
    lostTotal += lostWeight
  }
  return outranked / (wonAbove * lostTotal)
}

/**
 * Won weight among the top `k` (a weight, so normally a number of rows; it need not be whole). Where `k` cuts through
 * equal probabilities, the expected number over all orders of them: no order is favoured.
 */
export function wonInTop(ranking: Ranking, k: number, weights: Float64Array = ranking.weights): number {
  let [left, sum] = [k, 0]
  for (const { wonWeight, lostWeight } of tieGroups(ranking, weights)) {
    const size = wonWeight + lostWeight
    if (size >= left) return size > 0 ? sum + (wonWeight * left) / size : sum
    sum += wonWeight
    left -= size
  }
  return sum
}

/** Won rate among the top `k` divided by the base rate: 1 = no better than chance (nothing is subtracted). */
export function liftOf(ranking: Ranking, k: number, weights: Float64Array = ranking.weights): number {
  const { total, won } = totals(ranking, weights)
  return wonInTop(ranking, k, weights) / Math.min(k, total) / (won / total)
}

/** Weight of all rows, and of the won rows. */
export function totals(ranking: Ranking, weights: Float64Array): { readonly total: number; readonly won: number } {
  let [total, won] = [0, 0]
  for (const { wonWeight, lostWeight } of tieGroups(ranking, weights)) {
    total += wonWeight + lostWeight
    won += wonWeight
  }
  return { total, won }
}

export const rocAuc: Metric = {
  name: 'roc_auc',
  better: 'higher',
  compute: (scored) => rocAucOf(rankRows(scored)),
}

/** Lift among the top tenth of all weight. */
export const topDecileLift: Metric = {
  name: 'top_decile_lift',
  better: 'higher',
  compute: (scored) => {
    const ranking = rankRows(scored)
    return liftOf(ranking, totals(ranking, ranking.weights).total / 10)
  },
}

import { rankRows } from '../../../statistics/ranking.ts'
import type { Sample } from './sample.ts'

export interface Ranked {
  /** Rows of the sample, from the highest probability down, and 1 where won. */
  readonly rows: Int32Array
  readonly won: Float64Array
  /** 1 at the last row of each group of equal probability. */
  readonly ends: Uint8Array
}

/** @param rows positions in the sample */
export function rank(sample: Sample, probabilities: Float64Array, rows: Int32Array): Ranked {
  const scored = Array.from(rows, (row) => ({ probability: probabilities[row]!, won: sample.won[row] === 1 }))
  const { order, won, tieEnd } = rankRows(scored)
  return {
    rows: order.map((position) => rows[position]!),
    won: Float64Array.from(won),
    ends: Uint8Array.from(tieEnd, (end, position) => (end === position + 1 ? 1 : 0)),
  }
}

/** ROC AUC and average precision of a draw, ties sharing their rank as in the metrics module. */
export function rankingOf({ rows, won, ends }: Ranked, weights: Float64Array) {
  let wonAbove = 0
  let lostAbove = 0
  let outranked = 0
  let precisions = 0
  let groupWon = 0
  let groupLost = 0
  for (let k = 0; k < rows.length; k += 1) {
    const w = weights[rows[k]!]!
    const wonWeight = w * won[k]!
    groupWon += wonWeight
    groupLost += w - wonWeight
    if (ends[k] === 0) continue
    outranked += groupLost * (wonAbove + groupWon / 2)
    wonAbove += groupWon
    lostAbove += groupLost
    if (groupWon > 0) precisions += (groupWon * wonAbove) / (wonAbove + lostAbove)
    groupWon = 0
    groupLost = 0
  }
  return { rocAuc: outranked / (wonAbove * lostAbove), averagePrecision: precisions / wonAbove }
}

/** Won and listed weight among the first `limit` of weight. */
export function wonWithin({ rows, won, ends }: Ranked, weights: Float64Array, limit: number) {
  let wonSum = 0
  let left = limit
  let group = 0
  let groupWon = 0
  for (let k = 0; k < rows.length && left > 0; k += 1) {
    const w = weights[rows[k]!]!
    group += w
    groupWon += w * won[k]!
    if (ends[k] === 0 || group === 0) continue
    const share = Math.min(1, left / group)
    wonSum += share * groupWon
    left -= share * group
    group = 0
    groupWon = 0
  }
  return { won: wonSum, listed: limit - left }
}

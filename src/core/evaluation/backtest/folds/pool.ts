import type { Sample } from '../measures/sample.ts'
import { clusterIndexes } from '../../../statistics/bootstrap.ts'
import type { ScorerProbabilities } from '../measures/measure.ts'
import type { FoldResult } from './run-fold.ts'
import { SCORER_NAMES, type ScorerName } from '../scorer-names.ts'
import { type BacktestData, type BacktestRow, populationWeight } from '../types.ts'
import type { Capacity } from '../../policy/objective.ts'

/** The test rows of some folds in order, with the probabilities of every scorer. */
export interface Pool {
  readonly rows: readonly BacktestRow[]
  readonly results: readonly FoldResult[]
  readonly sample: Sample
  readonly scorers: ScorerProbabilities
  readonly unavailable: ReadonlyMap<ScorerName, string>
}

/** All scorers are evaluated on the same rows: the test rows of the folds that have a model. */
export function poolFolds(data: BacktestData, all: readonly FoldResult[], capacity: Capacity): Pool {
  const results = all.filter((result) => result.scorers.model?.kind === 'scored')
  const rows = results.flatMap(({ fold }) => Array.from(fold.test, (position) => data.rows[position]!))
  const sample: Sample = {
    won: Uint8Array.from(rows, (row) => (row.won ? 1 : 0)),
    weights: Float64Array.from(rows, (row) => populationWeight(data, row)),
    clusters: clusterIndexes(rows.map((row) => row.id)),
    folds: Int32Array.from(results.flatMap(({ fold }, index) => Array.from(fold.test, () => index))),
    foldMonths: results.map(({ fold }) => fold.months),
    capacity,
  }
  const scorers = new Map<ScorerName, Float64Array>()
  const unavailable = new Map<ScorerName, string>()
  for (const name of SCORER_NAMES) {
    const parts = results.map((result) => result.scorers[name])
    const reason = parts.find((part) => part?.kind === 'unavailable')
    const probabilities = joinFolds(
      results.map(({ fold }, index) => {
        const part = parts[index]
        return part?.kind === 'scored' ? part.probabilities : new Float64Array(fold.test.length).fill(NaN)
      }),
    )
    if (probabilities.some((probability) => !Number.isNaN(probability))) scorers.set(name, probabilities)
    else if (reason?.kind === 'unavailable') unavailable.set(name, reason.reason)
    else if (parts.some(Boolean)) unavailable.set(name, 'no test row has what this scorer needs')
  }
  return { rows, results, sample, scorers, unavailable }
}

export function joinFolds(parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

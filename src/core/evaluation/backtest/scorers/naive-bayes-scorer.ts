import type { FeatureValue } from '../../../features/types.ts'
import { fitAffine } from '../../../statistics/affine-fit.ts'
import type { FoldPlan } from '../../../training/logistic/validation/folds.ts'
import { type ClosedRecord, fitNaiveBayes, naiveBayesLogOdds } from './naive-bayes.ts'
import { type BacktestData, type BacktestRow, populationWeight } from '../types.ts'
import { sigmoid } from '../../../statistics/sigmoid.ts'

const BIN_COUNT = 5
const LEAST_SLOPE = 0.05
/** The value of each bin, allocated once for the millions of numbers of a backtest. */
const BINS = Array.from({ length: BIN_COUNT }, (_, bin) => [String(bin)])

/**
 * Naive Bayes as Odoo computes it: categories and sets unchanged, numbers in bins between the training rows' quintiles,
 * unknown values left out, no stage. Correlated features make its log-odds too extreme, so it is recalibrated on inner
 * folds like the model, and the comparison is of what it knows.
 *
 * @returns probabilities of the test rows
 */
export function naiveBayesScorer(
  data: BacktestData,
  train: readonly BacktestRow[],
  test: readonly BacktestRow[],
  inner: FoldPlan,
): Float64Array {
  const { columns } = data
  const edges = columns.map((column, index) => (column.kind === 'number' ? quantileEdges(train, index) : []))
  const recordOf = (row: BacktestRow): ClosedRecord => {
    const fields = new Map<string, readonly string[]>()
    columns.forEach(({ name }, index) => {
      const values = fieldValues(row.values[index] ?? null, edges[index]!)
      if (values.length > 0) fields.set(name, values)
    })
    return { fields, stage: null, won: row.won, weight: populationWeight(data, row) }
  }
  const records = train.map(recordOf)
  const outOfFold = inner.folds.flatMap((fold) => {
    const model = fitNaiveBayes(Array.from(fold.train, (position) => records[position]!))
    return Array.from(fold.test, (position) => ({ position, logOdds: naiveBayesLogOdds(model, records[position]!) }))
  })
  const line = fitAffine(
    outOfFold.map(({ logOdds }) => logOdds),
    outOfFold.map(({ position }) => (records[position]!.won ? 1 : 0)),
    outOfFold.map(({ position }) => records[position]!.weight),
  )
  const model = fitNaiveBayes(records)
  return Float64Array.from(test, (row) => {
    const logOdds = naiveBayesLogOdds(model, recordOf(row))
    const level = line
      ? line.centre + line.shift + Math.max(LEAST_SLOPE, line.slope) * (logOdds - line.centre)
      : logOdds
    return sigmoid(level)
  })
}

function fieldValues(value: FeatureValue, edges: readonly number[]): readonly string[] {
  if (value === null) return []
  if (typeof value === 'number') {
    let bin = 0
    while (bin < edges.length && edges[bin]! < value) bin += 1
    return BINS[bin]!
  }
  return typeof value === 'string' ? [value] : [...new Set(value)].toSorted()
}

/** Distinct quantiles of the known values. A count that is mostly 0 has fewer bins, one of them for 0 alone. */
function quantileEdges(rows: readonly BacktestRow[], index: number): readonly number[] {
  const known = new Float64Array(rows.length)
  let count = 0
  for (const { values } of rows) {
    const value = values[index]
    if (typeof value === 'number') known[count++] = value
  }
  const sorted = known.subarray(0, count).sort()
  const edges = Array.from(
    { length: BIN_COUNT - 1 },
    (_, bin) => sorted[Math.floor(((bin + 1) * sorted.length) / BIN_COUNT)] ?? NaN,
  )
  return [...new Set(edges.filter((edge) => !Number.isNaN(edge)))]
}

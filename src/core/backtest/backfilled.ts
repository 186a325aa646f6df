import type { FeatureColumn, FeatureValue, FeatureVector } from '../features/types.ts'
import type { BacktestRow } from './types.ts'

/** The features that hold backfilled facts on at least one row, and on what share of the rows. */
export interface BackfilledColumn {
  readonly column: string
  readonly share: number
}

export function backfilledColumns(
  columns: readonly FeatureColumn[],
  rows: readonly BacktestRow[],
): readonly BackfilledColumn[] {
  return columns.flatMap(({ name }, index) => {
    const count = rows.filter((row) => !sameValue(row.values[index] ?? null, row.honestValues[index] ?? null)).length
    return count > 0 ? [{ column: name, share: count / rows.length }] : []
  })
}

export function sameValues(a: FeatureVector, b: FeatureVector): boolean {
  return a === b || (a.length === b.length && a.every((value, index) => sameValue(value, b[index] ?? null)))
}

function sameValue(a: FeatureValue, b: FeatureValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((level) => b.includes(level))
}

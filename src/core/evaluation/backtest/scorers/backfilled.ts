import type { FeatureColumn, FeatureValue, FeatureVector } from '../../../features/types.ts'
import type { BacktestRow } from '../types.ts'

/** The features that hold backfilled facts on at least one row, and on what share of the rows. */
export interface BackfilledColumn {
  readonly column: string
  readonly share: number
}

export function backfilledColumns(
  columns: readonly FeatureColumn[],
  rows: readonly BacktestRow[],
): readonly BackfilledColumn[] {
  const counts = new Int32Array(columns.length)
  for (const { values, honestValues } of rows) {
    if (values === honestValues) continue
    for (let index = 0; index < columns.length; index += 1)
      if (!sameValue(values[index] ?? null, honestValues[index] ?? null)) counts[index]! += 1
  }
  return columns.flatMap(({ name }, index) =>
    counts[index]! > 0 ? [{ column: name, share: counts[index]! / rows.length }] : [],
  )
}

export function sameValues(a: FeatureVector, b: FeatureVector): boolean {
  return a === b || (a.length === b.length && a.every((value, index) => sameValue(value, b[index] ?? null)))
}

function sameValue(a: FeatureValue, b: FeatureValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((level) => b.includes(level))
}

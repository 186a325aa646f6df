import type { TrainingRow } from '../types.ts'

/**
 * The rows in their canonical order: by as-of, account, and then everything else they hold, so that the order in which
 * a database returned them cannot reach a sum. Sets are compared sorted, for they have no order either.
 */
export function sortRows(rows: readonly TrainingRow[]): readonly TrainingRow[] {
  const rest = new Map<TrainingRow, string>()
  const restOf = (row: TrainingRow) => {
    const known = rest.get(row)
    if (known !== undefined) return known
    const text = JSON.stringify([row.openedAt, row.won, row.weight, row.values.map(canonical)])
    rest.set(row, text)
    return text
  }
  return rows.toSorted(
    (a, b) => compare(a.asOf, b.asOf) || compare(a.id, b.id) || (a === b ? 0 : compare(restOf(a), restOf(b))),
  )
}

function canonical(value: TrainingRow['values'][number]): unknown {
  return Array.isArray(value) ? value.toSorted() : value
}

/** By code unit: no locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

import type { Predictions } from '../../../../src/core/statistics/possible-thresholds.ts'

/** Groups of rows with one probability: how many, and how many of them won. */
export function predictions(groups: readonly (readonly [number, number, number])[], months = 2): Predictions {
  const rows = groups.flatMap(([probability, count, won]) =>
    Array.from({ length: count }, (_, index) => ({ probability, won: index < won })),
  )
  return {
    probabilities: Float64Array.from(rows, (row) => row.probability),
    won: Uint8Array.from(rows, (row) => (row.won ? 1 : 0)),
    weights: new Float64Array(rows.length).fill(1),
    months,
  }
}

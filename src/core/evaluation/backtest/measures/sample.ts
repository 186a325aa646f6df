import type { Capacity } from '../../policy/objective.ts'

/** The rows that statistics are about; arrays have one entry a row. */
export interface Sample {
  readonly won: Uint8Array
  readonly weights: Float64Array
  readonly clusters: Int32Array
  /** The fold each row was tested in, counted from 0, and for each of these its length. */
  readonly folds: Int32Array
  readonly foldMonths: readonly number[]
  readonly capacity: Capacity
}

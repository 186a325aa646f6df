import type { NegativeSampling } from '../../training/logistic/types.ts'

/** A fit costs time in proportion to its rows, and the intervals of so many are narrow. */
export const MOST_FITTED = 20_000

export interface FittedRows {
  /** Positions in `won`. */
  readonly rows: readonly number[]
  readonly sampling: NegativeSampling | undefined
}

/**
 * All rows of a table that is not large; else the first ones of each outcome, so that few wins among many losses are all
 * kept, with what the fit needs to correct for it.
 *
 * @param won of rows in an order that says nothing: by a hash of their content
 */
export function rowsToFit(won: readonly boolean[]): FittedRows {
  const all = [...won.keys()]
  if (all.length <= MOST_FITTED) return { rows: all, sampling: undefined }
  const [wins, losses] = [all.filter((row) => won[row]), all.filter((row) => !won[row])]
  const half = MOST_FITTED / 2
  const wonKept = Math.min(wins.length, Math.max(half, MOST_FITTED - losses.length))
  const lostKept = Math.min(losses.length, MOST_FITTED - wonKept)
  const rows = [...wins.slice(0, wonKept), ...losses.slice(0, lostKept)].toSorted((a, b) => a - b)
  // Of the losses that belong to the wins that were kept.
  const negatives = Math.round((losses.length * wonKept) / wins.length)
  return { rows, sampling: { accounts: rows.length, negatives, kept: lostKept } }
}

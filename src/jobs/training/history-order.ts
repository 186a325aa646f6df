import type { Kysely } from 'kysely'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import { orderLimit, specificationInOrder } from '../../core/scoring/artifact/ordered-specification.ts'
import { END_OF_ORDER } from '../../core/base/order.ts'
import type { Instant } from '../../core/base/time.ts'
import { AppError } from '../../errors.ts'
import { findHistoryOrder } from '../../store/facts/history-order.ts'
import { readClock } from '../../store/database/read-clock.ts'
import type { Database } from '../../store/database/tables/schema.ts'

/** What is learned, from what was known when. */
export interface Learning {
  readonly specification: Specification
  readonly asOf: Instant
  /** What readiness says of a history that has no days. */
  readonly limits: readonly string[]
}

/**
 * Of a history that is ordered and not dated only a part of the specification is learned, from all positions.
 * @throws AppError SpecificationInvalid when nothing is left of it
 */
export async function learningOf(db: Kysely<Database>, specification: Specification, asOf: Instant): Promise<Learning> {
  const column = await findHistoryOrder(db)
  if (column === undefined) return { specification, asOf, limits: [] }
  const limits = [orderLimit(column)]
  const inOrder = specificationInOrder(specification, column)
  if (!inOrder)
    throw new AppError(
      'SpecificationInvalid',
      `${limits[0]} The specification needs win.json and a feature without a window.`,
    )
  return { specification: inOrder, asOf: END_OF_ORDER, limits }
}

/**
 * The instant that a user stated, or now.
 * @throws AppError OptionInvalid when one is stated of a history that has no days
 */
export async function statedAsOf(db: Kysely<Database>, asOf: Instant | undefined): Promise<Instant> {
  if (asOf === undefined) return await readClock(db)
  const column = await findHistoryOrder(db)
  if (column === undefined) return asOf
  throw new AppError(
    'OptionInvalid',
    `--as-of is a day, and the history is ordered by the column ${JSON.stringify(column)} and has none: leave it out`,
  )
}

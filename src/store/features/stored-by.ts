import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'

/**
 * The one rule for records. What this service wrote itself counts from the instant at which it was stored, that
 * instant included. No other file compares these columns with a requested instant. Facts have another rule, which
 * excludes the instant: known-before.ts.
 */
const STORED = {
  scoring_run: 'stored_at',
  event: 'occurred_at',
  promotion: 'promoted_at',
  segment_revision: 'stored_at',
} as const

/** @param alias the name the table goes by in the statement @param at an instant, or an SQL expression of one */
export function storedBy(
  record: keyof typeof STORED,
  alias: string,
  at: Instant | RawBuilder<unknown>,
): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(`${alias}.${STORED[record]}`)} <= ${typeof at === 'string' ? sql`${at}::timestamptz` : at}`
}

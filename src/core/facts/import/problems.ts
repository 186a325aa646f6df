/** Why a row was rejected: the closed list. docs/import.md explains each to the person who has to fix the file. */
export const REASONS = [
  'malformed_csv',
  'malformed_json',
  'bad_json_value',
  'unknown_key',
  'too_large',
  'wrong_column_count',
  'missing_value',
  'cell_unreadable',
  'too_long',
  'bad_key',
  'several_ids',
  'bad_character',
  'bad_choice',
  'unmapped_value',
  'bad_instant',
  'no_time_zone',
  'no_such_local_time',
  'bad_date',
  'bad_month',
  'bad_number',
  'ambiguous_number',
  'ambiguous_date',
  'bad_currency',
  'bad_boolean',
  'bad_domain',
  'bad_email',
  'bad_address',
  'bad_network',
  'out_of_range',
  'no_subject',
  'period_reversed',
  'closed_before_opened',
  'opened_twice',
  'outcome_without_close',
  'close_without_outcome',
  'known_before_close',
  'known_in_future',
  'day_in_order',
  'merge_refused',
  'unknown_account',
  'unknown_contact',
  'unknown_opportunity',
  'no_account',
] as const

export type Reason = (typeof REASONS)[number]

/** The problem of one cell, or, without a column, of the whole record. */
export interface Problem {
  readonly reason: Reason
  readonly column: string | null
  readonly value: string | null
  readonly message: string
}

export interface RowError extends Problem {
  /** The physical line of the file on which the record starts, 1 being the header's. */
  readonly line: number
}

export function problem(reason: Reason, column: string | null, value: string | null, message: string): Problem {
  return { reason, column, value: value === null ? null : value.slice(0, 200), message }
}

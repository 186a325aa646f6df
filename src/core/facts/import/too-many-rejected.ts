import type { Reason } from './problems.ts'

/** Above this share of rejected rows, a wrong mapping is more likely than faulty rows. */
export const MOST_REJECTED = 0.2

interface Counts {
  readonly read: number
  readonly filtered: number
  readonly rejected: number
}

/**
 * Whether too many rows of a file were rejected for it to count as imported. Rows filtered by a condition are not counted. Deals
 * without a company are common in a CRM, and no fault of the mapping, unless all of the file are.
 */
export function tooManyRejected(
  { read, filtered, rejected }: Counts,
  most = MOST_REJECTED,
  reasons: Readonly<Partial<Record<Reason, number>>> = {},
): boolean {
  const wanted = read - filtered
  const faulty = rejected - (reasons.no_account ?? 0)
  return rejected > 0 && (rejected >= wanted || faulty / wanted > most)
}

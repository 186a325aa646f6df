import { createHash } from 'node:crypto'
import { dayOf, firstOfMonth, type Instant, instantPlusDays } from '../base/time.ts'
import type { Policy } from './policy.ts'

export type Holdout = Policy['holdout']

export interface Assignment {
  readonly group: 'listed' | 'control'
  /** The first day of the month of the assignment. */
  readonly month: string
  readonly until: Instant
}

/**
 * Assigns an account to a group for a month, by a hash: the assignment can be reproduced but not chosen. It lasts longer than
 * the month, so that the outcome in the label window falls into it.
 */
export function assign(holdout: Holdout, accountId: number, asOf: Instant): Assignment {
  const month = firstOfMonth(dayOf(asOf))
  const control = lot(`${holdout.seed}\n${accountId}\n${month}`) < holdout.share
  return { group: control ? 'control' : 'listed', month, until: instantPlusDays(asOf, holdout.hold_days) }
}

/** Uniform in [0, 1): the first 48 bits of SHA-256. */
function lot(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48
}

import { createHash } from 'node:crypto'
import { dayOf, firstOfMonth, type Instant, instantPlusDays } from '../base/time.ts'
import type { Policy } from './policy.ts'

export type Holdout = Policy['holdout']

export interface Assignment {
  readonly group: 'listed' | 'control'
  /** The first of the month that it was drawn in. */
  readonly month: string
  readonly until: Instant
}

/**
 * Which group an account falls into in a month: by a hash, so that it can be drawn again, by anybody, and nobody can choose.
 * An assignment holds beyond its month, so that what becomes of the account in the label window happens under it.
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

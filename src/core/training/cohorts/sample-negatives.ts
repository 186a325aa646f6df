import type { NegativeSampling } from '../logistic/types.ts'
import { createRandom } from '../../base/random.ts'
import type { Cohort, CohortRow } from './cohort.ts'

/**
 * Keeps every positive and about so many negatives for each, so that fewer snapshots need be read. Whether a negative
 * stays follows from the seed, its account and its as-of alone: the order of rows, and what other rows there are, decide
 * nothing but the share kept.
 *
 * @returns the cohort itself when it has no more negatives than wanted
 */
export function sampleNegatives(
  cohort: Cohort,
  negativesPerPositive: number,
  seed: number,
): { readonly cohort: Cohort; readonly sampling?: NegativeSampling } {
  const positives = cohort.rows.filter((row) => row.won).length
  const negatives = cohort.rows.length - positives
  const share = (negativesPerPositive * positives) / negatives
  if (positives === 0 || !(share < 1)) return { cohort }
  const rows = cohort.rows.filter((row) => row.won || lot(row, seed) < share)
  const accounts = new Set(cohort.rows.map((row) => row.account.externalId)).size
  return { cohort: { ...cohort, rows }, sampling: { accounts, negatives, kept: rows.length - positives } }
}

function lot({ account, asOf }: CohortRow, seed: number): number {
  return createRandom(`negatives ${seed} ${account.externalId} ${asOf}`).next()
}

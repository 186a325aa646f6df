import { describe, expect, it } from 'vitest'
import type { Cohort, CohortRow } from '../../../../src/core/training/cohorts/cohort.ts'
import { ModelSpecification } from '../../../../src/core/training/cohorts/model-specification.ts'
import { sampleNegatives } from '../../../../src/core/training/cohorts/sample-negatives.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { account, at } from './support.ts'

/** 500 accounts in 12 months, one row in 30 positive: 200 positives and 5,800 negatives. */
const rows = Array.from({ length: 6000 }, (_, index): CohortRow => {
  const asOf = at(`2024-${String(1 + (index % 12)).padStart(2, '0')}-01`)
  return { account: account(Math.floor(index / 12)), asOf, openedAt: asOf, won: index % 30 === 7, opportunity: null }
})
const cohort: Cohort = { rows, excluded: { had_open_opportunity: 3 } }
const keyOf = (row: CohortRow) => `${row.account.externalId} ${row.asOf}`

describe('sampling negatives', () => {
  const sample = sampleNegatives(cohort, 5, 1)

  it('keeps every positive and about so many negatives for each, in their order', () => {
    const kept = sample.cohort.rows.filter((row) => !row.won).length
    expect(sample.cohort.rows.filter((row) => row.won)).toHaveLength(200)
    // 1,000 expected; the standard deviation of so many draws is sqrt(5800 * 0.172 * 0.828) = 29.
    expect(Math.abs(kept - 1000)).toBeLessThan(3 * 29)
    expect(sample.sampling).toEqual({ accounts: 500, negatives: 5800, kept })
    expect(sample.cohort.rows).toEqual(rows.filter((row) => sample.cohort.rows.includes(row)))
    expect(sample.cohort.excluded).toEqual({ had_open_opportunity: 3 })
  })

  it('does not depend on the order of rows', () => {
    const shuffled = sampleNegatives({ ...cohort, rows: createRandom('order').shuffle(rows) }, 5, 1)
    expect(shuffled.cohort.rows.map(keyOf).toSorted()).toEqual(sample.cohort.rows.map(keyOf).toSorted())
  })

  it('draws differently with another seed, and favours no month or account', () => {
    const other = sampleNegatives(cohort, 5, 2).cohort.rows
    const both = other.filter((row) => !row.won && sample.cohort.rows.includes(row)).length
    // Of 1,000 in the one, 0.172 are in the other by chance.
    expect(Math.abs(both - 172)).toBeLessThan(60)
    for (const [, ofMonth] of Map.groupBy(
      sample.cohort.rows.filter((row) => !row.won),
      (row) => row.asOf,
    ))
      expect(Math.abs(ofMonth.length - 1000 / 12)).toBeLessThan(4 * 9)
  })

  it('keeps a cohort with few negatives, or without positives, unchanged', () => {
    expect(sampleNegatives(cohort, 29, 1)).toEqual({ cohort })
    const losses = { ...cohort, rows: rows.filter((row) => !row.won) }
    expect(sampleNegatives(losses, 5, 1)).toEqual({ cohort: losses })
  })

  it('is refused for models of opportunities', () => {
    const specification = {
      model: 'win',
      moment: { kind: 'opened_at' },
      label: { kind: 'won', within_days: 180, from: 'opened_at' },
      training: { negatives_per_positive: 5 },
    }
    expect(ModelSpecification.safeParse(specification).error?.message).toContain('opportunities are few')
  })
})

import { describe, expect, it } from 'vitest'
import { credibilityOf, shrunkenMean } from '../../../src/core/scoring/credibility.ts'
import { expectedAmount, expectedAmounts, type WonDeal } from '../../../src/core/scoring/expected-amount.ts'
import type { IsoDate } from '../../../src/core/base/time.ts'

const day = (text: string) => text as IsoDate
const deal = (amount: number | null, changes: Partial<WonDeal> = {}): WonDeal => ({
  amount,
  currency: 'USD',
  closedOn: day('2024-06-01'),
  attributes: { industry: 'software' },
  ...changes,
})
const BY_INDUSTRY = { segment_by: [{ field: 'industry' }] }
const retail = { attributes: { industry: 'retail' } }

describe('credibility', () => {
  it('is the variance within groups over that of their means', () => {
    // (1, 3) and (5, 7, 9): s2 = 10/3; between = (30 - 10/3) / (5 - 13/5) = 100/9; k = 0.3.
    const groups = [{ values: [1, 3] }, { values: [5, 7, 9] }]
    const found = credibilityOf(groups)
    expect(found.overall).toBe(5)
    expect(found.k).toBeCloseTo(0.3, 12)
    expect(shrunkenMean([1, 3], found)).toBeCloseTo((2 / 2.3) * 2 + (0.3 / 2.3) * 5, 12)
    expect(shrunkenMean([], found)).toBe(5)
  })

  it('is none where groups differ by no more than chance, or there is only one', () => {
    expect(credibilityOf([{ values: [1, 9] }, { values: [2, 8] }])).toEqual({ overall: 5, k: null })
    expect(credibilityOf([{ values: [1, 9] }])).toEqual({ overall: 5, k: null })
    expect(credibilityOf([{ values: [1] }, { values: [9] }])).toEqual({ overall: 5, k: null })
    expect(shrunkenMean([1, 9], { overall: 4, k: null })).toBe(4)
  })
})

describe('expected amounts', () => {
  it("are the segment's mean won amount, shrunken towards that of all", () => {
    const deals = [deal(1), deal(3), deal(5, retail), deal(7, retail), deal(9, retail)]
    const amounts = expectedAmounts(deals, [], BY_INDUSTRY)
    const artifact = {
      amounts,
      specification: {
        scores: { declared_intent: { kinds: ['demo'], within_days: 90 }, expected_amount: BY_INDUSTRY },
      },
    }
    expect(amounts).toMatchObject({ currency: 'USD', deals: 5, overall: 5 })
    expect(expectedAmount(artifact, { industry: 'software' })?.amount).toBeCloseTo((2 / 2.3) * 2 + (0.3 / 2.3) * 5, 12)
    // A segment in which nothing was ever won has the mean of all; so has a version without amounts nothing.
    expect(expectedAmount(artifact, { industry: 'mining' })).toEqual({ amount: 5, currency: 'USD' })
    expect(expectedAmount({ ...artifact, amounts: null }, { industry: 'software' })).toBeNull()
  })

  it('do not depend on the order of the deals', () => {
    const deals = [0.1, 0.2, 0.3, 0.7, 1e9].flatMap((amount) => [deal(amount), deal(amount, retail)])
    expect(expectedAmounts(deals.toReversed(), [], BY_INDUSTRY)).toEqual(expectedAmounts(deals, [], BY_INDUSTRY))
  })

  it('cut a number into bands, and keep the unknown apart', () => {
    const by = { segment_by: [{ field: 'employees', from: [50, 250] }] }
    const sized = (employees: number | string | null) => deal(1, { attributes: { employees } })
    const found = expectedAmounts([sized(49), sized(50), sized('249'), sized(250), sized(null), sized('many')], [], by)
    expect(found?.segments.map(({ segment, deals }) => [...segment, deals])).toEqual([
      ['below 50', 1],
      ['from 250', 1],
      ['from 50', 2],
      ['unknown', 2],
    ])
  })

  it('are converted to one currency at the rate of the day of the close; deals without a rate are counted', () => {
    const rates = [
      { currency: 'EUR', day: day('2024-01-01'), usdPerUnit: 1.1 },
      { currency: 'EUR', day: day('2024-05-01'), usdPerUnit: 1.2 },
      { currency: 'EUR', day: day('2024-07-01'), usdPerUnit: 9 },
    ]
    const deals = [
      deal(100),
      deal(200),
      deal(50, { currency: 'EUR' }),
      deal(70, { currency: 'EUR', closedOn: day('2023-12-31') }),
      deal(70, { currency: 'CHF' }),
      deal(30, { currency: null }),
      deal(null),
    ]
    expect(expectedAmounts(deals, rates, { segment_by: [], currency: 'USD' })).toEqual({
      currency: 'USD',
      deals: 4,
      overall: (100 + 200 + 60 + 30) / 4,
      segments: [{ segment: [], deals: 4, mean: 97.5, expected: 97.5 }],
      left_out: { without_amount: 1, unknown_rate: { CHF: 1, EUR: 1 } },
      currency_assumed: 1,
    })
    // The most common one, unless somebody chose: 60 dollars on that day are 50 euros.
    expect(expectedAmounts([deal(60)], rates, { segment_by: [], currency: 'EUR' })?.overall).toBeCloseTo(50, 12)
  })

  it('are none where no deal has an amount, or nobody says in what', () => {
    expect(expectedAmounts([deal(null)], [], BY_INDUSTRY)).toBeNull()
    expect(expectedAmounts([deal(5, { currency: null })], [], BY_INDUSTRY)).toBeNull()
    expect(expectedAmounts([deal(5, { currency: 'CHF' })], [], { ...BY_INDUSTRY, currency: 'EUR' })).toBeNull()
  })
})

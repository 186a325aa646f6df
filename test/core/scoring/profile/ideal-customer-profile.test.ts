import { describe, expect, it } from 'vitest'
import type { ProfileColumn } from '../../../../src/core/scoring/profile/attribute-values.ts'
import {
  idealCustomerProfile,
  type ProfileExample,
} from '../../../../src/core/scoring/profile/ideal-customer-profile.ts'

const industry: ProfileColumn = { name: 'industry', noun: 'industry', kind: 'category' }
const employees: ProfileColumn = { name: 'employees', noun: 'number of employees', kind: 'number' }
const technologies: ProfileColumn = { name: 'technologies', noun: 'technologies in use', kind: 'set' }

let account = 0
/** `count` accounts with the same values, of which `good` came to the first outcome and the rest to the second. */
function accounts(
  values: ProfileExample['values'],
  count: number,
  good: number,
  [first, second]: readonly [ProfileExample['outcome'], ProfileExample['outcome']] = ['won', 'lost'],
  contributions: readonly number[] | null = null,
): readonly ProfileExample[] {
  return Array.from({ length: count }, (_, index) => ({
    account: `a${(account += 1)}`,
    outcome: index < good ? first : second,
    values,
    contributions,
  }))
}

describe('the ideal customer profile', () => {
  it('is the win rate of each value with the interval of Wilson, the best first', () => {
    const profile = idealCustomerProfile(
      [industry],
      [...accounts(['software'], 50, 30), ...accounts(['retail'], 50, 10), ...accounts([null], 25, 10)],
    )
    expect(profile).toMatchObject({ win_rate: 0.4, deals: 125, compared: 3 })
    const [first, second, third] = profile.attributes[0]?.values ?? []
    // Wilson's interval of 30 in 50 (z 1.959964): 0.4618 to 0.7239; of 10 in 50: 0.1124 to 0.3304.
    expect(first).toMatchObject({ value: 'software', stands_out: 'above', deals: { count: 50, good: 30 } })
    expect(first?.deals.share.low).toBeCloseTo(0.4618, 3)
    expect(first?.deals.share.high).toBeCloseTo(0.7239, 3)
    expect(second).toMatchObject({ value: 'unknown', stands_out: null, deals: { share: { value: 0.4 } } })
    expect(third).toMatchObject({ value: 'retail', stands_out: 'below' })
    expect(third?.deals.share.high).toBeCloseTo(0.3304, 3)
  })

  it('counts the deals of one account as fewer independent ones', () => {
    const one = Array.from({ length: 40 }, () => ({
      account: 'big',
      outcome: 'won' as const,
      values: ['software'],
      contributions: null,
    }))
    const profile = idealCustomerProfile([industry], [...one, ...accounts(['software'], 20, 0)])
    const share = profile.attributes[0]?.values[0]?.deals.share
    expect(share?.value).toBeCloseTo(40 / 60, 12)
    // Residuals 13.33 and 20 times -0.667 of 60: variance 0.0544 against 0.00377 of single draws, so 4.15 draws instead of 60.
    // Wilson on these begins at 0.2501; on 60 it would begin at 0.54.
    expect(share?.low).toBeCloseTo(0.2501, 3)
  })

  it('excludes and counts values that are too rare', () => {
    const profile = idealCustomerProfile(
      [industry],
      [...accounts(['software'], 20, 10), ...accounts(['mining'], 19, 19), ...accounts(['fishing'], 3, 0)],
    )
    expect(profile.attributes[0]).toMatchObject({
      values: [{ value: 'software' }],
      left_out: { values: 2, deals: 22, customers: 0 },
    })
  })

  it('separates retained and lost customers, and shows all five outcomes together', () => {
    const profile = idealCustomerProfile(
      [industry],
      [
        ...accounts(['software'], 40, 20),
        ...accounts(['software'], 10, 9, ['renewed', 'churned']),
        ...accounts(['software'], 10, 9, ['expanded', 'churned']),
      ],
    )
    expect(profile.attributes[0]?.values[0]).toMatchObject({
      deals: { count: 40, good: 20 },
      customers: { count: 20, good: 18 },
      overall: { count: 60, good: 38 },
    })
    expect(profile.win_rate).toBe(0.5)
  })

  it('puts a number into four bands of equally many deals, upwards, and each value into one of them', () => {
    const examples = [10, 20, 30, 40, 50, 60, 70, 80].flatMap((size) => accounts([size], 20, size / 10))
    const values = idealCustomerProfile([employees], examples).attributes[0]?.values ?? []
    expect(values.map(({ value, deals }) => [value, deals.count, deals.good])).toEqual([
      ['10 to 20', 40, 3],
      ['30 to 40', 40, 7],
      ['50 to 60', 40, 11],
      ['70 to 80', 40, 15],
    ])
  })

  it('has one band for a constant number', () => {
    const values = idealCustomerProfile([employees], accounts([250], 30, 10)).attributes[0]?.values ?? []
    expect(values.map(({ value, deals }) => [value, deals.count])).toEqual([['250', 30]])
  })

  it('counts an account under each member of a set', () => {
    const profile = idealCustomerProfile(
      [technologies],
      [...accounts([['aws', 'salesforce']], 30, 20), ...accounts([['aws']], 30, 10)],
    )
    const counts = profile.attributes[0]?.values.map(({ value, deals }) => [value, deals.count, deals.good])
    expect(counts).toEqual([
      ['salesforce', 30, 20],
      ['aws', 60, 30],
    ])
  })

  it("has the model's view beside it: the mean of what it adds", () => {
    const profile = idealCustomerProfile(
      [industry],
      [...accounts(['software'], 10, 5, undefined, [0.5]), ...accounts(['software'], 10, 5, undefined, [0.3])],
    )
    expect(profile.attributes[0]?.values[0]?.model_log_odds).toBeCloseTo(0.4, 12)
  })

  it('of a company without deals is empty', () => {
    expect(idealCustomerProfile([industry], [])).toEqual({
      win_rate: null,
      deals: 0,
      attributes: [
        { attribute: 'industry', noun: 'industry', values: [], left_out: { values: 0, deals: 0, customers: 0 } },
      ],
      compared: 0,
    })
  })
})

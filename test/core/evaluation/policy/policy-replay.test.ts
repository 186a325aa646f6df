import { describe, expect, it } from 'vitest'
import { clusteredDifference, clusteredShare } from '../../../../src/core/statistics/clustered-proportion.ts'
import type { ReplayDeal, ReplayRow } from '../../../../src/core/evaluation/policy/policy-replay-listing.ts'
import { PolicyReplay } from '../../../../src/core/evaluation/policy/policy-replay-report.ts'
import { countReentries, wasWorked } from '../../../../src/core/evaluation/policy/policy-replay-views.ts'
import { replayPolicy } from '../../../../src/core/evaluation/policy/policy-replay.ts'
import { BEGINNING } from '../../../../src/core/base/time.ts'
import { at, event } from '../../features/support.ts'

const options = {
  asOf: at('2025-01-01'),
  capacityPerMonth: 2,
  openWithinDays: 90,
  wonWithinDays: 180,
  coolDownDays: 90,
  threshold: null,
}

const row = (id: string, month: string, probability: number | null, points = 0, worked = false): ReplayRow => ({
  id,
  month: at(month),
  probability,
  points,
  mqlQualified: points >= 46,
  worked,
})

const deal = (id: string, openedAt: string, changes: Partial<ReplayDeal> = {}): ReplayDeal => ({
  key: `${id} ${openedAt}`,
  id,
  openedAt: at(openedAt),
  closedAt: at('2024-06-01'),
  outcome: 'won',
  amount: 1000,
  accountKnownAt: BEGINNING,
  firstFactAt: BEGINNING,
  ...changes,
})

/** The example of policy-replay.ts. */
const rows = [
  row('a', '2024-01-01', 0.9),
  row('b', '2024-01-01', 0.5, 60, true),
  row('c', '2024-01-01', 0.4),
  row('d', '2024-01-01', 0.1, 50, true),
  row('a', '2024-02-01', 0.9),
  row('b', '2024-02-01', 0.5, 60),
  row('c', '2024-02-01', 0.4, 46),
  row('d', '2024-02-01', 0.1),
]
const deals = [
  deal('a', '2024-02-10', { amount: 100_000 }),
  deal('b', '2024-01-20', { outcome: 'lost' }),
  deal('c', '2024-02-25', { amount: 20_000 }),
  deal('stranger', '2024-02-15', { accountKnownAt: at('2024-02-15') }),
]
const replay = replayPolicy(rows, deals, options)

describe('the policy replay', () => {
  it('gives both lists the same number of new accounts each month', () => {
    expect(replay.months).toMatchObject([
      { month: '2024-01-01', accounts: 4, listed: 2, model_opened: 2, model_won: 1, rule_opened: 1, rule_won: 0 },
      { month: '2024-02-01', accounts: 4, listed: 1, model_opened: 1, model_won: 1, rule_opened: 1, rule_won: 1 },
    ])
    expect(replay.model).toMatchObject({ listed: 3, accounts: 3, opened: 3, won: 2, won_revenue: 120_000 })
    expect(replay.rule).toMatchObject({ listed: 3, accounts: 3, opened: 2, won: 1, won_revenue: 20_000 })
    expect(PolicyReplay.parse(replay)).toEqual(replay)
  })

  it('says how many days before the opening an account was listed: 40, 19 and 24', () => {
    expect(replay.model.head_start_days).toEqual({ median: 24, mean: 83 / 3 })
    expect(replay.rule?.head_start_days).toEqual({ median: 21.5, mean: 21.5 })
  })

  it('states what happened, not the effect of working the list', () => {
    // 2 of 3 accounts, each its own cluster: Wilson's interval on 3 draws.
    expect(replay.model.sentence).toBe(
      'Of 100 accounts listed, 66.7 later won, whether or not sales worked them (95% interval 20.8 to 93.9).',
    )
    expect(replay.caution).toMatch(/cannot show the result of working the model's list/)
  })

  it('counts the won deals listed beforehand, and those that no list could contain', () => {
    expect(replay.wins).toEqual({
      won_deals: 3,
      account_not_known: 1,
      no_fact_before: 0,
      had_open_opportunity: 0,
      could_be_listed: 2,
    })
    expect(replay.model.wins_listed_beforehand).toBe(2)
    expect(replay.model.share_of_wins_listed.value).toBeCloseTo(2 / 3, 12)
    expect(replay.rule?.wins_listed_beforehand).toBe(1)
  })

  it('splits by who listed an account and whether it was worked already', () => {
    const cells = replay.split.map((cell) => [cell.listed_by, cell.already_worked, cell.cases, cell.opened, cell.won])
    expect(cells).toEqual([
      ['both', true, 1, 1, 0], // b
      ['both', false, 1, 1, 1], // c
      ['model_only', true, 0, 0, 0],
      ['model_only', false, 1, 1, 1], // a
      ['rule_only', true, 1, 0, 0], // d
      ['rule_only', false, 0, 0, 0],
    ])
  })

  it('does not depend on the order of rows or deals', () => {
    expect(replayPolicy(rows.toReversed(), deals.toReversed(), options)).toEqual(replay)
  })

  it('excludes months whose outcomes are right-censored, and rows without a model', () => {
    // 2024-02-01 + 90 + 180 days = 2024-10-28.
    const early = replayPolicy([...rows, row('e', '2024-01-01', null)], deals, { ...options, asOf: at('2024-10-27') })
    expect(early).toMatchObject({ months_not_mature: 1, without_probability: 1, model: { listed: 2 } })
    expect(replayPolicy(rows, deals, { ...options, asOf: at('2024-10-28') }).months_not_mature).toBe(0)
  })

  it('lists an account again after its cool-down, and counts each deal once', () => {
    const again = ['2024-01-01', '2024-02-01', '2024-04-01'].map((month) => row('a', month, 0.9, 60))
    const twice = replayPolicy(again, [deal('a', '2024-03-20'), deal('a', '2024-04-20')], {
      ...options,
      coolDownDays: 30,
    })
    // In the windows of January and February: the deal of 20 March counts for January's entry only.
    expect(twice.model).toMatchObject({ listed: 3, accounts: 1, opened: 2, won: 2 })
    expect(replayPolicy(again, [], options).model.listed).toBe(2)
  })

  it('replays the model at its own threshold too', () => {
    const own = replayPolicy(rows, deals, { ...options, threshold: 0.4 }).model_at_threshold
    expect(own).toMatchObject({ threshold: 0.4, listed: 3, opened: 3, won: 2 })
    expect(replay.model_at_threshold).toBeNull()
  })

  it('lists by the model alone where the company has no rule', () => {
    const alone = replayPolicy(
      rows.map((each) => ({ ...each, mqlQualified: null, points: null })),
      deals,
      options,
    )
    expect(alone).toMatchObject({ rule: null, difference: null, split: [], model: { listed: 4 } })
  })

  it('calls a win late when it came after the time that the win model counts', () => {
    const late = deal('a', '2024-02-10', { closedAt: at('2024-08-08') })
    expect(replayPolicy(rows, [late], options).model).toMatchObject({ opened: 1, won: 0 })
    expect(replayPolicy(rows, [{ ...late, closedAt: at('2024-08-07') }], options).model.won).toBe(1)
  })

  it('counts wins without an earlier fact, and wins with an open deal, as wins that no list could contain', () => {
    const wins = replayPolicy(
      rows,
      [deal('x', '2024-02-10', { firstFactAt: at('2024-02-03') }), deal('busy', '2024-02-11')],
      options,
    ).wins
    expect(wins).toMatchObject({ won_deals: 2, no_fact_before: 1, had_open_opportunity: 1 })
  })
})

describe('flapping', () => {
  const months = ['2024-01-01', '2024-02-01', '2024-03-01', '2024-04-01']
  const standing = (pattern: string) =>
    countReentries(
      months.map((month, index) => (pattern[index] === ' ' ? [] : [row('a', month, pattern[index] === '1' ? 1 : 0)])),
      (each) => each.probability === 1,
    )

  it('is entering again one month after leaving', () => {
    expect(standing('1011')).toEqual({ entries: 2, re_entries: 1 })
    expect(standing('1001')).toEqual({ entries: 2, re_entries: 0 })
    expect(standing('0111')).toEqual({ entries: 1, re_entries: 0 })
  })

  it('excludes an absence with an open opportunity', () => {
    expect(standing('1 11')).toEqual({ entries: 2, re_entries: 0 })
  })
})

describe('worked', () => {
  it('is a touch of sales in the 30 days before', () => {
    expect(wasWorked({ reach: [event('sales_call', 29)] })).toBe(true)
    expect(wasWorked({ reach: [event('sales_call', 30)] })).toBe(false)
  })
})

describe('a share of entries', () => {
  it('has an interval from the effective number of independent entries', () => {
    // By hand in clustered-share.ts: 3 of 6, design effect 1.852, 3.24 draws.
    const share = clusteredShare([
      { count: 2, hits: 2 },
      { count: 2, hits: 0 },
      { count: 1, hits: 1 },
      { count: 1, hits: 0 },
    ])
    expect(share.value).toBe(0.5)
    expect(share.low).toBeCloseTo(0.1317, 4)
    expect(share.high).toBeCloseTo(0.8683, 4)
  })

  it('has a wide interval for 0 of 3 accounts, and counts accounts rather than entries', () => {
    // Wilson's upper bound of 0 of 3: z2 / (3 + z2) = 3.8415 / 6.8415
    expect(clusteredShare([1, 2, 3].map((count) => ({ count, hits: 0 })))).toEqual({
      value: 0,
      low: 0,
      high: expect.closeTo(0.5615, 4),
    })
    expect(clusteredShare([])).toEqual({ value: null, low: null, high: null })
  })

  it('differs from another by account: an account on both lists moves both', () => {
    const none = { count: 0, hits: 0 }
    const same = { count: 1, hits: 1 }
    const lost = { count: 1, hits: 0 }
    expect(
      clusteredDifference([
        [same, same],
        [lost, lost],
      ]),
    ).toEqual({ value: 0, low: 0, high: 0 })
    // Two accounts each: 1/2 - 0/2; residuals 0.25, -0.25, 0, 0: variance 4/3 * 0.125 = 1/6
    const apart = clusteredDifference([
      [same, none],
      [lost, none],
      [none, lost],
      [none, lost],
    ])
    expect(apart.value).toBe(0.5)
    expect(apart.high).toBeCloseTo(0.5 + 1.959964 * Math.sqrt(1 / 6), 5)
  })
})

import { describe, expect, it } from 'vitest'
import {
  type ThresholdRow,
  chooseThreshold,
  listUnderThresholds,
} from '../../../../src/core/evaluation/policy/policy-threshold.ts'
import { choosePolicy } from '../../../../src/core/evaluation/policy/policy-choice.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { addMonths, type Instant, instantPlusDays, type IsoDate, startOfDay } from '../../../../src/core/base/time.ts'

const month = (index: number): Instant => startOfDay(addMonths('2023-01-01' as IsoDate, index))
/** One account a letter; its probabilities month by month, and whether it would win. */
const rowsOf = (accounts: Record<string, readonly number[]>, winners = ''): readonly ThresholdRow[] =>
  Object.entries(accounts).flatMap(([id, own]) =>
    own.map((probability, index) => ({ id, month: month(index), probability, won: winners.includes(id) })),
  )
const COOL_DOWN = 90

describe('a list above a threshold', () => {
  it('lists an account again only after its cool-down', () => {
    // January, then 1 April (day 90), then 1 July (day 181): 31 + 28 + 31 = 90 days are just enough.
    const list = listUnderThresholds(rowsOf({ a: Array(7).fill(0.5) }, 'a'), () => 0.5, COOL_DOWN)
    expect(list).toMatchObject({ months: 7, entries: 3, known: 3, won: 3 })
    expect(listUnderThresholds(rowsOf({ a: Array(7).fill(0.5) }), () => 0.51, COOL_DOWN).entries).toBe(0)
  })

  it('lists no account in months without a threshold', () => {
    const thresholdAt = (at: Instant) => (at < month(2) ? null : 0.4)
    expect(listUnderThresholds(rowsOf({ a: [0.9, 0.9, 0.9] }), thresholdAt, COOL_DOWN)).toMatchObject({
      months: 1,
      entries: 1,
    })
  })
})

describe('the threshold', () => {
  // New entries over three months by threshold: 0.9: a; 0.8: + b; 0.7: + c; 0.1: + d. One account, one entry within 90 days.
  const rows = rowsOf({ a: [0.9, 0.9, 0.9], b: [0.2, 0.8, 0.8], c: [0.7, 0.1, 0.1], d: [0.1, 0.1, 0.1] })

  it('for a capacity is the lowest that lists no more new accounts a month', () => {
    const perMonth = (n: number) => chooseThreshold(rows, { kind: 'capacity', capacity: { perMonth: n } }, COOL_DOWN)
    expect(perMonth(1)).toMatchObject({ kind: 'chosen', threshold: 0.2, list: { entries: 3 } })
    expect(perMonth(2 / 3)).toMatchObject({ kind: 'chosen', threshold: 0.8, list: { entries: 2 } })
    expect(perMonth(0.1)).toMatchObject({ kind: 'none' })
    expect(perMonth(100)).toMatchObject({ threshold: 0.1, list: { entries: 4 } })
  })

  it('for a capacity counts the newest year only, and needs no outcomes', () => {
    const old = Array.from({ length: 20 }, (_, index) => (index < 8 ? 0.9 : 0.3))
    const unknown = rowsOf({ a: old, b: old }).map((row) => ({ ...row, won: null }))
    const choice = chooseThreshold(unknown, { kind: 'capacity', capacity: { perMonth: 1 } }, COOL_DOWN)
    expect(choice).toMatchObject({ threshold: 0.3, list: { months: 12, known: 0, wonShare: { value: null } } })
  })

  it('for a win rate is the lowest above which that share was won, on at least 20 entries', () => {
    const random = createRandom('thresholds')
    const many = Array.from({ length: 400 }, (_, index): readonly ThresholdRow[] => {
      const probability = (index + 0.5) / 400
      const won = random.next() < probability
      return [0, 1, 2].map((at) => ({ id: `a${index}`, month: month(at), probability, won }))
    }).flat()
    const half = chooseThreshold(many, { kind: 'win_rate', target: 0.75 }, COOL_DOWN)
    if (half.kind !== 'chosen') throw new Error('no threshold')
    // Above b the mean of a uniform probability is (1 + b) / 2: 0.75 at b = 0.5.
    expect(half.threshold).toBeGreaterThan(0.38)
    expect(half.threshold).toBeLessThan(0.62)
    expect(half.list.won / half.list.entries).toBeGreaterThanOrEqual(0.75)
    expect(
      chooseThreshold(
        many.map((row) => ({ ...row, won: Number(row.id.slice(1)) % 3 === 0 })),
        { kind: 'win_rate', target: 0.75 },
        COOL_DOWN,
      ),
    ).toMatchObject({
      kind: 'none',
      sentence: expect.stringContaining('no threshold with at least 20 entries'),
    })
    expect(() => chooseThreshold(many, { kind: 'win_rate', target: 1 }, COOL_DOWN)).toThrow('between 0 and 1, got 1')
  })

  it('for a cost ratio follows from the costs', () => {
    const choice = chooseThreshold(rows, { kind: 'cost', falsePositive: 1, falseNegative: 3 }, COOL_DOWN)
    expect(choice).toMatchObject({ threshold: 0.25, list: { entries: 3 } })
  })

  it('is not chosen on fewer than three months', () => {
    const two = rows.filter((row) => row.month < month(2))
    expect(chooseThreshold(two, { kind: 'cost', falsePositive: 1, falseNegative: 1 }, COOL_DOWN)).toEqual({
      kind: 'none',
      sentence: '2 months before it have probabilities; 3 are needed',
    })
  })
})

describe('the policy of a version', () => {
  const random = createRandom('policy')
  const accounts = Array.from({ length: 300 }, (_, index) => ({ id: `a${index}`, probability: random.next() / 4 }))
  const months = Array.from({ length: 24 }, (_, index) => month(index))
  const scored = months.flatMap((at) =>
    accounts.map(({ id, probability }) => ({
      id,
      month: at,
      probability,
      points: null,
      mqlQualified: null,
      worked: false,
    })),
  )
  // One that wins does so thirty days into a month, closed two days later.
  const deals = months.flatMap((at) =>
    accounts.flatMap(({ id, probability }) =>
      random.next() < probability / 3
        ? [
            {
              key: `${id} ${at}`,
              id,
              openedAt: instantPlusDays(at, 30),
              closedAt: instantPlusDays(at, 32),
              outcome: 'won' as const,
              amount: 1,
              accountKnownAt: month(0),
              firstFactAt: null,
            },
          ]
        : [],
    ),
  )
  const options = {
    asOf: month(24),
    openWithinDays: 90,
    wonWithinDays: 180,
    coolDownDays: COOL_DOWN,
    objective: { kind: 'capacity', capacity: { perMonth: 20 } },
    accountShare: 1,
  } as const
  const trial = choosePolicy(scored, deals, null, options)

  it('is chosen on the months before a quarter and evaluated on the quarter', () => {
    const { periods, pooled } = trial.choice
    expect(periods.map(({ from }) => from)).toEqual(
      months.filter((_, index) => index % 3 === 0).map((at) => at.slice(0, 10)),
    )
    expect(periods[0]).toMatchObject({ threshold: null, chosen_on: null, after: { entries: 0 } })
    expect(trial.thresholdAt(month(2))).toBeNull()
    expect(trial.thresholdAt(month(4))).toBe(periods[1]?.threshold)
    // Of 300 accounts, 20 a month with a cool-down of three months stand on the list: the top 60 (20%).
    const standing = accounts.filter(({ probability }) => probability >= (trial.choice.policy.enter ?? 1)).length
    expect(standing).toBeGreaterThan(50)
    expect(standing).toBeLessThan(70)
    expect(pooled.entries_per_month).toBeGreaterThan(15)
    expect(pooled.entries_per_month).toBeLessThan(30)
    expect(pooled.won_share.value).toBeGreaterThan(0.1)
  })

  it('does not use an outcome before it is known', () => {
    // By 2023-10-01 of the months before only January (2023-01-01 + 270 days = 2023-09-28) is complete.
    const chosen = trial.choice.periods[3]
    expect(chosen?.from).toBe('2023-10-01')
    const threshold = chosen?.threshold ?? 1
    const january = accounts.filter(({ probability }) => probability >= threshold).length
    expect(chosen?.chosen_on).toMatchObject({ months: 9, known: january })
  })

  it('is the same in another order of the rows, and states its basis', () => {
    const again = choosePolicy(scored.toReversed(), deals.toReversed(), null, options)
    expect(JSON.stringify(again.choice)).toBe(JSON.stringify(trial.choice))
    const { basis, stages } = trial.choice.policy
    expect(basis.enter).toMatch(
      /^the lowest threshold that lists at most 20 new accounts a month: over 12 months it lists \d/,
    )
    expect(basis.stages).toContain('multiples of the base rate are used')
    expect(stages).toEqual([])
  })

  it('counts a capacity by the share of the accounts that was read', () => {
    const half = choosePolicy(scored, deals, null, { ...options, accountShare: 0.5 }).choice
    const standing = accounts.filter(({ probability }) => probability >= (half.policy.enter ?? 1)).length
    expect(standing).toBeGreaterThan(25)
    expect(standing).toBeLessThan(35)
    expect(half.policy.basis.enter).toContain('estimated from 50% of the accounts')
  })
})

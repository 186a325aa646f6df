import { describe, expect, it } from 'vitest'
import { type BacktestPlan, planFolds } from '../../../../../src/core/evaluation/backtest/folds/folds.ts'
import type { BacktestRow } from '../../../../../src/core/evaluation/backtest/types.ts'
import { addDays, type IsoDate, instantPlusDays } from '../../../../../src/core/base/time.ts'
import { at, row } from '../support.ts'

/** One opportunity every day from a day on; every third is won. */
function daily(from: string, days: number): BacktestRow[] {
  return Array.from({ length: days }, (_, index) => {
    const day = addDays(from as IsoDate, index)
    return row(day, at(day), index % 3 === 0)
  })
}

function planned(plan: BacktestPlan) {
  if (plan.kind !== 'planned') throw new Error(`expected a plan, got ${JSON.stringify(plan)}`)
  return plan.folds
}

describe('the walk forward', () => {
  // 2022-01-01 to 2024-03-01: 26 months, the example of the comments.
  const rows = daily('2022-01-01', 790)
  const options = { labelWindowDays: 180, dataEnd: at('2024-03-01') }
  const folds = planned(planFolds(rows, options))
  const keysOf = (positions: Int32Array) => Array.from(positions, (position) => rows[position]!.key)

  it('26 months are just enough for four folds of two months with a 180-day label', () => {
    expect(folds.map(({ split }) => split.slice(0, 10))).toEqual([
      '2023-01-01',
      '2023-03-01',
      '2023-05-01',
      '2023-07-01',
    ])
    expect(folds.map(({ months }) => months)).toEqual([2, 2, 2, 2])
    expect(folds[3]?.end).toBeNull()
  })

  it('trains on rows whose label window has ended by the split, to the day', () => {
    // 2022-09-02 + 180 days = 2023-03-01: the window [2022-09-02, 2023-03-01) ends at the split.
    expect(keysOf(folds[1]!.train).at(-1)).toBe('2022-09-02')
    expect(folds[1]!.train).toHaveLength(245)
  })

  it('leaves out, and counts, what opened within a label window before the split', () => {
    // 2022-09-03 to 2023-02-28: 179 days.
    expect(folds[1]!.leftOut.not_mature_at_split).toBe(179)
  })

  it('excludes them whether closed or not: an early outcome changes nothing', () => {
    const closedEarly = rows.map((one) => (one.key === '2022-12-24' ? { ...one, won: !one.won } : one))
    expect(planned(planFolds(closedEarly, options))[1]!.train).toEqual(folds[1]!.train)
  })

  it('tests on rows as of the split up to the next one, and at the end on those with a complete label', () => {
    expect(keysOf(folds[1]!.test)).toHaveLength(61) // March and April
    expect(keysOf(folds[1]!.test)[0]).toBe('2023-03-01')
    // 2023-09-03 + 180 days = 2024-03-01, the end of the data.
    expect(keysOf(folds[3]!.test).at(-1)).toBe('2023-09-03')
    expect(folds[3]!.leftOut.not_mature_at_end).toBe(rows.length - 1 - rows.findIndex((r) => r.key === '2023-09-03'))
  })

  it('each row is tested at most once, by a model that trained only on earlier rows', () => {
    const tested = folds.flatMap(({ test }) => Array.from(test))
    expect(new Set(tested).size).toBe(tested.length)
    for (const { train, test, split } of folds) {
      for (const position of train) expect(instantPlusDays(rows[position]!.openedAt, 180) <= split).toBe(true)
      for (const position of test) expect(rows[position]!.asOf >= split).toBe(true)
    }
  })

  it('a row described before the split that opened after it is in neither part', () => {
    const described = row('late', at('2023-03-10'), true, { asOf: at('2023-02-01') })
    const withIt = [...rows, described].toSorted((a, b) => (a.asOf < b.asOf ? -1 : a.asOf > b.asOf ? 1 : 0))
    const fold = planned(planFolds(withIt, options))[1]!
    expect(fold.leftOut.described_before_split).toBe(1)
    expect([...fold.train, ...fold.test].map((position) => withIt[position]!.key)).not.toContain('late')
  })

  it('a longer history gives longer folds, at most six, and a first model that learned from a third of it', () => {
    // 60 months; whole months with a label end on 2026-07-01: 54 of them. A third is 18, complete on 2023-12-28.
    const long = planned(planFolds(daily('2022-01-01', 1826), { labelWindowDays: 180, dataEnd: at('2027-01-01') }))
    expect(long).toHaveLength(6)
    expect(long[0]?.split).toBe(at('2024-01-01'))
    expect(long.map(({ months }) => months)).toEqual([5, 5, 5, 5, 5, 5])
  })
})

describe('what cannot be planned', () => {
  it('25 months are one too few', () => {
    const plan = planFolds(daily('2022-01-01', 760), { labelWindowDays: 180, dataEnd: at('2024-02-01') })
    expect(plan).toMatchObject({ kind: 'too_little_history', monthsHeld: 25, monthsNeeded: 26, monthsMissing: 1 })
  })

  it('a 90-day label needs fewer', () => {
    // Six months to learn from until 2022-07-01, complete on 2022-09-29: first split 2022-10-01. Four folds of two
    // months end on 2023-06-01, complete on 2023-08-30: 20 months.
    const rows = daily('2022-01-01', 640).map((one) => ({ ...one, maturesAt: instantPlusDays(one.openedAt, 90) }))
    const plan = (end: string) => planFolds(rows, { labelWindowDays: 90, dataEnd: at(end) })
    const enough = plan('2023-09-01')
    expect(enough.kind).toBe('planned')
    expect(plan('2023-08-01')).toMatchObject({ kind: 'too_little_history', monthsMissing: 1 })
  })

  it('one outcome only', () => {
    const lost = daily('2022-01-01', 790).map((one) => ({ ...one, won: false }))
    const plan = planFolds(lost, { labelWindowDays: 180, dataEnd: at('2024-03-01') })
    expect(plan).toMatchObject({ kind: 'one_outcome', won: 0 })
  })

  it('fewer than 40 won', () => {
    const rare = daily('2022-01-01', 790).map((one, index) => ({ ...one, won: index < 39 }))
    const plan = planFolds(rare, { labelWindowDays: 180, dataEnd: at('2024-03-01') })
    expect(plan).toMatchObject({ kind: 'too_few', won: 39, needed: { won: 40, lost: 40 } })
  })

  it('enough won, but too late for a first fold: names the number of missing months', () => {
    // One won in twenty days: 13 complete at the first possible split, 12 months in, 27 more take 25 months.
    const slow = daily('2022-01-01', 1000).map((one, index) => ({ ...one, won: index % 19 === 0 }))
    const plan = planFolds(slow, { labelWindowDays: 180, dataEnd: at('2024-09-01') })
    expect(plan.kind).toBe('too_little_history')
    if (plan.kind === 'too_little_history') expect(plan.monthsMissing).toBeGreaterThan(5)
  })
})

import { describe, expect, it } from 'vitest'
import { type Fold, planFolds } from '../../../../../src/core/training/logistic/validation/folds.ts'
import type { TrainingRow } from '../../../../../src/core/training/logistic/types.ts'
import { instantPlusDays, parseInstant } from '../../../../../src/core/base/time.ts'
import { rowOf } from '../support.ts'

const options = { labelWindowDays: 180, seed: 7 }

/** One row a day, every third won. */
function daily(days: number): TrainingRow[] {
  return Array.from({ length: days }, (_, day) => rowOf([day], day % 3 === 0, day))
}

const members = (fold: Fold, rows: readonly TrainingRow[]) => ({
  train: [...fold.train].map((row) => rows[row]!),
  test: [...fold.test].map((row) => rows[row]!),
})

describe('dated rows', () => {
  const rows = daily(900)
  const plan = planFolds(rows, options)

  it('are split in time, with as many folds as asked for', () => {
    expect(plan).toMatchObject({ method: 'time_ordered', reason: null })
    expect(plan.folds).toHaveLength(5)
  })

  it('train only on outcomes complete before the first tested as-of', () => {
    for (const fold of plan.folds) {
      const { train, test } = members(fold, rows)
      const earliestTest = test.map((row) => row.asOf).toSorted()[0]!
      for (const row of train) expect(instantPlusDays(row.openedAt, 180) < earliestTest).toBe(true)
    }
  })

  it('leave out the label window before each split, and count it', () => {
    // One row a day: opened on the 180 days before the split (the first of them completes on the split day itself)
    for (const fold of plan.folds) expect(fold.leftOut).toBe(180)
  })

  it('test each later row exactly once', () => {
    const tested = plan.folds.flatMap((fold) => [...fold.test])
    expect(new Set(tested).size).toBe(tested.length)
    expect(Math.max(...tested)).toBe(899)
    // The first fold trains on 30% of the rows and leaves 180 out
    expect(tested.length).toBe(900 - 270 - 180)
  })

  it('keep a row out of both parts when it was as of before the split and opened after it', () => {
    const split = plan.folds[1]!.split!
    const straddling = rows.map((row) =>
      row.asOf === instantPlusDays(split, -1) ? { ...row, openedAt: instantPlusDays(split, 20) } : row,
    )
    const position = straddling.findIndex((row) => row.openedAt !== row.asOf)
    const fold = planFolds(straddling, options).folds[1]!
    expect(fold.split).toBe(split)
    expect([...fold.train, ...fold.test]).not.toContain(position)
  })

  it('of one month stay together', () => {
    const months = Array.from({ length: 1200 }, (_, index) => {
      const asOf = parseInstant(
        `20${20 + Math.floor(index / 480)}-${String((Math.floor(index / 40) % 12) + 1).padStart(2, '0')}-01T00:00:00Z`,
      )!
      return { ...rowOf([1], index % 4 === 0, 0, `a${index % 40}`), asOf, openedAt: asOf }
    })
    const monthly = planFolds(months, { labelWindowDays: 90, seed: 1 })
    expect(monthly.method).toBe('time_ordered')
    const monthsOf = monthly.folds.map((fold) => new Set(members(fold, months).test.map((row) => row.asOf)))
    for (const [index, own] of monthsOf.entries())
      for (const other of monthsOf.slice(index + 1)) expect(own.isDisjointFrom(other)).toBe(true)
  })

  it('fall back to folds of accounts when the history is shorter than the label window, and say so', () => {
    const short = planFolds(daily(150), options)
    expect(short.method).toBe('by_account')
    expect(short.reason).toContain('180 days')
  })
})

describe('undated rows', () => {
  // 60 accounts of three rows each, all on one day
  const rows = Array.from({ length: 180 }, (_, index) => rowOf([index], index % 5 === 0, 0, `account-${index % 60}`))

  it('never split an account between both parts', () => {
    const plan = planFolds(rows, options)
    expect(plan).toMatchObject({ method: 'by_account', reason: 'all rows have the same date' })
    for (const fold of plan.folds) {
      const { train, test } = members(fold, rows)
      const trained = new Set(train.map((row) => row.id))
      expect(test.filter((row) => trained.has(row.id))).toEqual([])
      expect(train.length + test.length).toBe(180)
    }
  })

  it('share the accounts that won among the folds', () => {
    // 12 accounts have a win: two or three in each of five folds
    for (const fold of planFolds(rows, options).folds) {
      const winners = new Set(
        members(fold, rows)
          .test.filter((row) => row.won)
          .map((row) => row.id),
      )
      expect([2, 3]).toContain(winners.size)
    }
  })

  it('are dealt by the seed', () => {
    const testOf = (seed: number) => [...planFolds(rows, { ...options, seed }).folds[0]!.test]
    expect(testOf(1)).toEqual(testOf(1))
    expect(testOf(1)).not.toEqual(testOf(2))
  })
})

import { describe, expect, it } from 'vitest'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import { copiesOf } from '../../../../src/core/evaluation/leakage/duplicates.ts'
import { checkPermutations, permutationFinding } from '../../../../src/core/evaluation/leakage/permutations.ts'
import { isRound, roundnessOf } from '../../../../src/core/evaluation/leakage/roundness.ts'
import { missingnessOf, separationOf } from '../../../../src/core/evaluation/leakage/separation.ts'
import {
  aucError,
  correlation,
  partialCorrelation,
  ranksOf,
  shareError,
} from '../../../../src/core/evaluation/leakage/statistics.ts'
import { type TrainResult, trainLogistic } from '../../../../src/core/training/logistic/train.ts'
import { applyModel, compileModel } from '../../../../src/core/training/logistic/logistic-model.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { at } from '../../features/support.ts'

const column = (name: string, kind: FeatureColumn['kind'] = 'number'): FeatureColumn => ({
  name,
  family: 'engagement',
  kind,
  transform: 'none',
  sign: null,
})

describe('statistics of the audit', () => {
  it('rank with ties at their mean and correlate by rank', () => {
    expect([...ranksOf([10, 30, 20, 20])]).toEqual([1, 4, 2.5, 2.5])
    // Spearman of (1,2,3,4) and (1,2,4,3): 1 - 6 * 2 / (4 * 15) = 0.8
    expect(correlation(ranksOf([1, 2, 3, 4]), ranksOf([1, 2, 4, 3]))).toBeCloseTo(0.8, 12)
    expect(correlation([1, 1], [1, 2])).toBe(0)
  })

  it('partial out a third number from a correlation', () => {
    // (0.6 - 0.5 * 0.4) / sqrt(0.75 * 0.84)
    expect(partialCorrelation(0.6, 0.5, 0.4)).toBeCloseTo(0.4 / Math.sqrt(0.63), 12)
    expect(partialCorrelation(1, 1, 1)).toBe(0)
  })

  it('have the error of Hanley and McNeil for an AUC', () => {
    // A = 0.8, 50 and 100: q1 = 2/3, q2 = 0.7111; (0.16 + 49 * 0.026667 + 99 * 0.071111) / 5000
    expect(aucError(0.8, 50, 100)).toBeCloseTo(
      Math.sqrt((0.16 + 49 * (2 / 3 - 0.64) + 99 * (1.28 / 1.8 - 0.64)) / 5000),
      12,
    )
  })

  it('find no difference between two zero rates', () => {
    // (1/12 * 11/12) / 12 on both sides
    expect(shareError(0, 10, 0, 10)).toBeCloseTo(Math.sqrt((2 * (11 / 144)) / 12), 12)
  })
})

describe('a feature alone', () => {
  const rows = Array.from({ length: 80 }, (_, index) => ({
    id: `a${index}`,
    won: index < 40,
    values: [index < 40 ? 1 : index < 60 ? 1 : 0, index < 30 ? null : 5, index < 40 ? ['x'] : ['y']],
  }))

  it('separates by its AUC, in which ties count half', () => {
    // All won have 1, half of the lost too: 0.5 + 0.5 * 0.5
    expect(separationOf(column('n'), 0, rows)?.auc).toBe(0.75)
    expect(separationOf(column('s', 'set'), 2, rows)?.auc).toBe(1)
  })

  it('is not checked if too few rows have a value', () => {
    expect(separationOf(column('n'), 1, rows)).toBeNull()
  })

  it('has a rate of missing values per outcome', () => {
    expect(missingnessOf(1, rows)).toMatchObject({ won: 0.75, lost: 0 })
  })

  it('does not separate by unique levels: an id alone is not a leak', () => {
    const ids = rows.map((row) => ({ ...row, values: [row.id] }))
    expect(separationOf(column('id', 'category'), 0, ids)?.auc).toBe(0.5)
  })
})

describe('roundness', () => {
  it('means two digits followed by zeros', () => {
    expect([12_000, 120, 100, 990_000].map(isRound)).toEqual([true, true, true, true])
    expect([12_345, 125, 199.9, 101].map(isRound)).toEqual([false, false, false, false])
  })

  it('is compared among numbers of one length, once for each account', () => {
    // Longer numbers are all round here, won or not; among the short ones nobody is.
    const rows = Array.from({ length: 200 }, (_, index) => ({
      id: `a${index % 100}`,
      won: index % 100 < 40,
      values: [index % 2 === 0 ? 50_000 : 333],
    }))
    expect(roundnessOf(0, rows)).toMatchObject({ won: expect.closeTo(0.5, 1), lost: expect.closeTo(0.5, 1) })
    expect((roundnessOf(0, rows)?.lost ?? 1) - (roundnessOf(0, rows)?.won ?? 0)).toBe(0)
  })
})

describe('copies across a split', () => {
  const columns = [column('a'), column('b'), column('c')]
  const row = (id: string, ...values: number[]) => ({ id, won: false, values })

  it('are rows with the content of a row of another account', () => {
    const rows = [row('old', 1, 2, 3), row('other', 9, 9, 9), row('new', 1, 2, 3), row('old', 1, 2, 3)]
    expect(copiesOf(columns, rows, [false, false, true, true])).toEqual([{ id: 'new', like: 'old' }])
  })

  it('exclude rows that are equal by chance among many similar ones', () => {
    const rows = [row('x', 0, 0, 0), row('y', 0, 0, 1), row('z', 1, 0, 0), row('new', 0, 0, 0)]
    expect(copiesOf(columns, rows, [false, false, false, true])).toEqual([])
  })
})

describe('shuffled labels', () => {
  const random = createRandom('rows')
  const example = (index: number) => ({
    id: `a${index}`,
    asOf: at('2024-01-01'),
    openedAt: at('2024-01-01'),
    weight: 1,
    values: [random.normal()],
    won: index % 3 === 0,
  })
  const train = Array.from({ length: 300 }, (_, index) => example(index))
  const test = Array.from({ length: 150 }, (_, index) => example(index + 300))
  type Row = (typeof train)[number]

  it('give a pipeline without leakage an AUC of 0.5', () => {
    const fit = (own: readonly Row[], others: readonly Row[]) => {
      const result: TrainResult = trainLogistic(
        { columns: [column('n')], rows: own },
        { labelWindowDays: 90, penalties: [10], foldCount: 2 },
      )
      if (result.kind !== 'trained') throw new Error(result.kind)
      const compiled = compileModel(result.model)
      return others.map((row) => applyModel(compiled, row.values).probability)
    }
    const check = checkPermutations(train, test, fit)
    expect(check).toMatchObject({ permutations: 20, passed: true })
    expect(permutationFinding(check)).toEqual([])
  })

  it('reveal a pipeline that used the labels of the test rows', () => {
    // It remembers by id, and the test rows have slipped into its training rows.
    const leaky = (own: readonly Row[], others: readonly Row[]) => {
      const memory = new Map([...own, ...others.slice(0, 50)].map((row) => [row.id, row.won ? 1 : 0]))
      return others.map((row) => memory.get(row.id) ?? 0.3)
    }
    const check = checkPermutations(train, test, leaky)
    expect(check).toMatchObject({ passed: false, repeated: true })
    expect(permutationFinding(check)).toMatchObject([{ kind: 'pipeline_knows_labels', severity: 'critical' }])
  })
})

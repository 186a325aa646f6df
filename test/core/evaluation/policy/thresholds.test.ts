import { describe, expect, it } from 'vitest'
import { chooseThreshold, costThreshold } from '../../../../src/core/evaluation/policy/thresholds.ts'
import { predictions } from '../backtest/predictions.ts'

// 20 rows at 0.6 of which 12 won, 30 at 0.3 of which 8 won, 50 at 0.1 of which 5 won.
const rows = predictions([
  [0.6, 20, 12],
  [0.3, 30, 8],
  [0.1, 50, 5],
])

describe('a threshold for a target win rate', () => {
  it('is the lowest one above which the target was observed', () => {
    // Above 0.6: 12 / 20 = 0.6. Above 0.3: 20 / 50 = 0.4. Above 0.1: 25 / 100.
    expect(chooseThreshold(rows, { kind: 'win_rate', target: 0.4 })).toMatchObject({ threshold: 0.3, listed: 50 })
    expect(chooseThreshold(rows, { kind: 'win_rate', target: 0.41 })).toMatchObject({ threshold: 0.6, listed: 20 })
  })

  it('uses observed rates, not predicted ones', () => {
    const boastful = predictions([
      [0.9, 40, 10],
      [0.2, 40, 2],
    ])
    expect(chooseThreshold(boastful, { kind: 'win_rate', target: 0.5 })).toMatchObject({
      kind: 'unreachable',
      bestRate: 0.25,
    })
  })

  it('requires a minimum number of rows', () => {
    const lucky = predictions([
      [0.9, 5, 5],
      [0.3, 30, 6],
    ])
    // 5 of 5 is no evidence; 11 of 35 is 0.314.
    expect(chooseThreshold(lucky, { kind: 'win_rate', target: 0.5 }).kind).toBe('unreachable')
  })
})

describe('a threshold for a capacity', () => {
  it('lists at most its number of accounts a month', () => {
    // 26 a month over two months: 52. The threshold 0.3 lists 50, 0.1 would list 100.
    const objective = { kind: 'capacity', capacity: { perMonth: 26 } } as const
    expect(chooseThreshold(rows, objective)).toMatchObject({ threshold: 0.3, listed: 50, observedRate: 0.4 })
  })

  it('is absent, with a reason, if even the highest group exceeds the capacity', () => {
    const objective = { kind: 'capacity', capacity: { share: 0.1 } } as const
    const choice = chooseThreshold(rows, objective)
    expect(choice).toMatchObject({ kind: 'unreachable', bestRate: 0.6 })
  })
})

describe('a threshold from costs', () => {
  it('is C_fp / (C_fp + C_fn)', () => {
    expect(costThreshold({ falsePositive: 1, falseNegative: 4 })).toBe(0.2)
    expect(chooseThreshold(rows, { kind: 'cost', falsePositive: 1, falseNegative: 4 })).toMatchObject({
      threshold: 0.2,
      listed: 50,
      observedRate: 0.4,
    })
    expect(() => costThreshold({ falsePositive: 0, falseNegative: 4 })).toThrow('costs must be above 0')
  })
})

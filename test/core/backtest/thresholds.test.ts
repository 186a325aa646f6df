import { describe, expect, it } from 'vitest'
import { chooseStages, stageAt } from '../../../src/core/backtest/stages.ts'
import { chooseThreshold, costThreshold, type Predictions } from '../../../src/core/backtest/thresholds.ts'

/** Groups of rows with one probability: how many, and how many of them won. */
function predictions(groups: readonly (readonly [number, number, number])[], months = 2): Predictions {
  const rows = groups.flatMap(([probability, count, won]) =>
    Array.from({ length: count }, (_, index) => ({ probability, won: index < won })),
  )
  return {
    probabilities: Float64Array.from(rows, (row) => row.probability),
    won: Uint8Array.from(rows, (row) => (row.won ? 1 : 0)),
    weights: new Float64Array(rows.length).fill(1),
    months,
  }
}

// 20 rows at 0.6 of which 12 won, 30 at 0.3 of which 8 won, 50 at 0.1 of which 5 won.
const rows = predictions([
  [0.6, 20, 12],
  [0.3, 30, 8],
  [0.1, 50, 5],
])

describe('a bar for a target win rate', () => {
  it('is the lowest one above which the target was observed', () => {
    // Above 0.6: 12 / 20 = 0.6. Above 0.3: 20 / 50 = 0.4. Above 0.1: 25 / 100.
    expect(chooseThreshold(rows, { kind: 'win_rate', target: 0.4 })).toMatchObject({ threshold: 0.3, listed: 50 })
    expect(chooseThreshold(rows, { kind: 'win_rate', target: 0.41 })).toMatchObject({ threshold: 0.6, listed: 20 })
  })

  it('goes by what was observed, not by what was predicted', () => {
    const boastful = predictions([
      [0.9, 40, 10],
      [0.2, 40, 2],
    ])
    expect(chooseThreshold(boastful, { kind: 'win_rate', target: 0.5 })).toMatchObject({
      kind: 'unreachable',
      bestRate: 0.25,
    })
  })

  it('does not rest on a handful of rows', () => {
    const lucky = predictions([
      [0.9, 5, 5],
      [0.3, 30, 6],
    ])
    // 5 of 5 is no evidence; 11 of 35 is 0.314.
    expect(chooseThreshold(lucky, { kind: 'win_rate', target: 0.5 }).kind).toBe('unreachable')
  })
})

describe('a bar for a capacity', () => {
  it('lists at most so many a month', () => {
    // 26 a month over two months: 52. The bar 0.3 lists 50, 0.1 would list 100.
    const objective = { kind: 'capacity', capacity: { perMonth: 26 } } as const
    expect(chooseThreshold(rows, objective)).toMatchObject({ threshold: 0.3, listed: 50, observedRate: 0.4 })
  })

  it('says so when even the highest group is more than can be worked', () => {
    const objective = { kind: 'capacity', capacity: { share: 0.1 } } as const
    const choice = chooseThreshold(rows, objective)
    expect(choice).toMatchObject({ kind: 'unreachable', bestRate: 0.6 })
  })
})

describe('a bar from costs', () => {
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

describe('buying stages', () => {
  it('begin at 1, 2, 4 and 8 times the base rate where there are enough accounts', () => {
    // Base rate 100 / 1000 = 0.1.
    const stages = chooseStages(
      predictions([
        [0.85, 40, 34],
        [0.5, 40, 20],
        [0.25, 80, 18],
        [0.15, 80, 11],
        [0.02, 760, 17],
      ]),
    )
    expect(stages.map(({ stage }) => stage)).toEqual(['target', 'awareness', 'consideration', 'decision', 'purchase'])
    expect(stages.map(({ from }) => from)).toEqual([0, 0.1, 0.2, 0.4, 0.8])
    expect(stages.map(({ openingRate }) => openingRate)).toEqual([17 / 760, 11 / 80, 18 / 80, 0.5, 0.85])
  })

  it('a boundary that leaves too few accounts above it is lowered', () => {
    // Nobody reaches 8 or 4 times 0.1: the twenty at 0.35 become purchase, the next twenty decision.
    const stages = chooseStages(
      predictions([
        [0.35, 20, 9],
        [0.3, 20, 7],
        [0.25, 60, 15],
        [0.15, 100, 14],
        [0.05, 800, 55],
      ]),
    )
    expect(stages.map(({ stage, from }) => [stage, from])).toEqual([
      ['target', 0],
      ['awareness', 0.1],
      ['consideration', 0.2],
      ['decision', 0.3],
      ['purchase', 0.35],
    ])
  })

  it('a stage whose accounts do not open more often is merged into the one below', () => {
    const stages = chooseStages(
      predictions([
        [0.85, 40, 14],
        [0.5, 40, 20],
        [0.25, 80, 18],
        [0.15, 80, 31],
        [0.02, 760, 17],
      ]),
    )
    // Purchase opened less often than decision, consideration less often than awareness: both go down one.
    expect(stages.map(({ stage }) => stage)).toEqual(['target', 'awareness', 'decision'])
    const rates = stages.map(({ openingRate }) => openingRate)
    expect(rates).toEqual([17 / 760, 49 / 160, 34 / 80])
  })

  it('noise has one stage', () => {
    const stages = chooseStages(
      predictions([
        [0.12, 200, 20],
        [0.1, 200, 20],
        [0.08, 200, 20],
      ]),
    )
    expect(stages).toMatchObject([{ stage: 'target', from: 0, share: 1 }])
  })

  it('an account is in the highest stage that it reaches', () => {
    const boundaries = chooseStages(
      predictions([
        [0.5, 100, 50],
        [0.02, 900, 18],
      ]),
    )
    expect(stageAt(boundaries, 0.5)).not.toBe('target')
    expect(stageAt(boundaries, 0.001)).toBe('target')
  })
})

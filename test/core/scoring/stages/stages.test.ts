import { describe, expect, it } from 'vitest'
import { chooseStages, stageAt } from '../../../../src/core/scoring/stages/stages.ts'
import { predictions } from '../../evaluation/backtest/predictions.ts'

describe('buying stages', () => {
  it('extend until they hold their share of openings or of accounts', () => {
    const stages = chooseStages(
      predictions([
        [0.8, 30, 24],
        [0.6, 30, 10],
        [0.4, 80, 20],
        [0.3, 60, 10],
        [0.2, 200, 20],
        [0.1, 300, 12],
        [0.02, 300, 4],
      ]),
    )
    // Purchase is 5% of 1,000 at most: the 30 at 0.8 (the next 30 would make it 60). Decision ends at 140 of the 150 it
    // may have; consideration at 400 of 450, with 84 of 100; awareness at 700 of 750, with 96.
    expect(stages.map(({ stage, from, share }) => [stage, from, share])).toEqual([
      ['target', 0, 0.3],
      ['awareness', 0.1, 0.3],
      ['consideration', 0.2, 0.26],
      ['decision', 0.4, 0.11],
      ['purchase', 0.8, 0.03],
    ])
    expect(stages.map(({ openingRate }) => openingRate)).toEqual([4 / 300, 12 / 300, 30 / 260, 30 / 110, 0.8])
    // Base rate 100 / 1000.
    expect(stages.map(({ timesBaseRate }) => timesBaseRate)).toEqual([0, 1, 2, 4, 8])
  })

  it('are smaller where fewer accounts hold as much of what opens', () => {
    const [, , , decision] = chooseStages(
      predictions([
        [0.9, 30, 27],
        [0.7, 50, 40],
        [0.4, 60, 13],
        [0.2, 60, 12],
        [0.1, 100, 4],
        [0.01, 700, 4],
      ]),
    )
    // The first 80 hold 67 of 100 openings: more than the 60 that decision is to hold, so it ends there.
    expect(decision).toMatchObject({ stage: 'decision', from: 0.7 })
  })

  it('hold at least twenty rows, even beyond their share', () => {
    // 5% of 100 would be five rows.
    const stages = chooseStages(
      predictions([
        [0.8, 10, 9],
        [0.6, 10, 7],
        [0.2, 30, 4],
        [0.05, 50, 1],
      ]),
    )
    expect(stages.at(-1)).toMatchObject({ stage: 'purchase', from: 0.6, share: 0.2 })
  })

  it('are empty if too many accounts share one probability', () => {
    const stages = chooseStages(
      predictions([
        [0.3, 400, 100],
        [0.1, 600, 40],
      ]),
    )
    // 40% of the accounts are nobody's purchase or decision stage.
    expect(stages.map(({ stage, from }) => [stage, from])).toEqual([
      ['target', 0],
      ['consideration', 0.3],
    ])
  })

  it('whose accounts do not open more often are merged into the one below', () => {
    const stages = chooseStages(
      predictions([
        [0.85, 40, 14],
        [0.5, 100, 50],
        [0.25, 260, 18],
        [0.15, 300, 31],
        [0.02, 300, 2],
      ]),
    )
    // Purchase opened less often than decision, consideration less often than awareness: both go down one.
    expect(stages.map(({ stage }) => stage)).toEqual(['target', 'awareness', 'decision'])
    expect(stages.map(({ openingRate }) => openingRate)).toEqual([2 / 300, 49 / 560, 64 / 140])
  })

  it('are one stage if the predictions are noise', () => {
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
    const boundaries = [
      { stage: 'target', from: 0 },
      { stage: 'decision', from: 0.1 },
      { stage: 'purchase', from: 0.3 },
    ] as const
    expect([0.3, 0.2999, 0.1, 0.0999, 0].map((probability) => stageAt(boundaries, probability))).toEqual([
      'purchase',
      'decision',
      'decision',
      'target',
      'target',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { estimateHoldout, type HoldoutOutcome } from '../../../src/core/qualification/holdout-estimate.ts'

const group = (name: HoldoutOutcome['group'], happened: number, assigned: number): HoldoutOutcome[] =>
  Array.from({ length: assigned }, (_, index) => ({ group: name, happened: index < happened }))

describe('what a holdout shows', () => {
  it('is the difference of the rates with the interval that Newcombe gives', () => {
    // Newcombe (1998), table II, example (a): 56/70 less 48/80 is 0.2 with 0.0524 to 0.3339 by method 10.
    const estimate = estimateHoldout([...group('listed', 56, 70), ...group('control', 48, 80)])
    if (estimate.kind !== 'estimated') throw new Error('nothing was estimated')
    expect(estimate.difference).toBeCloseTo(0.2, 12)
    expect(estimate.interval.low).toBeCloseTo(0.0524, 4)
    expect(estimate.interval.high).toBeCloseTo(0.3339, 4)
    expect(estimate.listed).toEqual({ assigned: 70, happened: 56, rate: 0.8 })
  })

  it('states the smallest detectable difference', () => {
    // 2.8016 x sqrt(0.1 x 0.9 x (1/900 + 1/100)) = 0.0886
    const estimate = estimateHoldout([...group('listed', 90, 900), ...group('control', 10, 100)])
    expect(estimate).toMatchObject({ kind: 'estimated', difference: 0 })
    if (estimate.kind === 'estimated') expect(estimate.detectableDifference).toBeCloseTo(0.0886, 4)
  })

  it('is absent without a holdout, with the reason', () => {
    expect(estimateHoldout([])).toEqual({ kind: 'no_holdout' })
    expect(estimateHoldout(group('listed', 3, 30))).toEqual({ kind: 'no_holdout' })
  })
})

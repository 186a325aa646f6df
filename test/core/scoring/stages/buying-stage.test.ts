import { describe, expect, it } from 'vitest'
import type { Stage } from '../../../../src/core/scoring/stages/stages.ts'
import { prepareArtifact } from '../../../../src/core/scoring/artifact/model-artifact.ts'
import { buyingStage, stageBoundaries } from '../../../../src/core/scoring/stages/buying-stage.ts'
import { artifactOf } from '../support.ts'

const NO_PARTS = { account_fit: null, contact_fit: null, engagement: null, intent: null, fit: null, behaviour: null }
const BOUNDARIES = [
  { stage: 'target', from: 0 },
  { stage: 'awareness', from: 0.05 },
  { stage: 'decision', from: 0.1 },
  { stage: 'purchase', from: 0.3 },
] as const
const path = (probabilities: readonly number[], start: Stage | null = null) => {
  let stage = start
  return probabilities.map((probability) => (stage = buyingStage(BOUNDARIES, probability, stage)))
}

describe('the buying stage of an account', () => {
  it('goes up at the boundary and down only below four fifths of it', () => {
    expect(path([0.09, 0.1, 0.09, 0.0801, 0.0799, 0.099, 0.1])).toEqual([
      'awareness',
      'decision',
      'decision',
      'decision',
      'awareness',
      'awareness',
      'decision',
    ])
  })

  it('does not move while the probability swings inside the band', () => {
    const swinging = Array.from({ length: 365 }, (_, day) => 0.1 + 0.015 * Math.sin(day))
    expect(new Set(path(swinging, 'decision'))).toEqual(new Set(['decision']))
  })

  it('moves by several stages at once', () => {
    expect(path([0.5, 0.01, 0.5])).toEqual(['purchase', 'target', 'purchase'])
    expect(path([0.25, 0.23])).toEqual(['decision', 'decision'])
    // From purchase, 0.25 is above 0.24 and 0.2 is not.
    expect(path([0.25, 0.2], 'purchase')).toEqual(['purchase', 'decision'])
  })

  it('that this version does not know is the highest below it that it knows and the account keeps', () => {
    // Consideration has no place here: an account that was in it keeps awareness above 0.04.
    expect(buyingStage(BOUNDARIES, 0.045, 'consideration')).toBe('awareness')
    expect(buyingStage(BOUNDARIES, 0.039, 'consideration')).toBe('target')
  })
})

describe('the boundaries of the stages', () => {
  const policy = {
    enter: 0.1,
    stages: [{ stage: 'target' as const, from: 0, times_base_rate: 0, share: 1, opening_rate: 0.03 }],
    basis: { enter: 'by hand', stages: 'by hand' },
  }
  const reference = { accounts: 0, parts: NO_PARTS, stages: [{ stage: 'target' as const, from: 0 }] }

  it('are those the backtest chose, else those of the training, else multiples of the base rate', () => {
    expect(stageBoundaries(prepareArtifact({ ...artifactOf(), reference }, 'v1', policy))).toBe(policy.stages)
    expect(stageBoundaries(prepareArtifact({ ...artifactOf(), reference }, 'v1'))).toBe(reference.stages)
    // The base rate of the example is 0.3.
    expect(stageBoundaries(prepareArtifact(artifactOf(), 'v1')).map(({ from }) => from)).toEqual([
      0, 0.3, 0.6, 1.2, 2.4,
    ])
  })
})

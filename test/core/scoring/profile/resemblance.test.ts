import { describe, expect, it } from 'vitest'
import type { ProfileColumn } from '../../../../src/core/scoring/profile/attribute-values.ts'
import type { ProfileExample } from '../../../../src/core/scoring/profile/ideal-customer-profile.ts'
import { columnWeights, resemblance } from '../../../../src/core/scoring/profile/resemblance.ts'

const columns: readonly ProfileColumn[] = [
  { name: 'industry', noun: 'industry', kind: 'category' },
  { name: 'employees', noun: 'number of employees', kind: 'number' },
  { name: 'technologies', noun: 'technologies in use', kind: 'set' },
  { name: 'country', noun: 'country', kind: 'category' },
]

// log1p of the sizes is 0 and 2: standard deviation 1. The spread of the contributions is 0.3, 0.1, 0.1 and 0.
const examples: readonly ProfileExample[] = [
  { account: 'a', outcome: 'won', values: ['software', 0, ['aws'], 'DE'], contributions: [0.3, 0.1, -0.1, 0.2] },
  { account: 'b', outcome: 'lost', values: ['retail', Math.expm1(2), [], 'FR'], contributions: [-0.3, -0.1, 0.1, 0.2] },
]
const weights = columnWeights(columns, examples)

describe('resemblance', () => {
  it('weighs attributes by their effect in the model', () => {
    const rounded = weights.map(({ weight, scale }) => [weight.toFixed(6), scale.toFixed(6)])
    expect(rounded).toEqual([
      ['0.300000', '0.000000'],
      ['0.100000', '1.000000'],
      ['0.100000', '0.000000'],
      ['0.000000', '0.000000'],
    ])
  })

  it('is the weighted mean over the attributes, and names what is shared by weight', () => {
    // 0.3 x 1 + 0.1 x exp(-1) + 0.1 x 1/3, of 0.5.
    const found = resemblance(
      weights,
      ['software', Math.expm1(1), ['aws', 'sap'], 'DE'],
      ['software', Math.expm1(2), ['aws', 'oracle'], 'DE'],
    )
    expect(found.similarity).toBeCloseTo((0.3 + 0.1 * Math.exp(-1) + 0.1 / 3) / 0.5, 12)
    // The country is the same, but the model does not care about it; the sizes are a standard deviation apart.
    expect(found.inCommon).toEqual(['same industry (software)', 'technologies in use: aws'])
  })

  it('is 1 for the same account and names a number that is close', () => {
    const values = ['software', 250, ['aws'], 'DE']
    expect(resemblance(weights, values, values)).toEqual({
      similarity: 1,
      inCommon: ['same industry (software)', 'similar number of employees (250 and 250)', 'technologies in use: aws'],
    })
  })

  it('is 0 if all attributes of one account are unknown', () => {
    const unknown = [null, null, null, null]
    expect(resemblance(weights, unknown, unknown)).toEqual({ similarity: 0, inCommon: [] })
  })

  it('is 0 if no attribute has an effect in the model', () => {
    expect(resemblance(columnWeights(columns, []), ['software'], ['software']).similarity).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import type { FeatureValue } from '../../../../src/core/features/types.ts'
import { applyModel, compileModel, type LogisticModel } from '../../../../src/core/training/logistic/logistic-model.ts'
import { fitEncoder } from '../../../../src/core/training/logistic/encoder/fit-encoder.ts'
import { hashSeed } from '../../../../src/core/base/random.ts'
import { packedIndex } from '../../../../src/core/training/logistic/solver/likelihood.ts'
import { artifactOf } from '../../scoring/support.ts'
import { categoryColumn, numberColumn } from './support.ts'

/**
 * Size 0, 2, 4 or missing (mean 2, standard deviation s = sqrt(8/3)), a quarter each; industry a, a, b, missing.
 * Columns: size, size (missing), a, b, industry (missing).
 */
const encoder = fitEncoder(
  [numberColumn('size'), categoryColumn('industry')],
  [
    [0, 'a'],
    [2, 'a'],
    [4, 'b'],
    [null, null],
  ],
  { minLevelCount: 1 },
)
const s = Math.sqrt(8 / 3)
const [template] = artifactOf(['win']).models

function model(coefficients: readonly number[], changes: Partial<LogisticModel> = {}): LogisticModel {
  const covariance = new Array<number>(packedIndex(coefficients.length + 1, 0)).fill(0)
  for (let column = 1; column <= coefficients.length; column += 1) covariance[packedIndex(column, column)] = 0.04
  // a and b vary together.
  covariance[packedIndex(4, 3)] = -0.01
  return { ...template!.logistic, encoder, coefficients: [...coefficients], covariance, ...changes }
}

const partsOf = (of: LogisticModel, ...values: FeatureValue[]) =>
  applyModel(compileModel(of), values).contributions.map(({ ofValue }) => ofValue)

describe("a value's own part", () => {
  it('is measured from the mean where the feature is known: size 4 is 2 above it', () => {
    const [size] = partsOf(model([0.5, 9, 0, 0, 9]), 4, 'a')
    expect(size?.logOdds).toBeCloseTo((0.5 * 2) / s, 12)
    expect(size?.standardError).toBeCloseTo((0.2 * 2) / s, 12)
  })

  it('of a category is measured from the shares of the known: a is two thirds of them', () => {
    const [, industry] = partsOf(model([0, 9, 0.6, -0.3, 9]), 4, 'a')
    // 0.6 x (1 - 2/3) - 0.3 x (0 - 1/3) = 0.3; (1/3)^2 x (0.04 + 0.04 + 2 x 0.01) = 0.1 / 9
    expect(industry?.logOdds).toBeCloseTo(0.3, 12)
    expect(industry?.standardError).toBeCloseTo(Math.sqrt(0.1) / 3, 12)
  })

  it('is 0 where its coefficients are, whatever being known is worth', () => {
    const compiled = compileModel(model([0, 1.5, 0, 0, -2]))
    const { contributions } = applyModel(compiled, [4, 'b'])
    expect(contributions.map(({ ofValue }) => ofValue?.logOdds)).toEqual([0, 0])
    // 0 - 1.5 x 1/4, and 0 + 2 x 1/4: what whole contributions would have made of it.
    expect(contributions.map(({ logOdds }) => logOdds)).toEqual([-0.375, 0.5])
  })

  it('does not exist where the value is unknown', () => {
    expect(partsOf(model([1, 1, 1, 1, 1]), null, null)).toEqual([null, null])
  })

  it('is as uncertain as that of an unseen level where the level was folded into other', () => {
    const rare = fitEncoder([categoryColumn('industry')], [['a'], ['a'], ['b'], ['rare']], { minLevelCount: 2 })
    expect(rare.features[0]?.folded).toContain(hashSeed('rare'))
    const covariance = [0, 0, 0.04, 0, 0, 0.04]
    const folding = { ...model([0.5, 1]), encoder: rare, covariance, l2_penalty: 1 }
    const [seen] = partsOf(folding, 'a')
    const [folded] = partsOf(folding, 'rare')
    // Unseen: the mean of 0.25 + 0.04 and 1 + 0.04, that is 0.665; x - t = (-1/2, 1/2) of 0.04 each.
    expect(seen?.standardError).toBeCloseTo(Math.sqrt(0.02), 12)
    expect(folded?.standardError).toBeCloseTo(Math.sqrt(0.02 + 0.665), 12)
  })
})

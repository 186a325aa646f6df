import { describe, expect, it } from 'vitest'
import { Bundle, featuresOf, prepareBundle, versionOf } from '../../../../src/core/scoring/artifact/model-artifact.ts'
import { bundleOf } from '../support.ts'

describe('a bundle', () => {
  it('survives being written as JSON', () => {
    const bundle = bundleOf()
    expect(Bundle.parse(JSON.parse(JSON.stringify(bundle)))).toEqual(bundle)
  })

  it('is named by its content', () => {
    expect(versionOf(bundleOf())).toBe(versionOf(bundleOf()))
    expect(versionOf(bundleOf())).toMatch(/^m-[0-9a-f]{16}$/)
    expect(versionOf({ ...bundleOf(), data_sha256: 'c'.repeat(64) })).not.toBe(versionOf(bundleOf()))
  })

  it('each model reads the features of its families, less what it excludes', () => {
    const { featureSet, models, bundle } = prepareBundle(bundleOf(), 'v1')
    expect([...models].map(([name, { featureIndexes }]) => [name, [...featureIndexes]])).toEqual([
      ['in_market', [0, 1]],
      ['win', [0, 2]],
      ['win_open', [0]],
    ])
    const [specification] = bundle.specification.models
    expect(specification && featuresOf(featureSet, { ...specification, exclude: ['visits'] })).toEqual([1])
  })

  it('that lacks the specification of a model is refused', () => {
    const bundle = bundleOf()
    const torn = {
      ...bundle,
      specification: { ...bundle.specification, models: bundleOf(['win']).specification.models },
    }
    expect(() => prepareBundle(torn, 'v1')).toThrow('model "in_market" but no specification')
  })
})

import { describe, expect, it } from 'vitest'
import {
  ModelArtifact,
  featuresOf,
  prepareArtifact,
  versionOf,
} from '../../../../src/core/scoring/artifact/model-artifact.ts'
import { artifactOf } from '../support.ts'

describe('an artifact', () => {
  it('survives being written as JSON', () => {
    const artifact = artifactOf()
    expect(ModelArtifact.parse(JSON.parse(JSON.stringify(artifact)))).toEqual(artifact)
  })

  it('is named by its content', () => {
    expect(versionOf(artifactOf())).toBe(versionOf(artifactOf()))
    expect(versionOf(artifactOf())).toMatch(/^m-[0-9a-f]{16}$/)
    expect(versionOf({ ...artifactOf(), data_sha256: 'c'.repeat(64) })).not.toBe(versionOf(artifactOf()))
  })

  it('each model reads the features of its families, without excluded ones', () => {
    const { featureSet, models, artifact } = prepareArtifact(artifactOf(), 'v1')
    expect([...models].map(([name, { featureIndexes }]) => [name, [...featureIndexes]])).toEqual([
      ['in_market', [0, 1]],
      ['win', [0, 2]],
      ['win_open', [0]],
    ])
    const [specification] = artifact.specification.models
    expect(specification && featuresOf(featureSet, { ...specification, exclude: ['visits'] })).toEqual([1])
  })

  it('that lacks the specification of a model is refused', () => {
    const artifact = artifactOf()
    const torn = {
      ...artifact,
      specification: { ...artifact.specification, models: artifactOf(['win']).specification.models },
    }
    expect(() => prepareArtifact(torn, 'v1')).toThrow('model "in_market" but no specification')
  })
})

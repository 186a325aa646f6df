import { describe, expect, it } from 'vitest'
import { championOf } from '../../../../../src/core/evaluation/backtest/scorers/champion-scorer.ts'
import { prepareArtifact } from '../../../../../src/core/scoring/artifact/model-artifact.ts'
import { artifactOf } from '../../../scoring/support.ts'

const artifact = artifactOf()
const champion = prepareArtifact(artifact, 'm-champion')
const withFeatures = (features: typeof artifact.specification.features.features) => ({
  ...artifact,
  specification: { ...artifact.specification, features: { ...artifact.specification.features, features } },
})
const changed = (change: object) =>
  withFeatures(
    artifact.specification.features.features.map((feature) =>
      feature.name === 'visits' ? ({ ...feature, ...change } as typeof feature) : feature,
    ),
  )
const winScorer = (other: typeof artifact) => championOf('m-new', other, champion)?.scorers.get('win')

describe('the version in use as a baseline', () => {
  it('is compared with its own models, from its own as-of on', () => {
    const baseline = championOf('m-new', artifact, champion)
    expect(baseline).toMatchObject({ version: 'm-champion', asOf: artifact.as_of })
    const [scorer, own] = [baseline?.scorers.get('win'), artifact.models.find(({ model }) => model === 'win')]
    expect(scorer && 'model' in scorer && scorer.model).toBe(own?.logistic)
  })

  it('is absent if it is the evaluated version', () => {
    expect(championOf('m-champion', artifact, champion)).toBeNull()
  })

  it('is not compared if a feature of the same name is measured differently; the reason names the feature', () => {
    expect(winScorer(changed({ window_days: 90 }))).toEqual({
      unavailable:
        'the champion m-champion reads visits, which this version does not have or measures differently (1 of 2 features)',
    })
    const lacking = withFeatures(artifact.specification.features.features.filter(({ name }) => name !== 'industry'))
    expect(winScorer(lacking)).toMatchObject({ unavailable: expect.stringContaining('reads industry') })
  })

  it('is compared if a feature differs only in its description, sign or family', () => {
    const scorer = winScorer(
      changed({ noun: ['call', 'calls'], sign: 'positive', family: 'intent', transform: 'log1p' }),
    )
    expect(scorer && 'model' in scorer).toBe(true)
  })

  it('is not compared if its label differs', () => {
    const models = artifact.specification.models.map((model) =>
      model.model === 'win' && model.label.kind === 'won'
        ? { ...model, label: { ...model.label, within_days: 365 } }
        : model,
    )
    const other = { ...artifact, specification: { ...artifact.specification, models } }
    expect(winScorer(other)).toEqual({
      unavailable: 'the champion m-champion has another label or moment than this version',
    })
  })
})

import { describe, expect, it } from 'vitest'
import { championOf } from '../../../../../src/core/evaluation/backtest/scorers/champion-scorer.ts'
import { prepareBundle } from '../../../../../src/core/scoring/artifact/model-artifact.ts'
import { bundleOf } from '../../../scoring/support.ts'

const bundle = bundleOf()
const champion = prepareBundle(bundle, 'm-champion')
const withFeatures = (features: typeof bundle.specification.features.features) => ({
  ...bundle,
  specification: { ...bundle.specification, features: { ...bundle.specification.features, features } },
})
const changed = (change: object) =>
  withFeatures(
    bundle.specification.features.features.map((feature) =>
      feature.name === 'visits' ? ({ ...feature, ...change } as typeof feature) : feature,
    ),
  )
const winArm = (other: typeof bundle) => championOf('m-new', other, champion)?.arms.get('win')

describe('the version in use as a rival', () => {
  it('is compared with its own models, from its own as-of on', () => {
    const rival = championOf('m-new', bundle, champion)
    expect(rival).toMatchObject({ version: 'm-champion', asOf: bundle.as_of })
    const [arm, own] = [rival?.arms.get('win'), bundle.models.find(({ model }) => model === 'win')]
    expect(arm && 'model' in arm && arm.model).toBe(own?.logistic)
  })

  it('is none when it is the version itself', () => {
    expect(championOf('m-champion', bundle, champion)).toBeNull()
  })

  it('is not compared when a feature of the same name is measured otherwise, and says which', () => {
    expect(winArm(changed({ window_days: 90 }))).toEqual({
      unavailable:
        'the champion m-champion reads visits, which this version does not have or measures otherwise (1 of 2 features)',
    })
    const lacking = withFeatures(bundle.specification.features.features.filter(({ name }) => name !== 'industry'))
    expect(winArm(lacking)).toMatchObject({ unavailable: expect.stringContaining('reads industry') })
  })

  it('does not mind other words, another sign or another family', () => {
    const arm = winArm(changed({ noun: ['call', 'calls'], sign: 'positive', family: 'intent', transform: 'log1p' }))
    expect(arm && 'model' in arm).toBe(true)
  })

  it('is not judged by the outcomes of another question', () => {
    const models = bundle.specification.models.map((model) =>
      model.model === 'win' && model.label.kind === 'won'
        ? { ...model, label: { ...model.label, within_days: 365 } }
        : model,
    )
    const other = { ...bundle, specification: { ...bundle.specification, models } }
    expect(winArm(other)).toEqual({
      unavailable: 'the champion m-champion has another label or moment than this version',
    })
  })
})

import { describe, expect, it } from 'vitest'
import featuresJson from '../../../models/features.json' with { type: 'json' }
import contactJson from '../../../models/contact.json' with { type: 'json' }
import winJson from '../../../models/win.json' with { type: 'json' }
import { ModelSpecification } from '../../../src/core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'
import { PeopleSpecification } from '../../../src/core/scoring/people/people-specification.ts'
import { studyPeople } from '../../../src/simulation/studies/people-study.ts'
import type { IsoDate } from '../../../src/core/base/time.ts'

const win = ModelSpecification.parse(winJson)
const featureSet = compileFeatures(FeatureSpecification.parse(featuresJson))
const specification = PeopleSpecification.parse(contactJson)
const end = '2025-11-01' as IsoDate

describe('the people of a simulated company', () => {
  // Opportunities open six times as often as they do by default.
  const world = { end, accounts: 900, openingShift: 1.8 }
  const study = studyPeople(world, win, featureSet, specification)

  it('puts first the role that the process makes matter most, its interval above those it does not', () => {
    const [first, ...others] = study.roles
    expect(first?.role).toBe('economic_decision_maker')
    expect(first?.effect?.low).toBeGreaterThan(0)
    for (const role of ['influencer', 'user']) {
      expect(others.find((other) => other.role === role)?.effect?.value).toBeLessThan(first?.effect?.low ?? 0)
    }
  })

  it('ranks people by who drives the deal, nearly as well as the process that drew it', () => {
    expect(study.auc.truth).toBeGreaterThan(0.75)
    expect(study.auc.engagement).toBeGreaterThan(study.auc.truth - 0.1)
  })

  it('refuses to train on too few examples', () => {
    const tiny = studyPeople({ end, accounts: 30 }, win, featureSet, specification)
    expect(tiny.notTrainedBecause).toContain('needs 40 won and 40 lost opportunities')
    expect(tiny.roles.every(({ effect, matters }) => effect === null && matters === 'not_proven')).toBe(true)
  })
})

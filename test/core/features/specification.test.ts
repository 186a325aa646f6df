import { describe, expect, it } from 'vitest'
import { STANDARD_VOCABULARY, unknownNames, type Vocabulary } from '../../../src/core/features/check-specification.ts'
import { unknownScoreNames } from '../../../src/core/scoring/artifact/check-score-specification.ts'
import { expandFeatures, FeatureSpecification } from '../../../src/core/features/specification.ts'
import { specificationOf } from './support.ts'

const expand = (definition: object) => expandFeatures(specificationOf([{ name: 'x', ...definition }]))

describe('one definition becomes several features', () => {
  it('one for each window', () => {
    const features = expand({ measure: 'count', of: 'activity', window_days: [7, 30] })
    expect(features).toMatchObject([
      { name: 'x_7d', window_days: 7 },
      { name: 'x_30d', window_days: 30 },
    ])
  })

  it('one for each kind, named and described by it', () => {
    const features = expand({
      measure: 'count',
      of: 'activity',
      per_kind: ['web_visit', 'Demo Request!'],
      window_days: [7, 30],
      noun: ['{}', '{}s'],
    })
    expect(features.map(({ name, noun }) => [name, ...noun])).toEqual([
      ['x_web_visit_7d', 'web visit', 'web visits'],
      ['x_web_visit_30d', 'web visit', 'web visits'],
      ['x_demo_request_7d', 'Demo Request!', 'Demo Request!s'],
      ['x_demo_request_30d', 'Demo Request!', 'Demo Request!s'],
    ])
    expect(features[2]).toMatchObject({ kinds: ['Demo Request!'] })
    expect(features[0]).not.toHaveProperty('per_kind')
  })

  it('one for each topic, whatever characters it has', () => {
    const features = expand({
      measure: 'intent_strength',
      aggregate: 'max',
      per_topic: ['$& CRM'],
      window_days: 30,
      noun: ['{} research', '{} research'],
    })
    expect(features).toMatchObject([
      { name: 'x_crm', topics: ['$& CRM'], noun: ['$& CRM research', '$& CRM research'] },
    ])
  })

  it('two of one name are refused', () => {
    const definition = { measure: 'count', of: 'activity', per_kind: ['C', 'c'], window_days: 30 }
    expect(() => expand(definition)).toThrow('feature names must differ, got "x_c" twice')
  })
})

describe('a specification is refused', () => {
  const problems = (definition: object) =>
    FeatureSpecification.safeParse({
      features: [{ name: 'x', family: 'intent', noun: ['a', 'b'], ...definition }],
    }).error?.issues.length ?? 0

  it.each([
    ['a lifetime count', { measure: 'count', of: 'activity' }],
    ['an unknown measure', { measure: 'lifetime', of: 'activity' }],
    ['a misspelled field', { measure: 'count', of: 'activity', window_days: 7, kindz: ['a'] }],
    ['a window of no days', { measure: 'count', of: 'activity', window_days: 0 }],
    ['an unknown family', { measure: 'people_known', family: 'fit' }],
    ['a name with spaces', { measure: 'people_known', name: 'People known' }],
    ['counts of intent signals', { measure: 'count', of: 'intent_signal', window_days: 7 }],
  ])('for %s', (_, definition) => expect(problems(definition)).toBeGreaterThan(0))

  it('if it counts people of facts without people', () => {
    expect(problems({ measure: 'count', of: 'business_event', window_days: 30, by: { seniority: ['vp'] } })).toBe(1)
    expect(problems({ measure: 'count', of: 'opportunity', window_days: 30, anonymous: true })).toBe(1)
    expect(problems({ measure: 'count', of: 'activity', window_days: 30, anonymous: true })).toBe(0)
  })

  it('and is accepted otherwise', () => expect(problems({ measure: 'people_known' })).toBe(0))
})

describe('names that neither the standard nor the data knows', () => {
  const nothing: Vocabulary = { fields: [], activityKinds: [], businessEventKinds: [], topics: [] }
  const complaints = (definition: object, observed = nothing) => unknownNames(specificationOf([definition]), observed)

  it('are each named with the nearest known ones', () => {
    const count = { measure: 'count', of: 'activity', window_days: 7, kinds: ['web_vist', 'demo_request'] }
    expect(complaints(count)).toEqual([
      'feature "feature_0" names an unknown activity kind "web_vist"; nearest known: web_visit',
    ])
    expect(complaints({ measure: 'attribute', field: 'employes', type: 'number' })[0]).toContain(
      'nearest known: employees',
    )
    expect(complaints({ measure: 'intent_strength', aggregate: 'max', window_days: 7, topics: ['crm'] })[0]).toContain(
      'unknown topic "crm"; none is known yet',
    )
    expect(complaints({ measure: 'count', of: 'opportunity', window_days: 7, kinds: ['lostt'] })[0]).toContain('lost')
  })

  it('in what is published beside the probabilities likewise', () => {
    const scores = {
      declared_intent: { kinds: ['demo_request', 'call_me'], within_days: 90 },
      expected_amount: { segment_by: [{ field: 'industry' }, { field: 'employes', from: [50] }] },
    }
    expect(unknownScoreNames(scores, nothing)).toEqual([
      expect.stringContaining('scores.json names an unknown activity kind "call_me"'),
      'scores.json names an unknown field "employes"; nearest known: employees',
    ])
    expect(unknownScoreNames(scores, { ...nothing, fields: ['employes'], activityKinds: ['call_me'] })).toEqual([])
    expect(unknownScoreNames(undefined, nothing)).toEqual([])
  })

  it('are known once the data has them', () => {
    const observed = { ...nothing, fields: ['fleet_size'], topics: ['crm'], activityKinds: ['trial_extended'] }
    expect(complaints({ measure: 'attribute', field: 'fleet_size', type: 'number' }, observed)).toEqual([])
    expect(complaints({ measure: 'people_engaged', window_days: 7, kinds: ['trial_extended'] }, observed)).toEqual([])
    expect(
      complaints({ measure: 'surging_topics', topics: ['crm'], window_days: 7, baseline_days: 9, ratio: 2 }, observed),
    ).toEqual([])
    expect(STANDARD_VOCABULARY.topics).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import {
  describeDifference,
  describeFeature,
  describeUnknown,
  shortValue,
} from '../../../src/core/features/describe.ts'
import { expandFeatures } from '../../../src/core/features/specification.ts'
import type { FeatureValue } from '../../../src/core/features/types.ts'
import { specificationOf } from './support.ts'

function featureOf(definition: object) {
  const [feature] = expandFeatures(specificationOf([definition]))
  if (!feature) throw new RangeError('no feature')
  return feature
}

function say(definition: object, value: FeatureValue): string {
  return describeFeature(featureOf(definition), value)
}

describe('a salesperson reads', () => {
  const visits = {
    measure: 'count',
    of: 'activity',
    window_days: 30,
    noun: ['pricing page visit', 'pricing page visits'],
  }

  it.each<[string, FeatureValue, object]>([
    ['4 pricing page visits in the last 30 days', 4, visits],
    ['1 pricing page visit in the last 30 days', 1, visits],
    ['No pricing page visits in the last 30 days', 0, visits],
    ['1,200 pricing page visits in the last 30 days', 1200, visits],
    ['Pricing page visits: unknown', null, visits],
    ['2 pricing page visits today', 2, { ...visits, window_days: 1 }],
    ['3 or more pricing page visits in the last 30 days', 3, { ...visits, at_most: 3 }],
    ['2 pricing page visits in the last 30 days', 2, { ...visits, at_most: 3 }],
    ['Pricing page visit in the last 30 days', 1, { ...visits, at_most: 1 }],
    ['No pricing page visit in the last 30 days', 0, { ...visits, at_most: 1 }],
  ])('%s', (sentence, value, definition) => expect(say(definition, value)).toBe(sentence))

  const activity = { noun: ['buyer activity', 'buyer activity'], of: 'activity', window_days: 90 }
  it.each<[string, FeatureValue, object]>([
    ['Last buyer activity today', 0, { ...activity, measure: 'days_since_last' }],
    ['Last buyer activity yesterday', 1, { ...activity, measure: 'days_since_last' }],
    ['Last buyer activity 12 days ago', 12, { ...activity, measure: 'days_since_last' }],
    ['No buyer activity in the last 90 days', 90, { ...activity, measure: 'days_since_last' }],
    [
      "Buyer activity at 2.5 times the account's usual rate in the last 90 days",
      Math.log(2.5),
      { ...activity, measure: 'trend', baseline_days: 30 },
    ],
    [
      "Buyer activity at the account's usual rate in the last 90 days",
      0.01,
      { ...activity, measure: 'trend', baseline_days: 30 },
    ],
    [
      '2.3 buyer activity in the last 90 days, recent ones counting most',
      2.25,
      { ...activity, measure: 'decayed_count', half_life_days: 14 },
    ],
  ])('%s', (sentence, value, definition) => expect(say(definition, value)).toBe(sentence))

  it.each<[string, FeatureValue, object]>([
    [
      'Industry: public sector',
      'public_sector',
      { measure: 'attribute', type: 'category', noun: ['industry', 'industry'] },
    ],
    ['Employees: 12,500', 12_500, { measure: 'attribute', type: 'number', noun: ['employees', 'number of employees'] }],
    [
      'Number of employees: unknown',
      null,
      { measure: 'attribute', type: 'number', noun: ['employees', 'number of employees'] },
    ],
    [
      'Technologies: sap, aws',
      ['sap', 'aws'],
      { measure: 'attribute', type: 'set', noun: ['technologies', 'technologies'] },
    ],
    ['Technologies: none', [], { measure: 'attribute', type: 'set', noun: ['technologies', 'technologies'] }],
  ])('%s', (sentence, value, definition) => expect(say({ ...definition, field: 'x' }, value)).toBe(sentence))

  const roles = { roles: ['user', 'influencer', 'procurement'], noun: ['buying roles', 'buying roles'] }
  it.each<[string, FeatureValue, object]>([
    ['2 of 3 buying roles known', 2 / 3, { ...roles, measure: 'roles_known' }],
    ['1 of 3 buying roles engaged in the last 90 days', 1 / 3, { ...roles, measure: 'roles_engaged', window_days: 90 }],
    ['No people', 0, { measure: 'people_known', noun: ['person', 'people'] }],
    ['1 person', 1, { measure: 'people_known', noun: ['person', 'people'] }],
    ['2 people in the last 30 days', 2, { measure: 'people_engaged', window_days: 30, noun: ['person', 'people'] }],
    [
      'Latest activity: demo request',
      'demo_request',
      { measure: 'last_kind', window_days: 90, noun: ['activity', 'activities'] },
    ],
    [
      'No activity in the last 90 days',
      'none',
      { measure: 'last_kind', window_days: 90, noun: ['activity', 'activities'] },
    ],
  ])('%s', (sentence, value, definition) => expect(say(definition, value)).toBe(sentence))

  it('every kind of feature in words, known, zero and unknown', () => {
    const more = { of: 'activity', window_days: 30 }
    const definitions = [
      { measure: 'decayed_count', ...more, half_life_days: 7 },
      { measure: 'intent_strength', window_days: 30, aggregate: 'mean' },
      { measure: 'intent_surge', window_days: 30, baseline_days: 60 },
      { measure: 'surging_topics', window_days: 30, baseline_days: 60, ratio: 2 },
    ]
    for (const definition of definitions) {
      for (const value of [2.25, 0]) expect(say(definition, value)).toMatch(/^[A-Z0-9].*\bthings?\b|^Things? /)
      expect(say(definition, null)).toBe('Things: unknown')
    }
  })
})

describe('beside another value', () => {
  const visits = { measure: 'count', of: 'activity', window_days: 30, noun: ['visit', 'visits'] }
  const last = { measure: 'days_since_last', of: 'activity', window_days: 90, noun: ['visit', 'visits'] }
  const roles = { measure: 'roles_known', roles: ['user', 'influencer'], noun: ['roles', 'roles'] }

  it.each<[string, FeatureValue, object]>([
    ['3', 3, visits],
    ['unknown', null, visits],
    ['12 days ago', 12, last],
    ['none in the last 90 days', 90, last],
    ['1 of 2', 0.5, roles],
    ['2 times its usual rate', Math.log(2), { ...visits, measure: 'trend', baseline_days: 60 }],
    ['2.3', 2.25, { ...visits, measure: 'decayed_count', half_life_days: 7 }],
    ['40 of 100', 40, { measure: 'intent_strength', window_days: 30, aggregate: 'max' }],
  ])('a value is just "%s"', (text, value, definition) => expect(shortValue(featureOf(definition), value)).toBe(text))

  it.each<[string, FeatureValue, FeatureValue, object]>([
    ['2 more visits in the last 30 days (now 3)', 1, 3, visits],
    ['1 fewer visit in the last 30 days (now 0)', 1, 0, visits],
    ['3 visits in the last 30 days (was unknown)', null, 3, visits],
    ['Visits: unknown (was 3)', 3, null, visits],
    ['Visit in the last 30 days, not before', 0, 1, { ...visits, at_most: 1 }],
    ['No visit in the last 30 days any more', 1, 0, { ...visits, at_most: 1 }],
    ['Last visit today (was 12 days ago)', 12, 0, last],
    ['2 of 2 roles known (was 1 of 2)', 0.5, 1, roles],
  ])('a difference is described as "%s"', (text, before, after, definition) =>
    expect(describeDifference(featureOf(definition), before, after)).toBe(text),
  )

  it('an unknown value is described by the fact that is missing, or by why there is none', () => {
    const industry = { measure: 'attribute', field: 'x', type: 'category', noun: ['industry', 'industry'] }
    const sentences = [industry, { measure: 'people_known', noun: ['contact', 'contacts'] }, visits].map((definition) =>
      describeUnknown(featureOf(definition)),
    )
    expect(sentences).toEqual([
      'We do not know their industry',
      'We do not know how many contacts there are',
      'Nobody has recorded visits for long enough to say what happened in the last 30 days',
    ])
  })
})

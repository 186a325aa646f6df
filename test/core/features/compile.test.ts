import { describe, expect, it } from 'vitest'
import { compileFeatures, readFeatures } from '../../../src/core/features/compile.ts'
import { feedStartsGiven } from '../../../src/core/features/snapshot.ts'
import type { SnapshotOpportunity } from '../../../src/core/features/snapshot.ts'
import { at, event, person, signal, snapshotOf, specificationOf, valueOf } from './support.ts'

const given = (activity: boolean) =>
  feedStartsGiven({ activity, intent_signal: activity, business_event: activity, customer_event: activity })
const silent = snapshotOf({ feedStarts: given(false) })

describe('an attribute', () => {
  const read = (value: unknown, type: string) =>
    valueOf(
      { measure: 'attribute', field: 'x', type },
      snapshotOf({ versions: [{ source: 'crm', attributes: { x: value as never }, backfilled: false }] }),
    )

  it.each([
    ['12.5', 'number', 12.5],
    [0, 'number', 0],
    ['a lot', 'number', null],
    [' ', 'number', null],
    ['', 'category', null],
    [null, 'number', null],
    ['Infinity', 'number', null],
    ['software', 'category', 'software'],
    [7, 'category', '7'],
    [true, 'category', 'true'],
    [['a', 'b'], 'category', 'a;b'],
    [['a', 'b'], 'set', ['a', 'b']],
    ['a', 'set', ['a']],
    [[], 'set', []],
    [null, 'set', null],
  ])('%j read as %s is %j', (value, type, expected) => expect(read(value, type)).toEqual(expected))

  it('without a value is unknown', () => {
    expect(valueOf({ measure: 'attribute', field: 'y', type: 'number' }, snapshotOf())).toBeNull()
  })

  it('follows the precedence of sources', () => {
    const versions = [
      { source: 'bought', attributes: { size: 10 }, backfilled: false },
      { source: 'crm', attributes: { size: 20 }, backfilled: false },
    ]
    const definition = { measure: 'attribute', field: 'size', type: 'number' }
    expect(valueOf(definition, snapshotOf({ versions }), ['crm'])).toBe(20)
    expect(valueOf(definition, snapshotOf({ versions }))).toBe(10)
  })
})

describe('people', () => {
  const contacts = [
    person(1, { seniority: 'vp', department: 'it', buyingRole: 'technical_decision_maker' }),
    person(2, { seniority: 'c_level', department: 'finance', buyingRole: 'economic_decision_maker' }),
    person(3, { seniority: 'vp', department: 'finance' }),
  ]
  const activities = [
    event('visit', 2, 4, 1),
    event('form', 10, 1, 2),
    event('visit', 40, 1, 3),
    event('visit', 1, 5),
    event('form', 3, 1, 99),
  ]
  const account = snapshotOf({ contacts, activities })

  it('known: all, or those that match every part of the filter', () => {
    expect(valueOf({ measure: 'people_known' }, account)).toBe(3)
    expect(
      valueOf({ measure: 'people_known', by: { seniority: ['vp', 'c_level'], department: ['finance'] } }, account),
    ).toBe(2)
    expect(valueOf({ measure: 'people_known', by: { buying_role: ['user'] } }, account)).toBe(0)
    expect(valueOf({ measure: 'people_known', at_most: 1 }, account)).toBe(1)
    expect(valueOf({ measure: 'people_known' }, snapshotOf())).toBe(0)
    expect(valueOf({ measure: 'roles_known', roles: ['economic_decision_maker', 'procurement'] }, account)).toBe(0.5)
  })

  it('engaged: different people in the window, by kind and by role', () => {
    expect(valueOf({ measure: 'people_engaged', window_days: 30 }, account)).toBe(3)
    expect(valueOf({ measure: 'people_engaged', window_days: 30, kinds: ['visit'] }, account)).toBe(1)
    expect(valueOf({ measure: 'people_engaged', window_days: 90, by: { department: ['finance'] } }, account)).toBe(2)
    expect(valueOf({ measure: 'people_engaged', window_days: 90, at_most: 1 }, account)).toBe(1)
    expect(valueOf({ measure: 'people_engaged', window_days: 30 }, silent)).toBeNull()
    const roles = ['technical_decision_maker', 'economic_decision_maker', 'user', 'influencer']
    expect(valueOf({ measure: 'roles_engaged', roles, window_days: 10 }, account)).toBe(0.25)
    expect(valueOf({ measure: 'roles_engaged', roles, window_days: 11 }, account)).toBe(0.5)
    expect(valueOf({ measure: 'roles_engaged', roles, window_days: 11 }, silent)).toBeNull()
  })

  it('anonymous visits have no person, named visits have one, and without a filter both count', () => {
    const count = { measure: 'count', of: 'activity', window_days: 30 }
    expect(valueOf({ ...count, anonymous: true }, account)).toBe(5)
    expect(valueOf({ ...count, anonymous: false }, account)).toBe(6)
    expect(valueOf(count, account)).toBe(11)
    expect(valueOf({ ...count, by: { seniority: ['vp'] } }, account)).toBe(4)
  })
})

describe('events', () => {
  const account = snapshotOf({
    activities: [event('visit', 0, 2), event('form', 6), event('visit', 7, 3), event('visit', 20, 10)],
    reach: [event('sales_call', 0, 50)],
    latestKinds: ['visit', 'form'],
    businessEvents: [event('funding', 80), event('hiring', 95)],
  })

  it('are counted by kind and window, without activities of sales', () => {
    const count = { measure: 'count', of: 'activity' }
    expect(valueOf({ ...count, window_days: 7 }, account)).toBe(3)
    expect(valueOf({ ...count, window_days: 8, kinds: ['visit'] }, account)).toBe(5)
    expect(valueOf({ ...count, window_days: 90, at_most: 4 }, account)).toBe(4)
    expect(valueOf({ ...count, window_days: 90, kinds: ['sales_call'] }, account)).toBe(0)
    expect(valueOf({ measure: 'count', of: 'business_event', window_days: 90 }, account)).toBe(1)
    expect(valueOf({ measure: 'count', of: 'customer_event', window_days: 90 }, account)).toBe(0)
  })

  it('have a recency, a decayed sum and a trend', () => {
    expect(valueOf({ measure: 'days_since_last', of: 'activity', window_days: 30, kinds: ['form'] }, account)).toBe(6)
    // 2 + 1 x 2^(-6/7) + 3 x 1/2; the ten visits of 20 days ago lie outside.
    expect(
      valueOf({ measure: 'decayed_count', of: 'activity', window_days: 20, half_life_days: 7 }, account),
    ).toBeCloseTo(3.5 + 2 ** (-6 / 7), 8)
    // 3 in 7 days, 13 in the 14 before: (3/7 + 1/14) / (13/14 + 1/14) = 1/2.
    expect(valueOf({ measure: 'trend', of: 'activity', window_days: 7, baseline_days: 14 }, account)).toBeCloseTo(
      -Math.log(2),
      12,
    )
  })

  it('the latest kind is that of the newest activity within the window', () => {
    expect(valueOf({ measure: 'last_kind', window_days: 30 }, account)).toBe('visit')
    expect(valueOf({ measure: 'last_kind', window_days: 30 }, { ...account, latestKinds: ['form', 'visit'] })).toBe(
      'form',
    )
    expect(valueOf({ measure: 'last_kind', window_days: 6 }, { ...account, latestKinds: ['form', 'visit'] })).toBe(
      'visit',
    )
    expect(valueOf({ measure: 'last_kind', window_days: 30 }, snapshotOf())).toBe('none')
    expect(valueOf({ measure: 'last_kind', window_days: 30 }, silent)).toBeNull()
  })

  it.each(['count', 'decayed_count', 'days_since_last', 'trend'])(
    '%s of a source without facts is unknown',
    (measure) => {
      const more = { decayed_count: { half_life_days: 7 }, trend: { baseline_days: 30 } }[measure] ?? {}
      expect(valueOf({ measure, of: 'activity', window_days: 7, ...more }, silent)).toBeNull()
    },
  )

  it('a trend is unknown when its baseline reaches back before the source', () => {
    const starts = { ...given(true), activity: new Map([['*', at('2024-09-01')]]) }
    const trend = { measure: 'trend', of: 'activity', window_days: 7, baseline_days: 24 }
    // 31 days up to 2024-10-01 begin on 2024-09-01.
    expect(valueOf(trend, snapshotOf({ feedStarts: starts }))).toBe(0)
    expect(valueOf({ ...trend, baseline_days: 25 }, snapshotOf({ feedStarts: starts }))).toBeNull()
  })
})

describe('opportunities', () => {
  const deal = (outcome: SnapshotOpportunity['outcome'], closedAgeDays: number | null): SnapshotOpportunity => ({
    externalId: 'deal',
    outcome,
    type: null,
    leadSource: null,
    openedAt: at('2024-01-01'),
    closedAt: closedAgeDays === null ? null : at('2024-06-01'),
    openedAgeDays: 274,
    closedAgeDays,
  })

  it('count by outcome from their close, without open ones, and do not depend on the feeds', () => {
    const account = {
      ...silent,
      opportunities: [deal('lost', 364), deal('lost', 365), deal('won', 10), deal('open', null)],
    }
    const count = { measure: 'count', of: 'opportunity', window_days: 365 }
    expect(valueOf({ ...count, kinds: ['lost'] }, account)).toBe(1)
    expect(valueOf({ ...count, kinds: ['won'] }, account)).toBe(1)
    expect(valueOf(count, account)).toBe(2)
  })
})

describe('intent', () => {
  const account = snapshotOf({
    intentSignals: [
      signal('crm', 1, 90, 'one'),
      signal('crm', 9, 30, 'two'),
      signal('erp', 3, 60, 'two'),
      signal('erp', 40, 20),
    ],
  })

  it('has a mean, a peak and a sum, by topic and provider', () => {
    const strength = { measure: 'intent_strength', window_days: 30 }
    expect(valueOf({ ...strength, aggregate: 'mean' }, account)).toBe(60)
    expect(valueOf({ ...strength, aggregate: 'max' }, account)).toBe(90)
    expect(valueOf({ ...strength, aggregate: 'sum', topics: ['crm'] }, account)).toBe(120)
    expect(valueOf({ ...strength, aggregate: 'max', providers: ['two'] }, account)).toBe(60)
    expect(valueOf({ ...strength, aggregate: 'max', topics: ['hr'] }, account)).toBe(0)
    expect(valueOf({ ...strength, aggregate: 'max' }, silent)).toBeNull()
  })

  it('surges against the account’s own baseline', () => {
    // 180 in 10 days, 20 in the 40 before: (18 + 1/40) / (1/2 + 1/40).
    expect(valueOf({ measure: 'intent_surge', window_days: 10, baseline_days: 40 }, account)).toBeCloseTo(
      Math.log(18.025 / 0.525),
      12,
    )
    // crm has no baseline; erp is 60 against 20.
    expect(valueOf({ measure: 'surging_topics', window_days: 10, baseline_days: 40, ratio: 3 }, account)).toBe(2)
    expect(valueOf({ measure: 'surging_topics', window_days: 10, baseline_days: 40, ratio: 3.1 }, account)).toBe(1)
  })
})

describe('a feature set', () => {
  const set = compileFeatures(
    specificationOf([
      { measure: 'attribute', field: 'employees', type: 'number', family: 'account_fit' },
      { measure: 'attribute', field: 'industry', type: 'category', family: 'account_fit', sign: 'negative' },
      { measure: 'count', of: 'activity', window_days: [7, 90], name: 'visits' },
      { measure: 'count', of: 'business_event', window_days: 180, at_most: 1 },
      { measure: 'trend', of: 'activity', window_days: 21, baseline_days: 84 },
      { measure: 'intent_surge', window_days: 10, baseline_days: 40 },
      { measure: 'people_known', transform: 'none' },
      { measure: 'roles_known', roles: ['user'] },
    ]),
  )

  it('has a column for each feature, in order; sizes and counts are logged unless the definition says otherwise', () => {
    expect(set.columns.map(({ name, kind, transform }) => `${name} ${kind} ${transform}`)).toEqual([
      'feature_0 number log1p',
      'feature_1 category none',
      'visits_7d number log1p',
      'visits_90d number log1p',
      'feature_3 number none',
      'feature_4 number none',
      'feature_5 number none',
      'feature_6 number none',
      'feature_7 number none',
    ])
    expect(set.columns[1]).toMatchObject({ family: 'account_fit', sign: 'negative' })
  })

  it('needs the days of its longest window and baseline, or none without events', () => {
    expect(set.lookback).toEqual({
      activityDays: 105,
      intentDays: 50,
      businessEventDays: 180,
      customerEventDays: 0,
      latestKinds: false,
      sourcePrecedence: set.lookback.sourcePrecedence,
    })
    expect(compileFeatures(specificationOf([{ measure: 'last_kind', window_days: 45 }])).lookback).toMatchObject({
      activityDays: 45,
      latestKinds: true,
    })
  })

  it('reads one value for each column', () => {
    expect(readFeatures(set, snapshotOf())).toEqual([null, null, 0, 0, 0, 0, 0, 0, 0])
  })
})

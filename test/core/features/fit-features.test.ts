import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fitFeatures } from '../../../src/core/features/fit-features.ts'
import type { Inventory } from '../../../src/core/features/inventory.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'

const shipped = FeatureSpecification.parse(JSON.parse(readFileSync('models/features.json', 'utf8')))
const nothing: Inventory = {
  accounts: 100,
  fields: [],
  contacts: { accounts: 0, withRole: 0, mqlDates: 0 },
  activities: [],
  named: 0,
  anonymous: 0,
  reach: 0,
  businessEvents: [],
  customerEvents: [],
  intentTopics: [],
  opportunities: [],
}
const field = (name: string, given: Partial<Inventory['fields'][number]> = {}) => {
  return { field: name, type: 'text' as const, accounts: 100, values: 5, ...given }
}
const found = (kind: string, accounts = 50) => ({ kind, rows: 2 * accounts, accounts })

describe('features that fit the data', () => {
  it('are those with data; each other one is listed with its missing input', () => {
    const { specification, leftOut } = fitFeatures(shipped, {
      ...nothing,
      fields: [field('industry'), field('employees', { type: 'number', accounts: 60 })],
      activities: [found('web_visit'), found('demo_request')],
      named: 40,
    })
    const names = specification.features.map(({ name }) => name)
    expect(names).toEqual([
      'industry',
      'employees',
      'buyer_activities',
      'activity_recent',
      'days_since_activity',
      'activity_trend',
      'people_engaged',
      'economic_decision_maker_engaged',
      'technical_decision_maker_engaged',
      'buying_roles_engaged',
      'demo_requested',
    ])
    expect(leftOut.length).toBe(shipped.features.length - names.length)
    expect(leftOut).toContainEqual({
      name: 'free_trial',
      because: 'activities: rows of the kind free_trial_start, done by the buyer',
    })
  })

  it('are parsed by the specification, all of them', () => {
    const { specification } = fitFeatures(shipped, {
      ...nothing,
      fields: [field('Plan (2024)'), field('tags', { type: 'list' })],
      activities: [found('campaign_response')],
    })
    expect(FeatureSpecification.parse(specification)).toEqual(specification)
  })

  it('include fields and kinds that only this company has', () => {
    const { added, fieldsLeftOut } = fitFeatures(shipped, {
      ...nothing,
      fields: [
        field('score', { type: 'number' }),
        field('tags', { type: 'list' }),
        field('Plan (2024)'),
        field('2nd tier', { type: 'boolean', values: 2 }),
        field('description', { values: 97 }),
        field('rare', { accounts: 19 }),
        field('constant', { values: 1 }),
        field('owner'),
        field('name', { values: 100 }),
      ],
      activities: [found('campaign_response'), found('seldom', 19), found('email_open')],
    })
    expect(added.map((one) => [one.name, one.measure === 'attribute' ? one.type : one.measure])).toEqual([
      ['score', 'number'],
      ['tags', 'set'],
      ['plan_2024', 'category'],
      ['field_2nd_tier', 'category'],
      ['campaign_response', 'count'],
    ])
    expect(fieldsLeftOut.map(({ name, because }) => `${name}: ${because}`)).toEqual([
      'description: 97 different texts for 100 accounts',
      'rare: filled for 19 accounts, fewer than 20',
      'constant: the same everywhere',
    ])
  })

  it('say what is missing by the features that need it times the accounts of which it is unknown', () => {
    const { needs } = fitFeatures(shipped, {
      ...nothing,
      fields: [field('industry', { accounts: 40 })],
      contacts: { accounts: 100, withRole: 80, mqlDates: 0 },
      reach: 7,
    })
    const shares = needs.map(({ features, lacking }) => features.length * lacking)
    expect(shares).toEqual(shares.toSorted((one, other) => other - one))
    // Five features read a title, which 20 of 100 accounts lack; one reads the industry, which 60 lack.
    const place = (holds: string) => needs.findIndex((need) => need.holds.includes(holds))
    expect(place('title')).toBeLessThan(place('industry'))
    expect(needs.find(({ holds }) => holds.includes('industry'))).toMatchObject({
      lacking: 0.6,
      features: ['industry'],
    })
    expect(needs.map(({ holds }) => holds)).toContain(
      'what the buyer did, by kind and with its contact (there are only 7 activities of sales)',
    )
    expect(needs.some(({ holds }) => holds === 'the people of each account')).toBe(false)
    expect(needs).toContainEqual({
      import: 'accounts',
      holds: 'the columns employees, revenue_usd, country, region, ownership and technologies',
      lacking: 1,
      features: ['employees', 'revenue_usd', 'country', 'region', 'ownership', 'technologies'],
    })
  })
})

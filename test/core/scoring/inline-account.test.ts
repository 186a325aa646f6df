import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileFeatures, readFeatures } from '../../../src/core/features/compile.ts'
import { InlineAccount, inlineProblems, inlineSnapshot } from '../../../src/core/scoring/inline-account.ts'
import { TitleSpecification } from '../../../src/core/facts/titles/title-specification.ts'
import { at, specificationOf } from '../features/support.ts'

const asOf = at('2024-10-01')
const set = compileFeatures(
  specificationOf([
    { name: 'visits', measure: 'count', of: 'activity', window_days: 30 },
    { name: 'people', measure: 'people_engaged', window_days: 30, by: { buying_role: ['user'] } },
    { name: 'latest', measure: 'last_kind', window_days: 30 },
    { name: 'strength', measure: 'intent_strength', aggregate: 'mean', window_days: 30 },
    { name: 'growth', measure: 'count', of: 'business_event', window_days: 90 },
    { name: 'churned', measure: 'count', of: 'customer_event', window_days: 90 },
    { name: 'employees', measure: 'attribute', field: 'employees', type: 'number' },
  ]),
)
const read = (account: object) => readFeatures(set, inlineSnapshot(InlineAccount.parse(account), asOf))

describe('an account described in a request', () => {
  it('that is empty is unknown', () => {
    expect(read({})).toEqual([null, null, null, null, null, null, null])
  })

  it('has people whose titles are read where no seniority or role is given', () => {
    const titles = TitleSpecification.parse(JSON.parse(readFileSync('models/titles.json', 'utf8')))
    const account = InlineAccount.parse({
      contacts: [
        { external_id: 'a', title: 'IT-Leiter' },
        { external_id: 'b', title: 'CEO', buying_role: 'user' },
      ],
    })
    const { contacts } = inlineSnapshot(account, asOf, titles)
    expect(contacts[0]).toMatchObject({ seniority: 'director', buyingRole: 'technical_decision_maker' })
    expect(contacts[1]).toMatchObject({ seniority: 'c_level', buyingRole: 'user' })
  })

  it('an empty list is a true zero', () => {
    expect(read({ activities: [], intent_signals: [], business_events: [], customer_events: [] })).toEqual([
      0,
      0,
      'none',
      0,
      0,
      0,
      null,
    ])
  })

  it('has the features of its facts', () => {
    const account = {
      attributes: { employees: 250 },
      contacts: [{ external_id: 'ann', buying_role: 'user' }],
      activities: [
        { kind: 'visit', occurred_at: '2024-09-02T00:00:00Z' },
        { kind: 'visit', occurred_at: '2024-09-01T23:59:59Z' },
        { kind: 'form', occurred_at: '2024-09-30T21:00:00-02:00', contact_external_id: 'ann' },
      ],
      intent_signals: [
        { topic: 'crm', observed_at: '2024-09-20T00:00:00Z', strength: 60.5 },
        { topic: 'crm', observed_at: '2024-09-20T00:00:00Z', strength: 40 },
      ],
      business_events: [{ kind: 'funding', occurred_at: '2024-09-20T00:00:00Z' }],
    }
    expect(read(account)).toEqual([2, 1, 'form', 50.25, 1, null, 250])
  })

  it('of two activities of one instant the one listed last is the latest', () => {
    const activities = ['visit', 'form', 'demo'].map((kind) => ({ kind, occurred_at: '2024-09-20T00:00:00Z' }))
    expect(read({ activities })[2]).toBe('demo')
    expect(read({ activities: [...activities, { kind: 'old', occurred_at: '2024-09-19T00:00:00Z' }] })[2]).toBe('demo')
  })

  it('gets its problems by JSON pointer', () => {
    const account = InlineAccount.parse({
      contacts: [{ external_id: 'ann' }],
      activities: [
        { kind: 'visit', occurred_at: '2024-09-30T23:59:59.999999Z', contact_external_id: 'bob' },
        { kind: 'visit', occurred_at: '2024-10-01T00:00:00Z' },
      ],
      business_events: [{ kind: 'funding', occurred_at: '2025-01-01T00:00:00Z' }],
    })
    expect(inlineProblems(account, asOf)).toEqual([
      {
        pointer: '/activities/0/contact_external_id',
        message: 'contact_external_id must be one of the account\'s contacts, got "bob"',
      },
      {
        pointer: '/activities/1/occurred_at',
        message: `occurred_at must lie before the as-of instant ${asOf}, got ${asOf}`,
      },
      { pointer: '/business_events/0/occurred_at', message: expect.stringContaining('2025-01-01') as string },
    ])
  })

  it.each([
    ['a field nobody knows', { names: 'Acme' }],
    ['a NUL', { name: 'A\u0000' }],
    ['an instant without a zone', { activities: [{ kind: 'visit', occurred_at: '2024-09-01T00:00:00' }] }],
    [
      'a strength above 100',
      { intent_signals: [{ topic: 'crm', observed_at: '2024-09-01T00:00:00Z', strength: 101 }] },
    ],
    ['a customer event of another kind', { customer_events: [{ kind: 'visit', occurred_at: '2024-09-01T00:00:00Z' }] }],
    ['a role nobody has', { contacts: [{ external_id: 'ann', buying_role: 'boss' }] }],
  ])('is refused with %s', (_, account) => expect(InlineAccount.safeParse(account).success).toBe(false))
})

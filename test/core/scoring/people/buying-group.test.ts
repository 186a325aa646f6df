import { describe, expect, it } from 'vitest'
import { buyingGroup } from '../../../../src/core/scoring/people/buying-group.ts'
import type { PeopleModel } from '../../../../src/core/scoring/people/people-model.ts'
import { PeopleSpecification } from '../../../../src/core/scoring/people/people-specification.ts'
import { refusalsOf } from '../../../../src/core/scoring/people/permission.ts'
import { feedStartsGiven } from '../../../../src/core/features/snapshot.ts'
import { event, person, snapshotOf } from '../../features/support.ts'

const specification = PeopleSpecification.parse({
  window_days: [30, 90],
  half_life_days: 21,
  consent_refused: ['withdrawn'],
})
const share = (value: number) => ({ value, low: value - 0.05, high: value + 0.05 })
const side = (count: number, value: number) => ({ count, won: Math.round(count * value), share: share(value) })
const effect = (value: number, half: number) => ({ value, low: value - half, high: value + half })

const learned = (role: PeopleModel['roles'][number]['role'], value: number): PeopleModel['roles'][number] => ({
  role,
  known: side(200, 0.3),
  not_known: side(200, 0.2),
  engaged: side(100, 0.41),
  not_engaged: side(300, 0.22),
  known_effect: effect(value / 2, 0.2),
  engaged_effect: effect(value / 2, 0.2),
  effect: effect(value, 0.2),
  matters: value > 0.2 ? 'proven' : 'not_proven',
})
const model: PeopleModel = {
  contact: null,
  not_trained_because: 'a test',
  roles: [learned('economic_decision_maker', 1.2), learned('procurement', 0.8), learned('user', 0)],
}
const snapshot = snapshotOf({
  contacts: [
    person(1, { buyingRole: 'user', name: 'Ute' }),
    person(2, { buyingRole: 'economic_decision_maker', name: 'Eva' }),
    person(3, { buyingRole: 'user' }),
    person(4),
  ],
  activities: [event('visit', 3, 2, 1), event('visit', 89, 1, 3), event('visit', 90, 1, 4)],
})
const group = buyingGroup({ version: 'v', model, specification, snapshot, refusals: new Map() })

describe('the buying group of an account', () => {
  it('is covered by its important roles only', () => {
    expect(group.coverage).toEqual({ of: 'proven_roles', roles: 2, known: 0.5, engaged: 0 })
    expect(group.roles.map(({ role, state, known, engaged }) => [role, state, known, engaged])).toEqual([
      ['economic_decision_maker', 'silent', 1, 0],
      ['procurement', 'missing', 0, 0],
      ['user', 'engaged', 2, 2],
    ])
  })

  it('lists a silent person of an important role before active people of other roles, with the reason', () => {
    expect(group.people_to_reach[0]).toMatchObject({ name: 'Eva' })
    expect(group.people_to_reach[0]?.why).toBe(
      'Economic decision maker, silent for 90 days or longer, and nobody else of that role is active. ' +
        'Of 100 deals with an engaged economic decision maker 41% were won, of the others 22%.',
    )
    expect(group.people_to_reach[1]?.why).toBe('User, 2 activities in the last 90 days, the latest 3 days ago.')
  })

  it('names the important roles without a person', () => {
    expect(group.roles_to_acquire).toEqual([
      {
        role: 'procurement',
        why: 'No procurement contact is known. Of 100 deals with an engaged procurement contact 41% were won, of the others 22%.',
      },
    ])
  })

  it('excludes people who must not be contacted, with the reason for each', () => {
    const refusals = new Map([['person-2', 'no_consent' as const]])
    const careful = buyingGroup({ version: 'v', model, specification, snapshot, refusals })
    expect(careful.people_to_reach.map((one) => one.contact_external_id)).not.toContain('person-2')
    expect(careful.people[1]).toMatchObject({ may_be_contacted: false, not_contacted_because: 'no_consent' })
  })

  it('distinguishes unrecorded activity from silence', () => {
    const feedStarts = feedStartsGiven({
      activity: false,
      intent_signal: false,
      business_event: false,
      customer_event: false,
    })
    const unknown = buyingGroup({
      version: 'v',
      model,
      specification,
      snapshot: { ...snapshot, activities: [], feedStarts },
      refusals: new Map(),
    })
    expect(unknown.people[0]).toMatchObject({ contact_engagement: null, activities: null })
    expect(unknown.people_to_reach[0]?.why).toContain('nothing is known of what they did')
  })
})

describe('permission to contact', () => {
  const permission = (contactExternalId: string, doNotContact: boolean, consent: string | null) => ({
    contactExternalId,
    doNotContact,
    consent,
  })
  const nobody = { accountRefuses: false, consentIsRecorded: false }

  it('is given unless one source denies it', () => {
    const permissions = [permission('a', false, null), permission('b', false, null), permission('b', true, null)]
    expect([...refusalsOf(permissions, nobody, specification)]).toEqual([['b', 'do_not_contact']])
  })

  it('is denied for all people of an account that opted out', () => {
    const refusals = refusalsOf([permission('a', false, 'given')], { ...nobody, accountRefuses: true }, specification)
    expect(refusals.get('a')).toBe('account_do_not_contact')
  })

  it('requires consent if consent is recorded, and ends when it is withdrawn', () => {
    const permissions = [
      permission('a', false, 'given'),
      permission('b', false, ' '),
      permission('c', false, 'Withdrawn'),
    ]
    const recorded = refusalsOf(permissions, { ...nobody, consentIsRecorded: true }, specification)
    expect([...recorded.keys()]).toEqual(['b', 'c'])
    expect([...refusalsOf(permissions, nobody, specification).keys()]).toEqual(['c'])
  })
})

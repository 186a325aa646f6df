import { describe, expect, it } from 'vitest'
import {
  type Account,
  type History,
  evaluateRules,
} from '../../../../src/core/qualification/playbook/evaluate-rules.ts'
import type { Situation } from '../../../../src/core/qualification/playbook/situation.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { instantPlusDays } from '../../../../src/core/base/time.ts'
import { accountOf, defaultPlaybook, groupOf, QUIET, START } from './support.ts'

const surge: Situation = { ...QUIET, topics: [{ topic: 'data_integration', surging: true }] }

/** For each rule of the default playbook an account that it is meant for. */
const MADE_FOR: Readonly<Record<string, Account>> = {
  secure_meeting: accountOf({ standing: { stage: 'purchase' }, situation: surge }),
  send_direct_mail: accountOf({ standing: { stage: 'purchase' }, group: { ...groupOf(), people_to_reach: [] } }),
  follow_up_meeting: accountOf({
    standing: { stage: 'purchase' },
    situation: { ...QUIET, reach: [{ kind: 'sales_meeting', ageDays: 4 }] },
  }),
  answer_request: accountOf({
    standing: { stage: 'consideration' },
    situation: { ...QUIET, buyerActivities: [{ kind: 'demo_request', ageDays: 2 }] },
  }),
  start_cadence: accountOf({ standing: { stage: 'decision' }, situation: surge }),
  find_decision_maker: accountOf({
    standing: { stage: 'decision' },
    group: groupOf({ procurement: 'missing' }),
  }),
  wake_silent_role: accountOf({
    standing: { stage: 'decision' },
    group: groupOf({ economic_decision_maker: 'silent' }),
  }),
  congratulate: accountOf({
    standing: { stage: 'consideration', fit: 'strong' },
    situation: { ...QUIET, businessEvents: [{ kind: 'funding', ageDays: 3 }] },
  }),
  personal_content: accountOf({ standing: { stage: 'consideration' } }),
  complete_buying_group: accountOf({
    standing: { stage: 'consideration' },
    group: groupOf({ influencer: 'missing' }),
  }),
  show_display_ads: accountOf({ standing: { stage: 'awareness' }, situation: surge }),
  help_open_deal: accountOf({
    standing: { stage: null, hasOpenOpportunity: true },
    group: groupOf({ economic_decision_maker: 'missing' }),
  }),
}

const firing = (account: Account) =>
  evaluateRules(defaultPlaybook, account).flatMap((result) => (result.kind === 'fires' ? [result.rule.name] : []))
const actionFor = (name: string, account = MADE_FOR[name]) => {
  const result = evaluateRules(defaultPlaybook, account ?? accountOf()).find(({ rule }) => rule.name === name)
  if (result?.kind !== 'fires') throw new Error(`${name} does not fire: ${JSON.stringify(result)}`)
  return result.action
}

describe('the default playbook', () => {
  it('has a test account for each of its rules', () => {
    expect(Object.keys(MADE_FOR).toSorted()).toEqual(defaultPlaybook.rules.map(({ name }) => name).toSorted())
  })

  it.each(Object.keys(MADE_FOR))('fires %s for the test account of the rule', (name) => {
    expect(firing(MADE_FOR[name] ?? accountOf())).toContain(name)
  })

  const suppressions: readonly (readonly [string, Partial<Account>])[] = [
    ['an open complaint', { holds: { excludedBy: ['open_complaint'], inControlGroup: false, pausedUntil: null } }],
    ['do-not-contact', { holds: { excludedBy: ['do_not_contact'], inControlGroup: false, pausedUntil: null } }],
    ['the holdout', { holds: { excludedBy: [], inControlGroup: true, pausedUntil: null } }],
    ['a rejection', { holds: { excludedBy: [], inControlGroup: false, pausedUntil: instantPlusDays(START, 1) } }],
  ]
  it.each(suppressions)('fires no rule if %s', (_, held) => {
    for (const [name, account] of Object.entries(MADE_FOR)) expect(firing({ ...account, ...held }), name).toEqual([])
  })

  it('fires a rule again after the pause of a rejection', () => {
    const holds = { excludedBy: [], inControlGroup: false, pausedUntil: START }
    expect(firing(accountOf({ standing: { stage: 'awareness' }, holds }))).toEqual(['show_display_ads'])
  })

  it.each(Object.keys(MADE_FOR))('fires %s again only after its cool-down', (name) => {
    const account = MADE_FOR[name] ?? accountOf()
    const action = actionFor(name)
    const rule = defaultPlaybook.rules.find((one) => one.name === name)
    const history: History = new Map([
      [
        name,
        {
          action,
          triggeredAt: START,
          expiresAt: instantPlusDays(START, rule?.expires_after_days ?? 0),
          ended: null,
        },
      ],
    ])
    const at = (days: number) => firing({ ...account, history, asOf: instantPlusDays(START, days) })
    const { cool_down_days: coolDown = 0 } = rule ?? {}
    for (const days of [0, 1, (rule?.expires_after_days ?? 0) - 1, coolDown - 1]) expect(at(days)).not.toContain(name)
    expect(at(coolDown)).toContain(name)
  })

  it('never names a person who must not be contacted', () => {
    const personal = defaultPlaybook.rules.filter(({ audience }) =>
      ['person_to_call', 'silent_role'].includes(audience),
    )
    expect(personal.length).toBeGreaterThan(3)
    for (const { name } of personal) {
      const account = MADE_FOR[name] ?? accountOf()
      const group = { roles: account.group?.roles ?? [], people_to_reach: [] }
      expect(firing({ ...account, group }), name).not.toContain(name)
    }
  })

  it('fires no rule for an account without a stage and without an open deal', () => {
    expect(firing(accountOf({ standing: { stage: null } }))).toEqual([])
  })

  it('shows ads on the researched topic', () => {
    expect(actionFor('show_display_ads')).toMatchObject({
      channel: 'display_ads',
      person: null,
      topic: 'data_integration',
      message: 'data integration',
      do: 'Show display ads to Acme',
      reason: 'In the awareness stage, company fit is graded B and research on data integration is surging.',
    })
  })

  it('adapts the cadence of 21 touches to role and topic', () => {
    const cadence = (role: 'procurement' | 'technical_decision_maker') => {
      const { roles, people_to_reach: people } = groupOf()
      const group = { roles, people_to_reach: people.filter((person) => person.buying_role === role) }
      return actionFor('start_cadence', accountOf({ standing: { stage: 'decision' }, situation: surge, group }))
    }
    expect(cadence('procurement')).toMatchObject({
      touches: 21,
      role: 'procurement',
      do: 'Start the 21-touch cadence with Kim procurement',
      message: 'data integration: terms, references and risk',
    })
    expect(cadence('technical_decision_maker').message).toBe('data integration: how it works and fits what they have')
  })

  it('sends mail only after the time to secure a meeting has passed', () => {
    const history: History = new Map([
      [
        'secure_meeting',
        {
          action: actionFor('secure_meeting'),
          triggeredAt: START,
          expiresAt: instantPlusDays(START, 14),
          ended: null,
        },
      ],
    ])
    const at = (days: number, situation = surge) =>
      firing(accountOf({ standing: { stage: 'purchase' }, history, situation, asOf: instantPlusDays(START, days) }))
    expect(at(13)).not.toContain('send_direct_mail')
    expect(at(14)).toContain('send_direct_mail')
    expect(at(14, { ...surge, reach: [{ kind: 'sales_meeting', ageDays: 3 }] })).not.toContain('send_direct_mail')
  })

  it('names the most important missing role', () => {
    const group = groupOf({ economic_decision_maker: 'missing', procurement: 'missing' })
    const reversed = { ...group, roles: group.roles.toReversed() }
    const account = accountOf({ standing: { stage: 'decision' }, group })
    expect(actionFor('find_decision_maker', account)).toMatchObject({
      role: 'economic_decision_maker',
      do: 'Find the economic decision maker of Acme',
    })
    expect(actionFor('find_decision_maker', { ...account, group: reversed }).role).toBe('procurement')
  })

  it('is deterministic and fills every placeholder', () => {
    const random = createRandom('playbook')
    const pick = <Value>(values: readonly Value[]) => values[Math.floor(random.next() * values.length)] as Value
    const states = ['engaged', 'silent', 'missing'] as const
    let fired = 0
    for (let draw = 0; draw < 400; draw += 1) {
      const account = accountOf({
        standing: {
          stage: pick([null, 'target', 'awareness', 'consideration', 'decision', 'purchase'] as const),
          hasOpenOpportunity: random.next() < 0.2,
          fit: pick([null, 'weak', 'moderate', 'strong'] as const),
        },
        group: groupOf({
          economic_decision_maker: pick(states),
          technical_decision_maker: pick(states),
          procurement: pick(states),
          influencer: pick(states),
        }),
        situation: {
          topics: random.next() < 0.5 ? surge.topics : [],
          businessEvents: random.next() < 0.5 ? [{ kind: 'funding', ageDays: Math.floor(random.next() * 60) }] : [],
          buyerActivities:
            random.next() < 0.3 ? [{ kind: 'demo_request', ageDays: Math.floor(random.next() * 30) }] : [],
          reach: random.next() < 0.5 ? [{ kind: 'sales_call', ageDays: Math.floor(random.next() * 40) }] : [],
        },
      })
      const results = evaluateRules(defaultPlaybook, account)
      expect(evaluateRules(defaultPlaybook, account)).toEqual(results)
      for (const result of results) {
        if (result.kind !== 'fires') continue
        fired += 1
        const { action } = result
        expect(`${action.do} ${action.message} ${action.reason}`).not.toMatch(/[{}_]|undefined|null| {2}/)
        const { person } = action
        if (person) {
          expect(account.group?.people_to_reach.map((one) => one.contact_external_id)).toContain(
            person.contact_external_id,
          )
        }
      }
    }
    expect(fired).toBeGreaterThan(100)
  })
})

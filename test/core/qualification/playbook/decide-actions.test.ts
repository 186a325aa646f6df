import { describe, expect, it } from 'vitest'
import { Playbook } from '../../../../src/core/qualification/playbook/playbook.ts'
import { day, followed, groupOf, QUIET, said, stateWith } from './support.ts'
import { policyOf } from '../support.ts'

const awareness = { buying_stage: 'awareness' as const }
const decision = { buying_stage: 'decision' as const }

describe('the actions of an account', () => {
  it('are triggered once, stay active until they expire, and are triggered again after the cool-down', () => {
    const account = followed()
    const [event] = account.see({ asOf: day(0), score: awareness })
    expect(event).toMatchObject({
      type: 'action.triggered',
      motion: null,
      modelVersion: 'v1',
      payload: { rule: 'show_display_ads', expires_at: day(30), buying_stage: 'awareness' },
    })
    for (const at of [0, 1, 29, 30, 59]) expect(account.see({ asOf: day(at), score: awareness })).toEqual([])
    expect(said(account.see({ asOf: day(60), score: awareness }))).toEqual([['action.triggered', 'show_display_ads']])
  })

  it('end when the account leaves the stage that they are for, and those of the next stage begin', () => {
    const account = followed()
    account.see({ asOf: day(0), score: awareness })
    expect(said(account.see({ asOf: day(1), score: decision }))).toEqual([
      ['action.ended', 'show_display_ads', 'stage_left'],
      ['action.triggered', 'start_cadence'],
    ])
    // Back again, what was done a day ago is not done again.
    expect(said(account.see({ asOf: day(2), score: awareness }))).toEqual([
      ['action.ended', 'start_cadence', 'stage_left'],
    ])
  })

  it('stay active if their own effect changes the conditions', () => {
    const account = followed()
    account.see({ asOf: day(0), score: decision })
    const reach = [{ kind: 'sales_call', ageDays: 0 }]
    expect(account.see({ asOf: day(1), score: decision, outlook: { situation: { ...QUIET, reach } } })).toEqual([])
  })

  it('end at once with an open complaint, and begin again only after the cool-down', () => {
    const account = followed()
    account.see({ asOf: day(0), score: awareness })
    const complaint = { excludedBy: ['open_complaint'], score: awareness }
    expect(said(account.see({ asOf: day(1), ...complaint }))).toEqual([
      ['action.ended', 'show_display_ads', 'open_complaint'],
    ])
    expect(account.see({ asOf: day(2), ...complaint })).toEqual([])
    expect(account.see({ asOf: day(3), score: awareness })).toEqual([])
    expect(said(account.see({ asOf: day(60), score: awareness }))).toEqual([['action.triggered', 'show_display_ads']])
  })

  it('end when sales rejects the account, and in the control group without revealing it', () => {
    const paused = followed()
    paused.see({ asOf: day(0), score: awareness })
    const states = stateWith({ pausedUntil: day(90) })
    expect(said(paused.see({ asOf: day(1), score: awareness, states }))).toEqual([
      ['action.ended', 'show_display_ads', 'rejected'],
    ])
    const inControlGroup = followed()
    inControlGroup.see({ asOf: day(0), score: awareness })
    const policy = policyOf({ holdout: { share: 0.1 } })
    const group = stateWith({ group: 'control', groupUntil: day(90) })
    const events = inControlGroup.see({ asOf: day(1), score: awareness, states: group, policy })
    expect(said(events)).toEqual([['action.ended', 'show_display_ads', 'withdrawn']])
    expect(JSON.stringify(events)).not.toMatch(/control|holdout|"group"/)
  })

  it('name another person at once when theirs may no longer be contacted', () => {
    const account = followed()
    const group = groupOf()
    account.see({ asOf: day(0), score: decision, outlook: { group } })
    const without = { ...group, people_to_reach: group.people_to_reach.slice(1) }
    const events = account.see({ asOf: day(1), score: decision, outlook: { group: without } })
    expect(said(events)).toEqual([
      ['action.ended', 'start_cadence', 'person_not_reachable'],
      ['action.triggered', 'start_cadence'],
    ])
    expect(account.history().get('start_cadence')).toMatchObject({
      action: { person: { contact_external_id: 'p-technical_decision_maker' } },
      ended: null,
    })
  })

  it('end when the account or the rule is deleted', () => {
    const account = followed()
    account.see({ asOf: day(0), score: awareness })
    expect(said(account.see({ asOf: day(1), gone: true }))).toEqual([
      ['action.ended', 'show_display_ads', 'account_gone'],
    ])
    const without = followed()
    without.see({ asOf: day(0), score: awareness })
    without.follow(Playbook.parse({ ...rules(), rules: [{ ...rule(), when: { stage: ['purchase'] } }] }))
    expect(said(without.see({ asOf: day(1), score: awareness }))).toEqual([
      ['action.ended', 'show_display_ads', 'rule_removed'],
    ])
  })

  it('require the qualification that the rule names', () => {
    const account = followed(
      Playbook.parse({ ...rules(), rules: [{ ...rule(), when: { qualification: ['claimed'] } }] }),
    )
    expect(account.see({ asOf: day(0), states: stateWith({ state: 'qualified' }) })).toEqual([])
    expect(account.see({ asOf: day(1), states: stateWith({ state: 'claimed' }) })).toHaveLength(1)
  })
})

function rules() {
  return { topic_otherwise: 'what we do' }
}

function rule() {
  return {
    name: 'one',
    channel: 'direct_mail',
    audience: 'account',
    when: { stage: ['awareness'] },
    do: 'Write to {account}',
    message: '{topic}',
    expires_after_days: 5,
    cool_down_days: 5,
  }
}

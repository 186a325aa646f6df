import { describe, expect, it } from 'vitest'
import type { Operator } from '../../../../src/core/qualification/segments/filter.ts'
import { compileFilter } from '../../../../src/core/qualification/segments/matches.ts'
import { publishedScore } from '../../../support/accounts.ts'
import { holds, NAMES, stateOf, subjectOf } from './support.ts'

const ask = (field: string, operator: Operator, value: string | number | boolean | string[]) =>
  holds({ field, operator, value })

describe('a condition', () => {
  it('compares numbers, the bound itself included or not', () => {
    expect(ask('scores.intent', 'at_least', 48)).toBe(true)
    expect(ask('scores.intent', 'above', 48)).toBe(false)
    expect(ask('scores.intent', 'at_most', 48)).toBe(true)
    expect(ask('scores.intent', 'below', 48)).toBe(false)
    expect(ask('attributes.employees', 'at_least', 400)).toBe(true)
    expect(ask('qualified_probability', 'is', 0.1)).toBe(true)
  })

  it('compares stages, grades and levels by their order, not by their letters', () => {
    expect(ask('buying_stage', 'at_least', 'consideration')).toBe(true)
    expect(ask('buying_stage', 'at_least', 'purchase')).toBe(false)
    expect(ask('grades.account_fit', 'at_least', 'C')).toBe(true)
    expect(ask('grades.account_fit', 'at_least', 'A')).toBe(false)
    expect(ask('fit_intent.fit', 'at_most', 'moderate')).toBe(true)
    expect(ask('evidence', 'is_any_of', ['medium', 'high'])).toBe(true)
  })

  it('compares a list with one, any or all values', () => {
    expect(ask('attributes.technologies', 'has', 'sap')).toBe(true)
    expect(ask('attributes.technologies', 'has_any_of', ['oracle', 'aws'])).toBe(true)
    expect(ask('attributes.technologies', 'has_all_of', ['oracle', 'aws'])).toBe(false)
    expect(ask('declared_intent', 'has', 'demo_request')).toBe(true)
    expect(ask('days_since_declared_intent', 'below', 4)).toBe(true)
  })

  it('reads the stage, the lists and the owner of an account', () => {
    const states = new Map([['expansion', stateOf({ state: 'claimed', owner: 'ann' })]])
    const subject = subjectOf({ states })
    expect(holds({ field: 'states.expansion', operator: 'is', value: 'claimed' }, subject)).toBe(true)
    expect(holds({ field: 'states.new_business', operator: 'is', value: 'none' }, subject)).toBe(true)
    expect(holds({ field: 'qualified_in', operator: 'has', value: 'expansion' }, subject)).toBe(true)
    expect(holds({ field: 'owner', operator: 'has', value: 'ann' }, subject)).toBe(true)
    expect(holds({ field: 'owner', operator: 'is_known', value: false })).toBe(true)
  })

  it('is not met by an unknown value, in either direction, unless it asks for unknown values', () => {
    const subject = subjectOf({ score: publishedScore({ buying_stage: null }), attributes: {} })
    for (const operator of ['at_least', 'at_most'] as const) {
      expect(holds({ field: 'buying_stage', operator, value: 'decision' }, subject)).toBe(false)
      expect(holds({ not: { field: 'buying_stage', operator, value: 'decision' } }, subject)).toBe(true)
    }
    expect(holds({ field: 'attributes.country', operator: 'is_known', value: false }, subject)).toBe(true)
    expect(holds({ field: 'attributes.country', operator: 'is', value: 'DE' }, subject)).toBe(false)
  })

  it('on an attribute of another type is not met', () => {
    const subject = subjectOf({ attributes: { employees: '420', tier: 2 } })
    expect(holds({ field: 'attributes.employees', operator: 'at_least', value: 1 }, subject)).toBe(false)
    expect(holds({ field: 'attributes.tier', operator: 'above', value: 1 }, subject)).toBe(true)
    expect(holds({ field: 'attributes.tier', operator: 'is', value: '2' }, subject)).toBe(false)
  })

  it('on a motion that the policy no longer has is not met', () => {
    const filter = { field: 'states.renewals', operator: 'is', value: 'none' } as const
    expect(compileFilter(filter, NAMES)(subjectOf())).toBe(false)
  })
})

describe('conditions together', () => {
  const yes = { field: 'attributes.country', operator: 'is', value: 'DE' }
  const no = { field: 'attributes.country', operator: 'is', value: 'FR' }

  it('are combined by all, any and not', () => {
    expect(holds({ all: [yes, no] })).toBe(false)
    expect(holds({ any: [no, yes] })).toBe(true)
    expect(holds({ all: [yes, { not: no }, { any: [no, { all: [yes] }] }] })).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { readFilter } from '../../../../src/core/qualification/segments/filter-problems.ts'
import { WrittenFilter } from '../../../../src/core/qualification/segments/filter.ts'
import { NAMES } from './support.ts'

function problemsOf(filter: unknown): readonly string[] {
  const parsed = WrittenFilter.parse(filter)
  return (readFilter(parsed, NAMES).problems ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}
const condition = (field: string, operator: string, value: unknown) => problemsOf({ field, operator, value })

describe('a filter is refused', () => {
  it('for a field that does not exist, with the nearest that do', () => {
    expect(condition('buying_stag', 'is', 'decision')).toEqual([
      'field: unknown field "buying_stag"; did you mean buying_stage?',
    ])
    expect(condition('attributes.employes', 'above', 1)).toEqual([
      'field: unknown field "attributes.employes"; did you mean attributes.employees?',
    ])
    expect(condition('country', 'is', 'DE')).toEqual([
      'field: unknown field "country"; did you mean attributes.country?',
    ])
    expect(condition('states.renewals', 'is', 'none')[0]).toContain('unknown field "states.renewals"')
    expect(condition('constructor', 'is', 'x')[0]).toContain('unknown field "constructor"')
  })

  it('for an unknown operator, or one that the field does not accept', () => {
    expect(condition('scores.intent', 'at_leest', 50)).toEqual([
      'operator: unknown operator "at_leest"; did you mean at_least?',
    ])
    expect(condition('attributes.country', 'above', 3)).toEqual([
      'operator: "attributes.country" is text and takes is, is_any_of, is_known, not "above"',
    ])
    expect(condition('attributes.technologies', 'is', 'sap')[0]).toContain('is a list and takes has, has_any_of')
  })

  it('for a value of the wrong type or outside the range of the field', () => {
    expect(condition('scores.intent', 'at_least', '50')).toEqual([
      'value: "scores.intent" is a number from 0 to 100, got "50"',
    ])
    expect(condition('qualified_probability', 'at_least', 5)[0]).toContain('a number from 0 to 1, got 5')
    expect(condition('buying_stage', 'is', 'Decision')).toEqual([
      'value: "buying_stage" is one of target, awareness, consideration, decision, purchase; got "Decision"; did you mean decision?',
    ])
    expect(condition('attributes.in_crm', 'is', 'yes')[0]).toContain('is true or false, got "yes"')
    expect(condition('attributes.country', 'is_any_of', 'DE')[0]).toContain(
      'is_any_of takes a list of values, got "DE"',
    )
    expect(condition('attributes.country', 'is', ['DE'])[0]).toContain('is takes one value')
    expect(condition('qualified_in', 'has', 'renewals')[0]).toContain('is one of new_business, expansion')
    expect(condition('owner', 'is_known', 'no')[0]).toContain('is_known takes true or false')
    expect(condition('attributes.tier', 'above', 'gold')[0]).toContain('above compares numbers')
  })

  it('if it is not a filter, or two in one, with the place of the fault', () => {
    expect(problemsOf({})).toEqual([
      ': must be one condition (field, operator, value), or all, any or not; got nothing',
    ])
    const good = { field: 'is_customer', operator: 'is', value: true }
    expect(problemsOf({ all: [good], not: good })[0]).toContain('got all and not')
    expect(problemsOf({ any: [good, { not: { field: 'evidence' } }] })).toEqual([
      'any.1.not: a condition needs field, operator and value; operator and value is missing',
    ])
    expect(problemsOf({ all: [good, { field: 'x', operator: 'is', value: 1 }, { not: { not: {} } }] })).toHaveLength(2)
  })

  it('with suggestions for its first 20 unknown fields, and with every fault', () => {
    const parts = Array.from({ length: 40 }, (_, index) => ({
      field: `buying_stag${index}`,
      operator: 'is',
      value: 'x',
    }))
    const problems = problemsOf({ all: parts })
    expect(problems).toHaveLength(40)
    expect(problems.filter((problem) => problem.includes('did you mean buying_stage?'))).toHaveLength(20)
  })

  it('for the number of its conditions before any of them is checked', () => {
    const part = { field: 'no_such', operator: 'is', value: 'x' }
    const many = { all: Array.from({ length: 50 }, () => ({ any: Array.from({ length: 50 }, () => part) })) }
    expect(problemsOf(many)).toEqual([': must hold at most 200 conditions, got 2500'])
  })

  it('with long names truncated', () => {
    expect(condition('x'.repeat(250), 'is', 'y')[0]).toMatch(/^field: unknown field "x{100}…"; known are /)
  })

  it('when it nests too deep or holds too many conditions', () => {
    const good = { field: 'is_customer', operator: 'is', value: true }
    const deep = Array.from({ length: 8 }).reduce<object>((inner) => ({ not: inner }), good)
    expect(problemsOf(deep)[0]).toContain('must not nest deeper than 8 levels')
    const fifty = { any: Array.from({ length: 50 }, () => good) }
    expect(problemsOf({ all: [fifty, fifty, fifty, fifty, good] })).toEqual([
      ': must hold at most 200 conditions, got 201',
    ])
    expect(problemsOf({ all: [fifty, fifty, fifty, fifty] })).toEqual([])
  })
})

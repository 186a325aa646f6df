import { describe, expect, it } from 'vitest'
import { trendOf } from '../../../../src/core/delivery/write-back/fields.ts'
import { Mapping, toRecord } from '../../../../src/core/delivery/write-back/mapping.ts'
import { waitAfter } from '../../../../src/core/delivery/write-back/outcome.ts'
import { publishedScore } from '../../../support/accounts.ts'

const account = {
  accountId: 1,
  externalId: 'acme',
  score: publishedScore({ qualified_probability: 0.126 }),
  stage: 'decision',
  lists: [],
  qualifiedSince: null,
  owner: null,
  earlierProbability: 0.1,
} as const
const mapping = (properties: object) => Mapping.safeParse({ description: '', key: 'id', properties })

describe('a mapping', () => {
  it('names the property and the format of each field, and empties the fields of an unscored account', () => {
    const { data } = mapping({
      chance: 'chance_percent',
      whole: { from: 'chance_percent', whole: true },
      grade: { from: 'fit_grade', values: { A: 0, B: 1, C: 2, D: 3 } },
    })
    if (!data) throw new Error('the mapping was refused')
    expect(toRecord(data, account)).toEqual({
      accountId: 1,
      key: 'acme',
      properties: { chance: 12.6, whole: 13, grade: 1 },
    })
    expect(toRecord(data, { ...account, score: null }).properties).toEqual({ chance: null, whole: null, grade: null })
  })

  it.each([
    ['an unknown field', { a: 'shoe_size' }],
    ['a value that the field never has', { a: { from: 'fit_grade', values: { A: 0, B: 1, C: 2, D: 3, E: 4 } } }],
    ['a value that nothing is said for', { a: { from: 'fit_grade', values: { A: 0 } } }],
    ['values of a field that is not of a closed list', { a: { from: 'chance_percent', values: { '1': 1 } } }],
    ['no property', {}],
    ['a name that is none', { 'a b': 'fit_grade' }],
  ])('is refused for %s', (_, properties) => expect(mapping(properties).success).toBe(false))
})

describe('the trend', () => {
  // A quarter more or a fifth less is a move: 0.126 / 0.1 = 1.26, 0.126 / 0.11 = 1.15, 0.126 * 1.25 = 0.1575.
  it.each([
    [0.1, 'improving'],
    [0.11, 'steady'],
    [0.158, 'declining'],
    [0.157, 'steady'],
    [null, 'not_enough'],
  ])('from %s to 0.126 is %s', (earlierProbability, trend) => {
    expect(trendOf({ ...account, earlierProbability })).toBe(trend)
  })
})

it('waits twice as long after each failure, up to 15 minutes, and at least as long as Retry-After says', () => {
  expect([1, 2, 3, 20].map((failures) => waitAfter(failures, null, 0.5))).toEqual([5, 10, 20, 900])
  expect([0, 0.999_999].map((chance) => Math.round(waitAfter(2, null, chance)))).toEqual([8, 12])
  expect(waitAfter(1, 77, 0)).toBe(77)
})

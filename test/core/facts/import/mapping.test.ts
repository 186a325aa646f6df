import { describe, expect, it } from 'vitest'
import { type Mapping, standardMapping } from '../../../../src/core/facts/import/mapping.ts'
import { parseMapping } from '../../../../src/core/facts/import/reading/parse-mapping.ts'
import { planRows } from '../../../../src/core/facts/import/header.ts'

function mapping(json: object): Mapping {
  const result = parseMapping(json)
  if (result.kind === 'refused') throw new Error(result.problems.join('\n'))
  return result.mapping
}

function refusal(header: readonly string[], by: Mapping): readonly string[] {
  const result = planRows(header, by, false)
  return result.kind === 'refused' ? result.problems : []
}

describe('a mapping file', () => {
  it.each([
    [
      { kind: 'contacts', columns: { emial: 'E-Mail' } },
      'columns.emial: contacts have no such field; did you mean email?',
    ],
    [{ kind: 'contacts', colums: {} }, 'Unrecognized key: "colums"'],
    [{ kind: 'contacts', time_zone: 'Berlin' }, 'time_zone "Berlin" is not an IANA time zone'],
    [{ kind: 'contacts', evidence: { because: 'so' } }, 'only activities are evidence'],
    [{ kind: 'activities', evidence: {} }, 'evidence.because'],
    [{ kind: 'spend', attributes: 'rest' }, 'attributes: spend keep none'],
    [{ kind: 'activities', columns: { occurred_at: { column: 'At', format: 'dd/MM/yyyy HH:mm' } } }, 'state time_zone'],
    [{ kind: 'activities', columns: { kind: { template: 'constant' } } }, 'columns.kind'],
    [
      { kind: 'accounts', rows_per: { field: 'name' } },
      'rows_per.field: the cell of name cannot be parted; fields that can: external_id, source',
    ],
    // Options that would do nothing where they stand.
    ...[
      { end_of_day: true },
      { decimal: 'comma' },
      { grouping: 'point' },
      { separator: ',' },
      { otherwise: null },
      { pass_over: ['-'] },
      { format: 'dd.MM.yyyy' },
      { present: true },
      { type: 'text' },
    ].map((option): [object, string] => [
      { kind: 'contacts', columns: { external_id: { column: 'Id', ...option } } },
      `columns.external_id: ${Object.keys(option).join()} `.replace('format ', 'format and time_zone '),
    ]),
    [
      { kind: 'contacts', columns: { name: { first_of: [{ column: 'Name', grouping: 'comma' }] } } },
      'columns.name: grouping is for numbers',
    ],
    [
      { kind: 'contacts', columns: { name: { template: '{Name}', otherwise: 'x' } } },
      'columns.name: otherwise is for values',
    ],
    [
      { kind: 'contacts', attributes: { size: { column: 'Size', end_of_day: true } } },
      'attributes.size: end_of_day is for times',
    ],
    [
      { kind: 'contacts', attributes: { size: { column: 'Size', several: 'first' } } },
      'attributes.size: several is for keys',
    ],
    [{ kind: 'accounts', currency: 'EUR' }, 'currency: accounts have no amounts; kinds that do: opportunities'],
    [{ kind: 'accounts', tie_visitors: false }, 'tie_visitors: only activities tie visitors, got kind accounts'],
    [{ kind: 'accounts', sources: { nmae: 'here' } }, 'sources.nmae: accounts have no such field; did you mean name?'],
  ])('is refused by name: %j', (json, message) => {
    const result = parseMapping(json)
    expect(result.kind === 'refused' ? result.problems.join('\n') : '').toContain(message)
  })
})

it('takes the options that do something for the type', () => {
  const columns = {
    external_id: { column: 'Id', several: 'first', separator: ',' },
    created_at: { column: 'Since', end_of_day: true, time_zone: 'UTC' },
    employees: { column: ['Size', 'Staff'], decimal: 'comma', grouping: 'point', pass_over: ['0'] },
    domain: { column: 'Sites', separator: ',' },
    deleted: { column: 'Deleted', present: true },
    country: { column: 'Land', patterns: [['^d', 'DE']], otherwise: null },
  }
  const attributes = { score: { column: 'Score', type: 'number', decimal: 'comma' } }
  const sources = { name: 'here', score: 'there', where: 'nowhere' }
  expect(parseMapping({ kind: 'accounts', columns, attributes, sources })).toMatchObject({ kind: 'mapping' })
})

describe('a filter', () => {
  const by = (more: object) =>
    mapping({
      kind: 'contacts',
      columns: { external_id: 'Id' },
      where: [{ column: 'statsu', not_in: ['bounced'], ...more }],
      ignore: 'rest',
    })

  it.each([{}, { optional_columns: true }])('of a column that is not there is refused: %j', (more) => {
    expect(refusal(['Id', 'status'], { ...by({}), ...more })).toEqual([
      'column "statsu" of the mapping is not in the header; did you mean status? ("optional": true in "where" lets every row pass then)',
    ])
  })

  it.each([{}, { optional_columns: true }])('that is optional lets every row pass then: %j', (more) => {
    expect(planRows(['Id', 'status'], { ...by({ optional: true }), ...more }, false)).toMatchObject({
      plan: { conditions: [] },
    })
  })
})

describe('a header', () => {
  const contacts = standardMapping('contacts')
  const columns = (count: number) => Array.from({ length: count }, (_, index) => `titel ${index}`)

  it('may not have more than 10,000 columns', () => {
    expect(refusal(columns(10_001), contacts)).toEqual([
      'the header has 10001 columns, at most 10000 are read: leave some out',
    ])
  })

  it('is refused with the first 20 of its problems', () => {
    const problems = refusal(['external_id', ...columns(10_000 - 1)], contacts)
    expect(problems).toHaveLength(21)
    expect(problems.at(-1)).toBe('and 9979 more problems of the header')
    expect(refusal(['external_id', ...columns(20)], contacts)).toHaveLength(20)
  })

  it('rejects an unknown column; the message names the nearest one', () => {
    expect(refusal(['external_id', 'titel'], contacts).join()).toContain(
      'column "titel" is not one that contacts have; did you mean title?',
    )
  })

  it('must hold what is required, and a column that is read once or with equal cells', () => {
    expect(refusal(['email'], contacts).join()).toContain(
      'column "external_id", which contacts require, is not in the header',
    )
    const twice = planRows(['external_id', 'email', 'title', 'email'], contacts, false)
    expect(twice).toMatchObject({ plan: { repeated: [[1, 3]] } })
  })

  it('of one column says that the delimiter is not known', () => {
    expect(refusal(['external_id;email'], contacts).join()).toContain('the header is one column')
  })

  it('must hold the columns that a mapping reads', () => {
    const by = mapping({ kind: 'contacts', columns: { external_id: 'Kontakt ID' } })
    expect(refusal(['Kontakt-ID'], by).join()).toContain(
      'column "Kontakt ID" of the mapping is not in the header; did you mean Kontakt-ID?',
    )
  })

  it('takes standard names beside mapped ones, and the rest as attributes or not at all', () => {
    const columns = { external_id: 'Id' }
    expect(refusal(['Id', 'email', 'Shoe size'], mapping({ kind: 'contacts', columns })).join()).toContain(
      '"Shoe size"',
    )
    for (const rest of [{ attributes: 'rest' }, { ignore: 'rest' }, { ignore: ['Shoe size'] }]) {
      expect(refusal(['Id', 'email', 'Shoe size'], mapping({ kind: 'contacts', columns, ...rest }))).toEqual([])
    }
  })
})

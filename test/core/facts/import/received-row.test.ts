import { describe, expect, it } from 'vitest'
import { parseFacts } from '../../../../src/core/facts/import/json-text.ts'
import { FIELDS } from '../../../../src/core/facts/import/kinds.ts'
import { ROW_EXAMPLES } from '../../../../src/http/routes/facts/ingest-rows.ts'
import { RECEIVED_KINDS } from '../../../../src/store/facts/import/received.ts'
import { deal, fault, names, read, RECEIVED_AT, visit } from './received-row-support.ts'

describe('a row received over the API', () => {
  it.each(RECEIVED_KINDS)('of %s may be as the documentation shows it', (kind) => {
    for (const example of ROW_EXAMPLES[kind]) expect(read(kind, example)).toMatchObject({ kind: 'row' })
  })

  it.each(RECEIVED_KINDS)('of %s may name every field that there is, or leave it unknown', (kind) => {
    const [example] = ROW_EXAMPLES[kind]
    const nulls = Object.fromEntries(Object.keys(FIELDS[kind]).map((name) => [name, null]))
    expect(read(kind, { ...nulls, ...example })).toEqual(read(kind, example))
  })

  it('keeps numbers, booleans and lists as they are, and what else is known as attributes', () => {
    const outcome = read('accounts', {
      external_id: 42,
      domain: ['www.Müller.de', 'acme.com'],
      employees: 420,
      technologies: ['b', 'a', 'b'],
      in_crm: false,
      attributes: { tier: 2, 'fiscal year': ' June ', key: true, none: null, empty: '', tags: ['y', 'x', 'y', '#N/A'] },
    })
    if (outcome.kind === 'rejected') throw new Error(outcome.problem.message)
    const { attributes, ...columns } = outcome.row
    expect(columns).toMatchObject({ external_id: '42', domain: '["acme.com","xn--mller-kva.de"]', source: 'crm' })
    expect(JSON.parse(attributes ?? '')).toEqual({
      employees: 420,
      technologies: ['a', 'b'],
      in_crm: false,
      tier: 2,
      'fiscal year': 'June',
      key: true,
      tags: ['x', 'y'],
    })
  })

  it('without a date has none yet: the moment in which it is stored gives it one', () => {
    expect(read('activities', visit)).toMatchObject({ row: { known_at: null, assumed_known_at: null } })
    const dated = { ...visit, known_at: '2026-03-02T10:30:00+01:00' }
    expect(read('activities', dated)).toMatchObject({ row: { known_at: RECEIVED_AT } })
  })

  it('may have 100 domains and 1,000 other values', () => {
    const value = {
      external_id: 'a',
      domain: names(100),
      technologies: names(400),
      attributes: { x: names(400), y: names(200) },
    }
    expect(read('accounts', value)).toMatchObject({ kind: 'row', unreadable: [] })
    expect(read('accounts', { ...value, domain: names(45_000) })).toMatchObject({
      row: { domain: null },
      unreadable: [{ problem: { message: 'at most 100 domains a row, got 45000' } }],
    })
  })

  it('may owe money, and keeps every digit of a long attribute', () => {
    const text = '{"external_id":7,"revenue_usd":-1,"attributes":{"b":9007199254740993,"c":9007199254740991.0}}'
    expect(fault('accounts', parseFacts(text))).toMatchObject({
      external_id: '7',
      attributes: '{"revenue_usd":-1,"b":"9007199254740993","c":"9007199254740991.0"}',
    })
  })

  it('is not known ahead of our clock, save for an outcome that waits for its date', () => {
    const ahead = '2026-03-02T09:30:00.000001Z'
    expect(fault('accounts', { external_id: 'a', known_at: ahead })).toEqual(['known_in_future', 'known_at'])
    expect(fault('accounts', { external_id: 'a', known_at: RECEIVED_AT })).toMatchObject({ known_at: RECEIVED_AT })
    const won = { ...deal, outcome: 'won', closed_at: ahead }
    expect(fault('opportunities', won)).toMatchObject({ outcome: 'won', closed_at: ahead, known_at: null })
    expect(fault('opportunities', { ...won, known_at: ahead })).toMatchObject({ known_at: ahead })
    expect(fault('opportunities', { ...deal, known_at: ahead })).toEqual(['known_in_future', 'known_at'])
  })

  it('keeps a text as it was sent, in whatever script', () => {
    for (const name of [
      'e\u0301',
      '\u00e9',
      'שלום',
      '👩‍👩‍👧',
      'ß',
      'İ',
      '\uFFFE',
      "'; drop table account; --",
      '=cmd()',
    ])
      expect(JSON.parse(String(Object(fault('accounts', { external_id: 'a', name })).attributes))).toEqual({ name })
    expect(fault('accounts', { external_id: -0, attributes: { b: -0 } })).toMatchObject({
      external_id: '0',
      attributes: '{"b":0}',
    })
  })
})

import { describe, expect, it } from 'vitest'
import { parseFacts } from '../../../../src/core/facts/import/json-text.ts'
import { receivedRowReader } from '../../../../src/core/facts/import/received-row.ts'
import { ROW_EXAMPLES } from '../../../../src/http/routes/facts/ingest-rows.ts'
import type { ReceivedKind } from '../../../../src/store/facts/import/received.ts'
import { deal, defaults, fault, names, read, unreadable, visit } from './received-row-support.ts'

const nested = JSON.parse(`${'['.repeat(30)}${']'.repeat(30)}`)

describe('a row received over the API', () => {
  const twoTo53 = 9_007_199_254_740_992
  it.each<[string, ReceivedKind, unknown, readonly string[]]>([
    ['a list', 'accounts', [], ['malformed_json']],
    ['a text', 'accounts', 'a1', ['malformed_json']],
    ['null', 'accounts', null, ['malformed_json']],
    ['no key', 'accounts', {}, ['missing_value', 'external_id']],
    ['an empty key', 'accounts', { external_id: ' ' }, ['missing_value', 'external_id']],
    ['a key of 401 characters', 'accounts', { external_id: 'x'.repeat(401) }, ['too_long', 'external_id']],
    ['a text of 10,001', 'accounts', { external_id: 'a', name: 'x'.repeat(10_001) }, ['too_long', 'name']],
    ['NUL', 'accounts', { external_id: 'a\0b' }, ['bad_character', 'external_id']],
    ['half of a surrogate pair', 'accounts', { external_id: 'a\ud800' }, ['bad_character', 'external_id']],
    ['a broken byte', 'accounts', { external_id: 'a', name: 'M\uFFFDller' }, ['bad_character', 'name']],
    ['an unknown field', 'accounts', { external_id: 'a', employes: 5 }, ['unknown_key', 'employes']],
    ['an unknown field with half a pair', 'accounts', { external_id: 'a', '\ud800': 5 }, ['unknown_key', '\uFFFD']],
    [
      'a prototype',
      'accounts',
      JSON.parse('{"external_id":"a","__proto__":{"name":"x"}}'),
      ['unknown_key', '__proto__'],
    ],
    ['the other name of a field', 'accounts', { external_id: 'a', is_deleted: true }, ['unknown_key', 'is_deleted']],
    ['an object for a text', 'accounts', { external_id: { id: 'a' } }, ['bad_json_value', 'external_id']],
    ['a deep list for a text', 'accounts', { external_id: nested }, ['bad_json_value', 'external_id']],
    ['true for a key', 'accounts', { external_id: true }, ['bad_json_value', 'external_id']],
    ['a list for a key', 'accounts', { external_id: ['x'] }, ['bad_json_value', 'external_id']],
    ['half a number for a key', 'accounts', { external_id: 1.5 }, ['bad_json_value', 'external_id']],
    ['2^53 for a key', 'accounts', { external_id: twoTo53 }, ['bad_json_value', 'external_id']],
    ['true for a text', 'accounts', { external_id: 'a', name: true }, ['bad_json_value', 'name']],
    ['a list for a text', 'accounts', { external_id: 'a', name: ['x'] }, ['bad_json_value', 'name']],
    ['a list for an address', 'contacts', { external_id: 'c', email: ['a@b.com'] }, ['bad_json_value', 'email']],
    ['true for a list', 'accounts', { external_id: 'a', technologies: true }, ['bad_json_value', 'technologies']],
    ['true in a list', 'accounts', { external_id: 'a', technologies: [true] }, ['bad_json_value', 'technologies']],
    ['a list for true', 'activities', { ...visit, deleted: [true] }, ['bad_json_value', 'deleted']],
    ['-1 employees', 'accounts', { external_id: 'a', employees: -1 }, ['out_of_range', 'employees']],
    ['-1 employees as text', 'accounts', { external_id: 'a', employees: '-1' }, ['out_of_range', 'employees']],
    ['2^53 employees', 'accounts', { external_id: 'a', employees: twoTo53 }, ['out_of_range', 'employees']],
    [
      '2^53 + 1',
      'accounts',
      parseFacts('{"external_id":"a","revenue_usd":9007199254740993}'),
      ['out_of_range', 'revenue_usd'],
    ],
    ['-1e20', 'accounts', { external_id: 'a', revenue_usd: -1e20 }, ['out_of_range', 'revenue_usd']],
    [
      '1e20 as attribute',
      'accounts',
      { external_id: 'a', attributes: { b: 1e20 } },
      ['out_of_range', 'attributes', 'b'],
    ],
    ['1e400', 'accounts', JSON.parse('{"external_id":"a","employees":1e400}'), ['bad_number', 'employees']],
    ['1e400 for a key', 'accounts', JSON.parse('{"external_id":1e400}'), ['bad_number', 'external_id']],
    ['1e400 as text', 'accounts', { external_id: 'a', employees: '1e400' }, ['bad_number', 'employees']],
    ['2^53 as an ordinal', 'activities', { ...visit, ordinal: twoTo53 }, ['bad_number', 'ordinal']],
    ['half an ordinal', 'activities', { ...visit, ordinal: 1.5 }, ['bad_number', 'ordinal']],
    [
      '15 digits of money',
      'opportunities',
      { ...deal, amount: '123456789012345', currency: 'EUR' },
      ['bad_number', 'amount'],
    ],
    [
      'a currency of four letters',
      'opportunities',
      { ...deal, amount: 5, currency: 'EURO' },
      ['bad_currency', 'currency'],
    ],
    [
      'a strength of 101',
      'intent-signals',
      { ...ROW_EXAMPLES['intent-signals'][0], strength: 101 },
      ['out_of_range', 'strength'],
    ],
    [
      'a period that ends before it starts',
      'intent-signals',
      { ...ROW_EXAMPLES['intent-signals'][0], period_end: '2026-02-22' },
      ['period_reversed', 'period_end'],
    ],
    ['a signal for nobody', 'intent-signals', { ...ROW_EXAMPLES['intent-signals'][0], domain: '' }, ['no_subject']],
    [
      'no provider',
      'intent-signals',
      { ...ROW_EXAMPLES['intent-signals'][0], provider: null },
      ['missing_value', 'provider'],
    ],
    ['a choice that is none', 'activities', { ...visit, initiated_by: 'them' }, ['bad_choice', 'initiated_by']],
    ['a Turkish i in a choice', 'contacts', { external_id: 'c', seniority: 'dİrector' }, ['bad_choice', 'seniority']],
    ['maybe', 'activities', { ...visit, deleted: 'maybe' }, ['bad_boolean', 'deleted']],
    ['a domain of one label', 'activities', { ...visit, domain: 'localhost' }, ['bad_domain', 'domain']],
    ['an address without a domain', 'activities', { ...visit, email: 'ann@' }, ['bad_email', 'email']],
    ['a bad ip', 'activities', { ...visit, ip: '256.0.0.1' }, ['bad_address', 'ip']],
    [
      'a bad domain among good ones',
      'accounts',
      { external_id: 'a', domain: ['acme.com', 'x'] },
      ['bad_domain', 'domain'],
    ],
    [
      'an item with a semicolon',
      'accounts',
      { external_id: 'a', technologies: ['a;b'] },
      ['bad_json_value', 'technologies'],
    ],
    ['attributes that are a list', 'accounts', { external_id: 'a', attributes: [] }, ['bad_json_value', 'attributes']],
    [
      'attributes of a kind without',
      'customer-events',
      { ...ROW_EXAMPLES['customer-events'][0], attributes: {} },
      ['unknown_key', 'attributes'],
    ],
    [
      'an attribute that is an object',
      'accounts',
      { external_id: 'a', attributes: { b: {} } },
      ['bad_json_value', 'attributes', 'b'],
    ],
    [
      'an attribute of 1e400',
      'accounts',
      JSON.parse('{"external_id":"a","attributes":{"b":1e400}}'),
      ['bad_number', 'attributes', 'b'],
    ],
    [
      'an attribute with NUL',
      'accounts',
      { external_id: 'a', attributes: { b: '\0' } },
      ['bad_character', 'attributes', 'b'],
    ],
    [
      "a NUL in an attribute's name",
      'accounts',
      { external_id: 'a', attributes: { 'b\0': 1 } },
      ['bad_character', 'attributes', 'b\0'],
    ],
    [
      'an attribute without a name',
      'accounts',
      { external_id: 'a', attributes: { '': 1 } },
      ['bad_json_value', 'attributes', ''],
    ],
    [
      'a field among the attributes',
      'accounts',
      { external_id: 'a', attributes: { industry: 'x' } },
      ['bad_json_value', 'attributes', 'industry'],
    ],
    [
      'a prototype among the attributes',
      'accounts',
      JSON.parse('{"external_id":"a","attributes":{"__proto__":1}}'),
      ['bad_json_value', 'attributes', '__proto__'],
    ],
    [
      '501 attributes',
      'accounts',
      { external_id: 'a', attributes: Object.fromEntries(Array.from({ length: 501 }, (_, index) => [index, 1])) },
      ['too_large', 'attributes'],
    ],
    ['101 domains', 'accounts', { external_id: 'a', domain: names(101) }, ['too_large', 'domain']],
    ['101 domains in a text', 'accounts', { external_id: 'a', domain: names(101).join(';') }, ['too_large', 'domain']],
    ['1,001 values', 'accounts', { external_id: 'a', technologies: names(1001) }, ['too_large', 'technologies']],
    [
      '1,001 values in a text',
      'accounts',
      { external_id: 'a', technologies: names(1001).join(';') },
      ['too_large', 'technologies'],
    ],
    [
      '1,001 values in several lists',
      'accounts',
      { external_id: 'a', technologies: names(400), attributes: { x: names(400), y: names(201) } },
      ['too_large', 'attributes', 'y'],
    ],
  ])('with %s is rejected where reading is strict, and says where', (_name, kind, value, expected) => {
    expect(fault(kind, value)).toEqual(expected)
  })

  it.each([
    ['0000-01-01T00:00:00Z', 'bad_instant'],
    ['-000044-03-15T00:00:00Z', 'bad_instant'],
    ['1899-12-31T23:59:59Z', 'bad_instant'],
    ['2200-01-01T00:00:00Z', 'bad_instant'],
    ['9999-12-31T00:00:00Z', 'bad_instant'],
    ['10000-01-01T00:00:00Z', 'bad_instant'],
    ['+275761-01-01T00:00:00Z', 'bad_instant'],
    ['2026-02-31T00:00:00Z', 'bad_instant'],
    ['2026-02-01T24:00:00Z', 'bad_instant'],
    ['2026-06-29T23:59:60Z', 'bad_instant'],
    ['infinity', 'bad_instant'],
    ['now', 'bad_instant'],
    ['2026-02-01T09:00:00', 'no_time_zone'],
    [1_772_000, 'bad_instant'],
    [true, 'bad_instant'],
  ])('with the time %s is rejected', (occurred, reason) => {
    expect(fault('activities', { ...visit, occurred_at: occurred })).toEqual([reason, 'occurred_at'])
  })

  it('suggests the nearest name for an unknown key, the first 20 times', () => {
    const readRow = receivedRowReader('accounts', defaults)
    const messages = Array.from({ length: 30 }, (_, index) => {
      const row = readRow({ external_id: 'a', [`industr${index}`]: 1 })
      return row.kind === 'rejected' ? row.problem.message : ''
    })
    expect(messages.filter((message) => message.includes('did you mean industry?'))).toHaveLength(20)
    expect(messages.filter((message) => message.includes('accounts have no such field'))).toHaveLength(30)
  })

  it('with a number out of range gets a message with its name, its value and the limits', () => {
    expect(read('accounts', { external_id: 'a', employees: -1 })).toMatchObject({
      unreadable: [{ problem: { message: 'employees must lie in 0 to 9007199254740991, got -1' } }],
    })
  })

  it('keeps what can be read, and lists what cannot', () => {
    const account = {
      external_id: 'a',
      name: { first: 'Acme' },
      employees: 'many',
      domain: ['acme.com', 'no domain', 'acme.de'],
      technologies: names(1001),
      attributes: { tier: 2, nested: {}, list: [1] },
    }
    expect(unreadable('accounts', account)).toEqual([
      ['bad_json_value', 'name'],
      ['too_large', 'technologies'],
      ['bad_domain', 'domain'],
      ['bad_number', 'employees'],
      ['bad_json_value', 'attributes', 'nested'],
      ['bad_json_value', 'attributes', 'list'],
    ])
    expect(read('accounts', account)).toMatchObject({
      row: { external_id: 'a', domain: '["acme.com","acme.de"]', attributes: '{"tier":2}' },
    })
    expect(unreadable('contacts', { external_id: 'c', email: 'ann@', seniority: 'Head of' })).toEqual([
      ['bad_email', 'email'],
      ['bad_choice', 'seniority'],
    ])
  })

  it.each<[string, ReceivedKind, unknown, readonly string[]]>([
    ['a key', 'accounts', { external_id: ['a'] }, ['bad_json_value', 'external_id']],
    ['what is required', 'activities', { ...visit, occurred_at: 'soon' }, ['bad_instant', 'occurred_at']],
    ['a deletion', 'accounts', { external_id: 'a', deleted: 'perhaps' }, ['bad_boolean', 'deleted']],
    ['a deletion of another type', 'accounts', { external_id: 'a', deleted: ['x'] }, ['bad_json_value', 'deleted']],
    [
      'the date since when it is known',
      'accounts',
      { external_id: 'a', known_at: 'soon' },
      ['bad_instant', 'known_at'],
    ],
    ['the source, a part of the key', 'activities', { ...visit, source: 'a\0' }, ['bad_character', 'source']],
  ])('is rejected where %s cannot be read, since that must not be guessed', (_name, kind, value, expected) => {
    const outcome = read(kind, value)
    expect(outcome.kind === 'rejected' && [outcome.problem.reason, ...outcome.path]).toEqual(expected)
  })
})

import { describe, expect, it } from 'vitest'
import { normalDomain, normalEmail } from '../../../../src/core/facts/identity/domains.ts'
import { type FieldType, fieldReader } from '../../../../src/core/facts/import/field-types.ts'

function read(type: FieldType['type'], text: string) {
  const field = type === 'choice' ? { type, choices: ['won', 'lost'] } : { type, separator: ';' }
  return fieldReader(field as FieldType, {})(text, 'column')
}

describe('field types', () => {
  it('take what is well formed', () => {
    expect(read('key', 'Älter & Söhne')).toBe('Älter & Söhne')
    expect(read('number', '1e3')).toBe('1000')
    expect(read('number', '-9007199254740991')).toBe('-9007199254740991')
    expect(read('count', '0')).toBe('0')
    expect(read('count', '12.5')).toBe('12.5')
    expect(read('money', '-1234.5')).toBe('-1234.5')
    expect(read('currency', 'eur')).toBe('EUR')
    expect(read('boolean', 'Yes')).toBe('true')
    expect(read('strength', '62.5')).toBe('62.5')
    expect(read('month', '2024-03')).toBe('2024-03-01')
    for (const month of ['2024/03', '03/2024', '3.2024', 'Mar 2024', 'März 2024', 'March-2024', '2024-3'])
      expect([month, read('month', month)]).toEqual([month, '2024-03-01'])
    for (const domains of ['gamma.com, gamma.de', 'gamma.de;gamma.com,', 'gamma.com;#N/A, gamma.de'])
      expect([domains, read('domains', domains)]).toEqual([domains, '["gamma.com","gamma.de"]'])
    for (const choice of ['Won', 'WON', 'won']) expect(read('choice', choice)).toBe('won')
    expect(read('list', ' sap; aws;sap ;')).toBe('["aws","sap"]')
    expect(read('network', '192.0.2.0/24')).toBe('192.0.2.0/24')
    expect(read('address', '2001:db8::1')).toBe('2001:db8::1')
  })

  it.each([
    ['key', 'x'.repeat(401), 'too_long'],
    ['key', 'a\0b', 'bad_character'],
    ['text', 'M\uFFFDller', 'bad_character'],
    ['number', '1,5,6', 'bad_number'],
    ['number', '1.355', 'ambiguous_number'],
    ['money', '12%', 'bad_number'],
    ['money', '51-200', 'bad_number'],
    ['key', '1.23457E+11', 'bad_key'],
    ['key', '#N/A', 'bad_key'],
    ['key', '71;72;73', 'several_ids'],
    ['number', 'Infinity', 'bad_number'],
    ['number', '0x10', 'bad_number'],
    ['number', '9007199254740993', 'out_of_range'],
    ['count', '-1', 'out_of_range'],
    ['count', '9007199254740992', 'out_of_range'],
    ['count', 'many', 'bad_number'],
    ['integer', '1.5', 'bad_number'],
    ['count', 'Nov-50', 'bad_number'],
    ['money', '123456789012345', 'bad_number'],
    ['currency', '€', 'bad_currency'],
    ['boolean', 'maybe', 'bad_boolean'],
    ['strength', '101', 'out_of_range'],
    ['month', '2024-03-02', 'bad_month'],
    ['month', '13/2024', 'bad_month'],
    ['month', 'Foo 2024', 'bad_month'],
    ['choice', 'Woon', 'bad_choice'],
    ['domain', 'localhost', 'bad_domain'],
    ['email', 'ann@', 'bad_email'],
    ['address', '300.1.1.1', 'bad_address'],
    ['network', '10.0.0.0/33', 'bad_network'],
  ] as const)('refuse %s %j as %s', (type, text, reason) => {
    expect(read(type, text)).toMatchObject({ reason, column: 'column' })
  })

  it.each(['#N/A', 'NULL', '-', 'n/a', 'None', ' nan ', '\u200B', '\\N'])('know nothing where %j stands', (text) => {
    for (const type of ['text', 'label', 'number', 'money', 'boolean', 'instant', 'day', 'email', 'domains'] as const)
      expect(read(type, text.trim())).toBeNull()
  })

  it('read yes and no in any spelling and case', () => {
    const yes = ['true', 'TRUE', 'Yes', 'y', 'T', '1', '1.0', '-1', 'x', 'X', 'on', 'checked', 'Ja', 'OUI', 'S\u00ED', 'WAHR', 'vrai', '\u2713'] // biome-ignore format: a list
    const no = ['false', 'FALSE', 'No', 'N', 'f', '0', '0.0', 'off', 'Unchecked', 'nein', 'Non', 'FALSCH', 'faux', '\u2717'] // biome-ignore format: a list
    expect(yes.map((text) => read('boolean', text))).toEqual(yes.map(() => 'true'))
    expect(no.map((text) => read('boolean', text))).toEqual(no.map(() => 'false'))
  })

  it('ask about a number that could be two', () => {
    expect(read('money', '1.355')).toMatchObject({
      message: '1.355 is 1355 or 1.355: state decimal in the mapping, or --decimal comma|point',
    })
  })

  it('cut the value that an error repeats to 200 characters', () => {
    expect(read('number', '9'.repeat(500) + 'x')).toMatchObject({ value: '9'.repeat(200) })
  })
})

describe('a domain', () => {
  it('has one spelling', () => {
    expect(normalDomain('https://www.Müller.de/kontakt')).toBe('xn--mller-kva.de')
    expect(normalDomain('WWW.ACME.COM.')).toBe('acme.com')
    expect(normalDomain('acme.com:8080')).toBe('acme.com')
    expect(normalDomain('192.0.2.1')).toBeUndefined()
  })

  it('of an email address keeps its www', () => {
    expect(normalEmail(' Ann.B@WWW.Acme.com')).toBe('ann.b@www.acme.com')
    expect(normalEmail('a@b@c.com')).toBeUndefined()
  })
})

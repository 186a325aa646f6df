import { describe, expect, it } from 'vitest'
import { fieldReader, type Notation } from '../../../../../src/core/facts/import/field-types.ts'
import { moneyOf } from '../../../../../src/core/facts/import/values/money-text.ts'

function money(text: string, notation: Notation = {}) {
  const read = fieldReader({ type: 'money' }, notation)(text, 'amount')
  return typeof read === 'string' ? moneyOf(read).amount : read
}

function number(text: string, notation: Notation = {}) {
  return fieldReader({ type: 'number' }, notation)(text, 'column')
}

function count(text: string) {
  return fieldReader({ type: 'count' }, {})(text, 'employees')
}

describe('a number', () => {
  it.each([
    // Salesforce's Data Loader and Bulk API write amounts from ten million up with an exponent.
    ['1.2E7', '12000000'],
    ['1.15056052E8', '115056052'],
    ['1.15056052e+08', '115056052'],
    ['9500000.0', '9500000'],
    ['1.234,56', '1234.56'],
    ['1234,56', '1234.56'],
    ['1 234,56', '1234.56'],
    ['1\u00A0234,56', '1234.56'],
    ['1\u2009234,56', '1234.56'],
    ['1\u202F234', '1234'],
    ["1'234.50", '1234.5'],
    ['1\u2019234.50', '1234.5'],
    ['1,234.56', '1234.56'],
    ['12,34,567.50', '1234567.5'],
    ['1.200.300', '1200300'],
    ['\u20AC 1234', '1234'],
    ['$1,200.50', '1200.5'],
    ['US$ 1,200.50', '1200.5'],
    ['EUR 1 200', '1200'],
    ['1200 \u20AC', '1200'],
    ['CHF 1\u2019200.\u2013', '1200'],
    ['kr 1 200', '1200'],
    ['(250.00)', '-250'],
    ['($1,200.00)', '-1200'],
    ['1200-', '-1200'],
    ['\u22121200', '-1200'],
    ['-$5', '-5'],
    ['$-5', '-5'],
    ['$10M', '10000000'],
    ['10 M\u20AC', '10000000'],
    ['3 Mrd. \u20AC', '3000000000'],
    ['1K', '1000'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['0,355', '0.355'],
    ['1234.567', '1234.567'],
  ])('%s is %s, in a field of any kind', (text, value) => {
    expect(money(text)).toBe(value)
    expect(number(text)).toBe(value)
    if (!value.startsWith('-')) expect(count(text)).toBe(value)
  })

  it.each(['1..2', '1,2,3', '12 34', '--5', '(-5)', 'EUR', '5A', '1e', '0x10', '12,345,67'])('is not %s', (text) => {
    expect(money(text)).toMatchObject({ reason: 'bad_number' })
    expect(number(text)).toMatchObject({ reason: 'bad_number' })
  })

  it('of money has four decimals: more are rounded, half away from zero', () => {
    expect(money('1199.9999999999998')).toBe('1200')
    expect(money('0.00005')).toBe('0.0001')
    expect(money('-0.00005')).toBe('-0.0001')
    expect(money('0.00004')).toBe('0')
    expect(money('12345678901234.56785')).toBe('12345678901234.5679')
    expect(money('99999999999999.99999')).toMatchObject({ reason: 'bad_number' })
  })

  it('is a share with a percent sign, and a strength of 0 to 100 is not', () => {
    expect(number('12%')).toBe('0.12')
    expect(number('12,5\u00A0%')).toBe('0.125')
    expect(fieldReader({ type: 'strength' }, {})('62%', 'strength')).toBe('62')
    expect(fieldReader({ type: 'strength' }, {})('62.125', 'strength')).toBe('62.125')
    expect(count('12%')).toMatchObject({ reason: 'bad_number' })
  })

  it('that could be two is what the mapping says', () => {
    expect(money('1.355', { decimal: 'comma' })).toBe('1355')
    expect(money('1.355', { decimal: 'point' })).toBe('1.355')
    expect(money('1,355', { decimal: 'comma' })).toBe('1.355')
    expect(money('1,355', { grouping: 'comma' })).toBe('1355')
    expect(money('1.355', { grouping: 'space' })).toBe('1.355')
    expect(money('$1,200', { decimal: 'point' })).toBe('1200')
  })

  it('that can only be read one way is read so, whatever the mapping says', () => {
    for (const decimal of ['comma', 'point'] as const) {
      expect(money('1.2E7', { decimal })).toBe('12000000')
      expect(money('1,234.56', { decimal })).toBe('1234.56')
      expect(money('1234,5', { decimal })).toBe('1234.5')
    }
  })

  it('that is whole, or that nobody multiplies by a thousand, is not asked about', () => {
    expect(fieldReader({ type: 'integer' }, {})('1.355', 'ordinal')).toBe('1355')
    expect(fieldReader({ type: 'integer' }, {})('3.0', 'ordinal')).toBe('3')
    expect(fieldReader({ type: 'rate' }, {})('1.085', 'usd_per_unit')).toBe('1.085')
    expect(fieldReader({ type: 'rate' }, {})('1,085', 'usd_per_unit')).toBe('1.085')
  })
})

describe('a range', () => {
  // Square roots by bc -l.
  it.each([
    ['51-200', 100.995],
    ['51\u2013200', 100.995],
    ['51 to 200', 100.995],
    ['51-200 employees', 100.995],
    ['1,001-5,000', 2237.186],
    ['1.001-5.000', 2237.186],
    ['501-1,000', 707.814],
    ['10 000 - 50 000', 22360.68],
    ['1M-10M', 3162277.66],
    ['$1M - $10M', 3162277.66],
    ['$1M to $10M', 3162277.66],
    ['1-10M', 3162277.66],
    ['500-1K', 707.107],
    ['1\u201310 Mio. \u20AC', 3162277.66],
    ['1-5M EUR', 2236067.98],
    ['$1-10M USD', 3162277.66],
    ['1-10 Mio EUR', 3162277.66],
    ['1 - 10 Mio. EUR', 3162277.66],
    ['EUR 1-10M', 3162277.66],
    ['1-10M kr', 3162277.66],
    ['1-10M z\u0142', 3162277.66],
    ['1 to 10 million USD', 3162277.66],
    ['500K-1M EUR', 707106.78],
    ['1.125-2.250M USD', 1590990.26],
    ['500-1K EUR', 707.107],
    ['500-1000 EUR', 707.107],
    ['0-10', 5],
    ['10,001+', 10001],
    ['1000+', 1000],
    ['>10.000', 10000],
    ['1000 or more', 1000],
    ['<10', 10],
    ['$1B+', 1e9],
  ])('%s is its geometric middle, or the end that is stated', (text, middle) => {
    expect(Number(count(text))).toBeCloseTo(middle, 2)
    expect(Number(number(text))).toBeCloseTo(middle, 2)
  })

  it.each(['500 - 1 Mio. EUR', '500-1M', '200-51', 'a-b', '10-20-30', '2024-01-05', '-'.repeat(4)])(
    'is not %s',
    (text) => {
      expect(number(text)).toMatchObject({ reason: 'bad_number' })
    },
  )

  it('of which a spreadsheet made a date is refused with that reason', () => {
    expect(count('Nov-50')).toMatchObject({ message: expect.stringContaining('made a date of a range') })
    expect(count('10-Jan')).toMatchObject({ message: expect.stringContaining('made a date of a range') })
  })
})

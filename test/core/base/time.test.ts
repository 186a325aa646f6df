import { describe, expect, it } from 'vitest'
import {
  addDays,
  addMonths,
  ageInDays,
  dayNumber,
  epochMicrosOf,
  epochMsOf,
  firstOfMonthBefore,
  firstsOfMonth,
  instantOfEpochMicros,
  instantOfEpochMs,
  instantPlusDays,
  isoDateOf,
  type IsoDate,
  type Instant,
  parseInstant,
  parseIsoDate,
} from '../../../src/core/base/time.ts'

const day = (text: string) => text as IsoDate
const instant = (text: string) => parseInstant(text) as Instant

describe('a calendar day', () => {
  it.each(['2024-02-29', '2000-02-29', '1900-01-01', '2199-12-31'])('%s exists', (text) => {
    expect(parseIsoDate(text)).toBe(text)
  })

  it.each([
    '2023-02-29',
    '1900-02-29',
    '2100-02-29',
    '2024-02-30',
    '2024-04-31',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
  ])('%s does not', (text) => expect(parseIsoDate(text)).toBeUndefined())

  it.each(['1899-12-31', '2200-01-01', '24-01-01', '2024-1-1', '2024-01-01T00:00', ''])('%s is not read', (text) => {
    expect(parseIsoDate(text)).toBeUndefined()
  })

  it('is numbered from 1970-01-01', () => {
    // 30 years with seven leap days: 30 x 365 + 7 = 10957; 1900 was no leap year: -(70 x 365 + 17) = -25567.
    expect([day('1970-01-01'), day('2000-01-01'), day('1900-01-01')].map(dayNumber)).toEqual([0, 10_957, -25_567])
  })

  it('survives the conversion to its number and back, for every supported day', () => {
    const [first, last] = [dayNumber(day('1900-01-01')), dayNumber(day('2199-12-31'))]
    let wrong = 0
    for (let number = first; number <= last; number += 1) {
      const date = isoDateOf(number)
      if (dayNumber(date) !== number || parseIsoDate(date) === undefined) wrong += 1
      if (new Date(number * 86_400_000).toISOString().slice(0, 10) !== date) wrong += 1
    }
    expect(wrong).toBe(0)
  })

  it('is moved across ends of months and leap days', () => {
    expect(addDays(day('2024-02-28'), 2)).toBe('2024-03-01')
    expect(addDays(day('2023-02-28'), 1)).toBe('2023-03-01')
    expect(addDays(day('2024-01-01'), -1)).toBe('2023-12-31')
    expect(addMonths(day('2024-01-01'), -1)).toBe('2023-12-01')
    expect(addMonths(day('2024-11-01'), 14)).toBe('2026-01-01')
    expect(addMonths(day('2024-12-01'), 0)).toBe('2024-12-01')
    expect(addMonths(day('2024-12-01'), -24)).toBe('2022-12-01')
  })
})

describe('an instant', () => {
  it.each([
    ['2024-10-01T00:00Z', '2024-10-01T00:00:00.000000Z'],
    ['2024-10-01 12:30:45z', '2024-10-01T12:30:45.000000Z'],
    ['2024-10-01T12:30:45.5Z', '2024-10-01T12:30:45.500000Z'],
    ['2024-10-01T12:30:45,123456Z', '2024-10-01T12:30:45.123456Z'],
    ['2024-01-01T00:30:00+01:00', '2023-12-31T23:30:00.000000Z'],
    ['2024-02-28T22:00:00-05', '2024-02-29T03:00:00.000000Z'],
    ['2024-10-01T05:45:00+0545', '2024-10-01T00:00:00.000000Z'],
    ['2024-10-01T00:00:00-00:30', '2024-10-01T00:30:00.000000Z'],
    // RFC 3339, section 5.8 and appendix A.
    ['1985-04-12t23:20:50.52z', '1985-04-12T23:20:50.520000Z'],
    ['1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000000Z'],
    ['1990-12-31T15:59:60.5-08:00', '1991-01-01T00:00:00.500000Z'],
    ['1937-01-01T12:00:27.87+00:20', '1937-01-01T11:40:27.870000Z'],
    ['2024-10-01T00:00:00-00:00', '2024-10-01T00:00:00.000000Z'],
    // Nanoseconds, as Go and Java write them.
    ['2024-10-01T00:00:00.123456789Z', '2024-10-01T00:00:00.123456Z'],
    // Salesforce's API, Ruby and BigQuery.
    ['2024-10-01T07:30:00.000+0000', '2024-10-01T07:30:00.000000Z'],
    ['2024-10-01 07:30:00 +0200', '2024-10-01T05:30:00.000000Z'],
    ['2024-10-01 07:30:00.25 UTC', '2024-10-01T07:30:00.250000Z'],
    // 1704067200 s is 2024-01-01T00:00:00Z (date -u -d @1704067200).
    ['1704067200', '2024-01-01T00:00:00.000000Z'],
    ['1704067200.5', '2024-01-01T00:00:00.500000Z'],
    ['1704067200123', '2024-01-01T00:00:00.123000Z'],
    ['1704067200123456', '2024-01-01T00:00:00.123456Z'],
  ])('%s is %s', (text, utc) => expect(parseInstant(text)).toBe(utc))

  it.each([
    '2024-10-01',
    '2024-10-01T12:30:45',
    '2024-02-30T00:00:00Z',
    '2024-10-01T24:00:00Z',
    '2024-10-01T23:60:00Z',
    '2024-10-01T23:59:60Z',
    '2024-10-01T23:59:61Z',
    '2024-09-30T12:30:60Z',
    '2024-10-01 10:00 02:00',
    '99999999999999',
    '7258118400000',
    '2024-10-01T00:00:00+19:00',
    '1900-01-01T00:00:00+00:01',
    '2199-12-31T23:59:59-00:01',
    ' 2024-10-01T00:00:00Z',
  ])('%s is not read', (text) => expect(parseInstant(text)).toBeUndefined())

  it('is converted to milliseconds and microseconds and back', () => {
    const text = '2024-10-01T12:34:56.789012Z'
    expect(epochMsOf(instant(text))).toBe(Date.parse('2024-10-01T12:34:56.789Z'))
    expect(epochMicrosOf(instant(text))).toBe(Date.parse('2024-10-01T12:34:56.789Z') * 1000 + 12)
    expect(instantOfEpochMicros(epochMicrosOf(instant(text)))).toBe(text)
    expect(instantOfEpochMs(Date.parse('1969-12-31T23:59:59.999Z'))).toBe('1969-12-31T23:59:59.999000Z')
    expect(instantOfEpochMs(1.9)).toBe('1970-01-01T00:00:00.001000Z')
    for (const edge of ['1900-01-01T00:00:00.000001Z', '2199-12-31T23:59:59.999999Z']) {
      expect(instantOfEpochMicros(epochMicrosOf(instant(edge)))).toBe(edge)
    }
  })

  it('is refused outside the supported years', () => {
    expect(() => instantOfEpochMs(Date.parse('2200-01-01T00:00:00Z'))).toThrow('1900 to 2199')
    expect(() => instantOfEpochMs(Number.NaN)).toThrow('1900 to 2199')
  })

  it('keeps its time of day when days are added', () => {
    expect(instantPlusDays(instant('2024-02-28T23:59:59.999999Z'), 2)).toBe('2024-03-01T23:59:59.999999Z')
  })

  it('ages by UTC days, not by hours', () => {
    expect(ageInDays(instant('2024-10-01T00:00Z'), instant('2024-09-30T23:59:59.999999Z'))).toBe(1)
    expect(ageInDays(instant('2024-10-01T23:59Z'), instant('2024-10-01T00:00Z'))).toBe(0)
  })
})

describe('first of a month', () => {
  it('before an instant lies strictly before it', () => {
    expect(firstOfMonthBefore(instant('2024-10-01T00:00Z'))).toBe('2024-09-01T00:00:00.000000Z')
    expect(firstOfMonthBefore(instant('2024-10-01T00:00:00.000001Z'))).toBe('2024-10-01T00:00:00.000000Z')
    expect(firstOfMonthBefore(instant('2024-01-01T00:00Z'))).toBe('2023-12-01T00:00:00.000000Z')
  })

  it('in [start, end): the start counts, the end does not', () => {
    const firsts = firstsOfMonth(instant('2024-11-01T00:00Z'), instant('2025-02-01T00:00Z'))
    expect(firsts.map((first) => first.slice(0, 10))).toEqual(['2024-11-01', '2024-12-01', '2025-01-01'])
    expect(firstsOfMonth(instant('2024-11-01T00:00:00.000001Z'), instant('2024-12-01T00:00Z'))).toEqual([])
    expect(firstsOfMonth(instant('2025-01-01T00:00Z'), instant('2024-01-01T00:00Z'))).toEqual([])
  })
})

describe('an instant as most programs write it', () => {
  it.each([
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000000Z'],
    ['2024-02-29T23:59:59.123Z', '2024-02-29T23:59:59.123000Z'],
    ['2024-02-29T23:59:59.123456Z', '2024-02-29T23:59:59.123456Z'],
  ])('%s', (text, expected) => expect(parseInstant(text)).toBe(expected))

  it.each([
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-04-31T00:00:00.000Z',
    '1899-12-31T23:59:59Z',
    '2200-01-01T00:00:00.000000Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T10:60:00Z',
    '2024-01-01T10:00:60Z',
    '2024-01-01T10:00:61Z',
    '2016-12-31T23:59:60Z',
    '2024-01-01T10:00:00,123Z',
    '2024-01-01T10:00:0a.123Z',
    '2024-01-01T1\u0660:00:00Z',
  ])('%s is read as with another sign for UTC', (text) => {
    // "z" is as good as "Z", and less usual: it takes the other way.
    expect(parseInstant(text)).toBe(parseInstant(text.replace(/Z$/, 'z')))
  })
})

import { describe, expect, it } from 'vitest'
import { dayReader, formatProblem, instantReader } from '../../../../src/core/facts/import/local-time.ts'

describe('reading an instant', () => {
  it('takes an offset as it is, to the microsecond', () => {
    expect(instantReader({})('2024-10-01T02:00:00.123456+02:00', 'at')).toBe('2024-10-01T00:00:00.123456Z')
  })

  it('refuses a time without an offset when nobody named a zone', () => {
    expect(instantReader({})('2024-10-01 09:30', 'at')).toMatchObject({ reason: 'no_time_zone', column: 'at' })
  })

  it.each(['31/02/2024 10:00', '2024-02-31 10:00', '2024-10-01 25:61', '2024-10-01T09:61:00,5', '1 Oct 1824 09:30'])(
    'is asked for a zone only where it exists: %s does not',
    (text) => {
      expect(instantReader({})(text, 'at')).toMatchObject({ reason: 'bad_instant', value: text })
      expect(instantReader({ timeZone: 'Europe/Berlin' })(text, 'at')).toMatchObject({ reason: 'bad_instant' })
    },
  )

  it.each(['1.10.2024 9:30', '2024-10-01T09:30:00,25', 'Oct 1, 2024 9:30 AM'])('has one in any zone: %s', (text) => {
    expect(instantReader({})(text, 'at')).toMatchObject({ reason: 'no_time_zone', value: text })
  })

  it('reads a wall clock time in the stated zone, in winter and in summer', () => {
    const read = instantReader({ timeZone: 'Europe/Berlin' })
    expect(read('2024-01-15T09:30:00.5', 'at')).toBe('2024-01-15T08:30:00.500000Z')
    expect(read('2024-07-15 09:30', 'at')).toBe('2024-07-15T07:30:00.000000Z')
  })

  it('reads a plain date as its first moment, in the stated zone or else in UTC', () => {
    expect(instantReader({})('2024-10-01', 'at')).toBe('2024-10-01T00:00:00.000000Z')
    expect(instantReader({ timeZone: 'Asia/Tokyo' })('2024-10-01', 'at')).toBe('2024-09-30T15:00:00.000000Z')
  })

  it('refuses a time that the clocks skipped, and takes the later of two', () => {
    const read = instantReader({ timeZone: 'Europe/Berlin' })
    // Clocks went from 02:00 to 03:00 on 2024-03-31, and from 03:00 back to 02:00 on 2024-10-27.
    expect(read('2024-03-31T02:30', 'at')).toMatchObject({ reason: 'no_such_local_time' })
    expect(read('2024-03-31T03:00', 'at')).toBe('2024-03-31T01:00:00.000000Z')
    expect(read('2024-10-27T02:30', 'at')).toBe('2024-10-27T01:30:00.000000Z')
    expect(read('2024-10-27T01:59', 'at')).toBe('2024-10-26T23:59:00.000000Z')
  })

  it('begins a day at its first moment, where the clocks skip midnight, or the whole day', () => {
    // 2018-11-04 began at 01:00 (-02:00) in São Paulo; Samoa had no 2011-12-30; midnight came twice in Havana on 2024-11-03
    // only as 01:00 went back to 00:00; Cairo skipped midnight on 2024-04-26.
    const day = (timeZone: string, text: string, endOfDay = false) => instantReader({ timeZone, endOfDay })(text, 'at')
    expect(day('America/Sao_Paulo', '2018-11-04')).toBe('2018-11-04T03:00:00.000000Z')
    expect(day('America/Sao_Paulo', '2018-11-03', true)).toBe('2018-11-04T03:00:00.000000Z')
    expect(day('America/Sao_Paulo', '2018-11-02', true)).toBe('2018-11-03T03:00:00.000000Z')
    expect(day('Africa/Cairo', '2024-04-26')).toBe('2024-04-25T22:00:00.000000Z')
    expect(day('Pacific/Apia', '2011-12-30')).toBe('2011-12-30T10:00:00.000000Z')
    expect(day('America/Havana', '2024-11-03')).toBe('2024-11-03T04:00:00.000000Z')
    for (const midnight of ['2018-11-04 00:00:00', '2018-11-04T00:00', '2018-11-04 00:00:00.000', '4.11.2018 00:00'])
      expect(day('America/Sao_Paulo', midnight)).toBe('2018-11-04T03:00:00.000000Z')
    expect(day('America/Sao_Paulo', '2018-11-04 00:00:01')).toMatchObject({ reason: 'no_such_local_time' })
    const withTime = instantReader({ timeZone: 'America/Sao_Paulo', format: 'd/M/yyyy HH:mm' })
    expect(withTime('4/11/2018 00:00', 'at')).toBe('2018-11-04T03:00:00.000000Z')
    expect(withTime('4/11/2018 00:01', 'at')).toMatchObject({ reason: 'no_such_local_time' })
    const format = 'd/M/yyyy'
    expect(instantReader({ timeZone: 'America/Sao_Paulo', format })('4/11/2018', 'at')).toBe(
      '2018-11-04T03:00:00.000000Z',
    )
  })

  it('takes midnight for the whole day where days are meant, as warehouses write them', () => {
    const close = (text: string) => instantReader({ timeZone: 'Europe/Berlin', endOfDay: true })(text, 'at')
    for (const text of [
      '2024-06-30',
      '2024-06-30 00:00:00',
      '2024-06-30T00:00:00.000Z',
      '2024-06-30 00:00:00+00:00',
      '30.06.2024 00:00',
      '6/30/2024 12:00 AM',
      '1719705600000',
      '1719705600',
    ])
      expect(close(text)).toBe('2024-06-30T22:00:00.000000Z')
    const stated = (format: string, text: string) =>
      instantReader({ timeZone: 'Europe/Berlin', endOfDay: true, format })(text, 'at')
    expect(stated('yyyy-MM-dd HH:mm:ss', '2024-06-30 00:00:00')).toBe('2024-06-30T22:00:00.000000Z')
    expect(stated('yyyy-MM-dd HH:mm:ss', '2024-06-30 00:00:01')).toBe('2024-06-29T22:00:01.000000Z')
    expect(stated('x', '1719705600000')).toBe('2024-06-30T22:00:00.000000Z')
    expect(stated('X', '1719705601')).toBe('2024-06-30T00:00:01.000000Z')
    expect(close('1719705601000')).toBe('2024-06-30T00:00:01.000000Z')
    expect(close('2024-06-30 00:00:01')).toBe('2024-06-29T22:00:01.000000Z')
    expect(instantReader({ timeZone: 'Europe/Berlin' })('2024-06-30 00:00:00', 'at')).toBe(
      '2024-06-29T22:00:00.000000Z',
    )
  })

  it('says which clocks skipped a stated time, and how to state a zone', () => {
    expect(instantReader({ timeZone: 'America/Sao_Paulo' })('2018-11-04 00:30', 'at')).toMatchObject({
      reason: 'no_such_local_time',
      message: 'the clocks of America/Sao_Paulo skipped this time',
    })
    expect(instantReader({})('2018-11-04 00:30', 'at')).toMatchObject({
      message: expect.stringContaining('--time-zone Europe/Berlin'),
    })
  })

  it.each([
    ['31.12.2023', '2023-12-31T00:00:00.000000Z'],
    ['1.2.2024', '2024-02-01T00:00:00.000000Z'],
    ['31/12/2023', '2023-12-31T00:00:00.000000Z'],
    ['2/29/2024', '2024-02-29T00:00:00.000000Z'],
    ['5/5/2024', '2024-05-05T00:00:00.000000Z'],
    ['2023/12/31', '2023-12-31T00:00:00.000000Z'],
    ['31-Dec-2023', '2023-12-31T00:00:00.000000Z'],
    ['31. Dezember 2023', '2023-12-31T00:00:00.000000Z'],
    ['Dec 31, 2023', '2023-12-31T00:00:00.000000Z'],
    ['December 31 2023', '2023-12-31T00:00:00.000000Z'],
    ['20231231', '2023-12-31T00:00:00.000000Z'],
    ['20231231T101500Z', '2023-12-31T10:15:00.000000Z'],
    ['12/31/2023, 9:15 PM UTC', '2023-12-31T21:15:00.000000Z'],
    ['31.12.2023 21:15:30 +0100', '2023-12-31T20:15:30.000000Z'],
  ])('reads what spreadsheets and reports write: %s', (text, instant) => {
    expect(instantReader({})(text, 'at')).toBe(instant)
  })

  it('reads a time of a spreadsheet in the stated zone', () => {
    const read = instantReader({ timeZone: 'America/New_York' })
    expect(read('2/29/2024, 9:15 AM', 'at')).toBe('2024-02-29T14:15:00.000000Z')
    expect(read('2/29/2024 12:05 am', 'at')).toBe('2024-02-29T05:05:00.000000Z')
    expect(read('2/29/2024 13:05 PM', 'at')).toMatchObject({ reason: 'bad_instant' })
  })

  it('asks which is the month, unless the column has shown it', () => {
    expect(instantReader({})('3/4/2024', 'at')).toMatchObject({
      reason: 'ambiguous_date',
      message: '3/4/2024 is 2024-04-03 or 2024-03-04: state "format" in the mapping, as d/M/yyyy or M/d/yyyy',
    })
    expect(instantReader({ dayOrder: 'day_first' })('3/4/2024', 'at')).toBe('2024-04-03T00:00:00.000000Z')
    expect(dayReader({ dayOrder: 'month_first' })('3/4/2024', 'at')).toBe('2024-03-04')
  })

  it('reads a stated format', () => {
    const read = instantReader({ format: 'd.M.yyyy HH:mm', timeZone: 'Europe/Berlin' })
    expect(read('5.3.2024 09:30', 'at')).toBe('2024-03-05T08:30:00.000000Z')
    expect(read('30.2.2024 09:30', 'at')).toMatchObject({ reason: 'bad_instant' })
    expect(instantReader({ format: 'X' })('1704067200', 'at')).toBe('2024-01-01T00:00:00.000000Z')
  })

  it('refuses days that never were and years that are slips', () => {
    for (const text of ['2024-02-30', '0024-10-01T00:00:00Z', '1 Och 2024', '2300-01-01', '31.2.2024', '45352']) {
      expect(instantReader({})(text, 'at')).toMatchObject({ reason: 'bad_instant' })
    }
  })
})

describe('a format', () => {
  it('must name a zone when it has a time of day', () => {
    expect(formatProblem({ format: 'dd/MM/yyyy HH:mm' })).toContain('state time_zone')
    expect(formatProblem({ format: 'dd/MM/yyyy HH:mm', timeZone: 'UTC' })).toBeUndefined()
    expect(formatProblem({ format: 'dd/MM/yyyy HH:mm ZZ' })).toBeUndefined()
    expect(formatProblem({ format: 'dd/MM/yyyy' })).toBeUndefined()
  })

  it('must name the year, which would otherwise come from the clock of the importing machine', () => {
    expect(formatProblem({ format: 'dd/MM HH:mm', timeZone: 'UTC' })).toContain('must name year, month and day')
  })

  it('serves calendar days as well', () => {
    expect(dayReader({ format: 'dd/MM/yyyy' })('05/03/2024', 'day')).toBe('2024-03-05')
    expect(dayReader({})('2023-02-29', 'day')).toMatchObject({ reason: 'bad_date' })
  })

  it.each(['2024-03-05', '2024-03-05 00:00:00', '2024-03-05T00:00:00.000Z', '5.3.2024', '20240305', '1709596800000'])(
    'is not needed for a day as programs write it: %s',
    (text) => expect(dayReader({})(text, 'day')).toBe('2024-03-05'),
  )

  it('is needed for a time of the day', () => {
    expect(dayReader({})('2024-03-05 08:00', 'day')).toMatchObject({ reason: 'bad_date' })
  })
})

it.each(['5/16/24', '1/2/24', '16.5.24', '5-16-24 10:30'])('%s is told to have a year of two digits', (text) => {
  const message =
    'the year has two digits: state how the column writes dates by "format" in a mapping, as d/M/yy or M/d/yy'
  expect(instantReader({ timeZone: 'UTC' })(text, 'at')).toMatchObject({ reason: 'bad_instant', message })
  expect(dayReader({})(text, 'day')).toMatchObject({ reason: 'bad_date', message })
})

it('reads a year of two digits by its format', () => {
  expect(dayReader({ format: 'M/d/yy' })('5/16/24', 'day')).toBe('2024-05-16')
  expect(instantReader({ format: 'M/d/yy', timeZone: 'UTC' })('5/16/24', 'at')).toBe('2024-05-16T00:00:00.000000Z')
})

import { describe, expect, it } from 'vitest'
import { dayReader, formatProblem, instantReader } from '../../../../src/core/facts/import/local-time.ts'

describe('reading an instant', () => {
  it('takes an offset as it is, to the microsecond', () => {
    expect(instantReader({})('2024-10-01T02:00:00.123456+02:00', 'at')).toBe('2024-10-01T00:00:00.123456Z')
  })

  it('refuses a time without an offset when nobody named a zone', () => {
    expect(instantReader({})('2024-10-01 09:30', 'at')).toMatchObject({ reason: 'no_time_zone', column: 'at' })
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

  it('reads a stated format', () => {
    const read = instantReader({ format: 'd.M.yyyy HH:mm', timeZone: 'Europe/Berlin' })
    expect(read('5.3.2024 09:30', 'at')).toBe('2024-03-05T08:30:00.000000Z')
    expect(read('30.2.2024 09:30', 'at')).toMatchObject({ reason: 'bad_instant' })
    expect(instantReader({ format: 'X' })('1704067200', 'at')).toBe('2024-01-01T00:00:00.000000Z')
  })

  it('refuses days that never were and years that are slips', () => {
    for (const text of ['2024-02-30', '0024-10-01T00:00:00Z', '1 Oct 2024', '2300-01-01']) {
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
})

import { DateTime, IANAZone } from 'luxon'
import {
  addDays,
  type Instant,
  dayNumber,
  instantOfEpochMs,
  type IsoDate,
  parseInstant,
  parseIsoDate,
  startOfDay,
} from '../../base/time.ts'
import { type Problem, problem } from './problems.ts'

/**
 * A wall clock time becomes an instant only with a stated time zone. Two hours a year are special:
 * - a time that the clocks skip in spring does not exist: the row is rejected (`no_such_local_time`);
 * - a time that occurs twice in autumn is read as the later one: an hour too late is harmless, an hour too early is a leak.
 */
export interface DateReading {
  /** A Luxon format; undefined for ISO 8601. */
  readonly format?: string | undefined
  readonly timeZone?: string | undefined
  /** A plain date in an instant's place is the first moment of the next day. */
  readonly endOfDay?: boolean | undefined
}

export type ReadText = (text: string, column: string) => string | Problem

/** Milliseconds in the unit of `X` (seconds since 1970) and `x` (milliseconds). */
const EPOCHS: Readonly<Record<string, number>> = { X: 1000, x: 1 }

const PLAIN_DATE = /^\d{4}-\d{2}-\d{2}$/
const LOCAL_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,6})?)?$/

export function isTimeZone(zone: string): boolean {
  return IANAZone.isValidZone(zone)
}

/**
 * Finds formats that fail on every row, or omit a part of the date that the clock of this machine would fill in.
 * @returns what is wrong with the format, or undefined.
 */
export function formatProblem(reading: DateReading): string | undefined {
  const { format, timeZone } = reading
  if (timeZone !== undefined && !isTimeZone(timeZone))
    return `time_zone ${JSON.stringify(timeZone)} is not an IANA time zone`
  if (format === undefined) return undefined
  const tokens = tokensOf(format)
  if (EPOCHS[format] !== undefined) return undefined
  if (/[Dt]/.test(tokens) || /T/.test(tokens))
    return `format ${JSON.stringify(format)} uses a locale macro (D, t, T): spell the date out`
  if (!(/y/.test(tokens) && (/o/.test(tokens) || (/[ML]/.test(tokens) && /d/.test(tokens))))) {
    return `format ${JSON.stringify(format)} must name year, month and day`
  }
  if (hasTime(tokens) && !hasOffset(tokens) && timeZone === undefined) {
    return `format ${JSON.stringify(format)} has a time of day and no offset: state time_zone`
  }
  return undefined
}

/** A plain date in an instant's place is its first moment: 00:00 in the stated zone, or in UTC when none is stated. */
export function instantReader(reading: DateReading): ReadText {
  const zone = reading.timeZone === undefined ? undefined : localClock(reading.timeZone)
  if (reading.format !== undefined) return formatReader(reading.format, zone, reading.endOfDay)
  return (text, column) => {
    const instant = parseInstant(text)
    if (instant) return instant
    if (PLAIN_DATE.test(text)) {
      const stated = parseIsoDate(text)
      if (!stated) return problem('bad_instant', column, text, 'no such day, or a year outside 1900-2199')
      const day = reading.endOfDay ? addDays(stated, 1) : stated
      return zone ? atZone(zone, `${day}T00:00`, text, column) : startOfDay(day)
    }
    if (!LOCAL_TIME.test(text)) {
      return problem('bad_instant', column, text, 'expected ISO 8601 with an offset, such as 2024-10-01T09:30:00Z')
    }
    if (!zone) return problem('no_time_zone', column, text, 'the time has no offset: name time_zone in a mapping')
    return atZone(zone, text, text, column)
  }
}

/** Calendar days: no zone comes into it. */
export function dayReader(reading: DateReading): ReadText {
  const parser = reading.format === undefined ? undefined : parserFor(reading.format)
  return (text, column) => {
    const day = parser
      ? parseIsoDate(DateTime.fromFormatParser(text, parser, UTC).toISODate() ?? '')
      : parseIsoDate(text)
    return (
      day ?? problem('bad_date', column, text, `expected a day as ${reading.format ?? 'YYYY-MM-DD'}, years 1900-2199`)
    )
  }
}

const UTC = { zone: 'utc', locale: 'en' } as const

function formatReader(format: string, zone: Clock | undefined, endOfDay = false): ReadText {
  const epoch = EPOCHS[format]
  if (epoch !== undefined) return epochReader(epoch)
  const parser = parserFor(format)
  const offsetStated = hasOffset(tokensOf(format))
  const movesToEnd = endOfDay && !hasTime(tokensOf(format))
  return (text, column) => {
    const stated = DateTime.fromFormatParser(text, parser, UTC)
    const read = movesToEnd && stated.isValid ? stated.plus({ days: 1 }) : stated
    const local = read.isValid ? read.toISO({ includeOffset: false }) : null
    if (!local) return problem('bad_instant', column, text, `expected ${format}`)
    if (zone && !offsetStated) return atZone(zone, local, text, column)
    return parseInstant(`${local}Z`) ?? problem('bad_instant', column, text, 'the year is outside 1900-2199')
  }
}

function epochReader(unitMs: number): ReadText {
  return (text, column) => {
    const epochMs = /^-?\d{1,15}$/.test(text) ? Number(text) * unitMs : Number.NaN
    // 1900-01-01 and 2200-01-01.
    if (epochMs >= -2_208_988_800_000 && epochMs < 7_258_118_400_000) return instantOfEpochMs(epochMs)
    return problem('bad_instant', column, text, 'expected a count since 1970, in the years 1900-2199')
  }
}

function parserFor(format: string) {
  return DateTime.buildFormatParser(format, { locale: 'en' })
}

/** The format without its quoted literals. */
function tokensOf(format: string): string {
  return format.replace(/'[^']*'/g, '')
}

function hasTime(tokens: string): boolean {
  return /[HhmsSu]/.test(tokens)
}

function hasOffset(tokens: string): boolean {
  return /[Zz]/.test(tokens)
}

/** The offset in minutes at a wall clock minute counted from 1970, or undefined where the clocks skipped it. */
type Clock = (localMinutes: number) => number | undefined

function localClock(timeZone: string): Clock {
  const zone = IANAZone.create(timeZone)
  // Zones change on quarter hours, and exports cluster: asking ICU once a quarter hour is a hundred times faster.
  const known = new Map<number, number | undefined>()
  return (localMinutes) => {
    const quarter = Math.floor(localMinutes / 15)
    if (known.has(quarter)) return known.get(quarter)
    if (known.size > 20_000) known.clear()
    const offset = offsetAt(zone, quarter * 15)
    known.set(quarter, offset)
    return offset
  }
}

function offsetAt(zone: IANAZone, localMinutes: number): number | undefined {
  const around = [zone.offset((localMinutes - 1440) * 60_000), zone.offset((localMinutes + 1440) * 60_000)]
  const possible = around.filter((offset) => zone.offset((localMinutes - offset) * 60_000) === offset)
  // The smaller offset is the later instant.
  return possible.length === 0 ? undefined : Math.min(...possible)
}

function atZone(zone: Clock, local: string, text: string, column: string): Instant | Problem {
  const day = parseIsoDate(local.slice(0, 10))
  const minutes = Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16))
  if (!day || parseInstant(`${local}Z`) === undefined) {
    return problem('bad_instant', column, text, 'no such day or time, or a year outside 1900-2199')
  }
  const offset = zone(dayNumber(day as IsoDate) * 1440 + minutes)
  if (offset === undefined) return problem('no_such_local_time', column, text, 'the clocks skipped this time')
  const instant = parseInstant(`${local}${offsetText(Math.round(offset))}`)
  return instant ?? problem('bad_instant', column, text, 'the year is outside 1900-2199')
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

import { DateTime, IANAZone } from 'luxon'
import {
  addDays,
  type Instant,
  dayNumber,
  epochMsOf,
  instantOfEpochMs,
  parseInstant,
  parseIsoDate,
  startOfDay,
} from '../../base/time.ts'
import { type Problem, problem } from './problems.ts'
import { type DateText, type DayOrder, readDateText } from './values/date-text.ts'
import { spanText } from './values/day-span.ts'
import { type Clock, localClock } from './values/local-clock.ts'

/**
 * A wall clock time becomes an instant only with a stated time zone. Two hours a year are special:
 * - a time that the clocks skip in spring does not exist: it cannot be read (`no_such_local_time`), but midnight is the first moment of its day;
 * - a time that occurs twice in autumn is read as the later one: an hour too late is harmless, an hour too early is a leak.
 * A day is a day whatever the clocks do: it begins at its first moment in its zone.
 */
export interface DateReading {
  /** A Luxon format; undefined for ISO 8601 and the forms of spreadsheets (values/date-text.ts). */
  readonly format?: string | undefined
  readonly timeZone?: string | undefined
  /** A plain date in an instant's place is the first moment of the next day. */
  readonly endOfDay?: boolean | undefined
  /** Of days such as 3/4/2024, where nothing else says so. */
  readonly dayOrder?: DayOrder | undefined
  /** Among other formats: the forms of spreadsheets wait until none of them fits. */
  readonly isIsoOnly?: boolean | undefined
}

/** Null where the text says that there is nothing. */
export type ReadText = (text: string, column: string) => string | null | Problem

/** Milliseconds in the unit of `X` (seconds since 1970) and `x` (milliseconds). */
const EPOCHS: Readonly<Record<string, number>> = { X: 1000, x: 1 }

const PLAIN_DATE = /^\d{4}-\d{2}-\d{2}$/
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}(?:[Tt]| +)\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?$/
/** A day that a database or a program gave a time. */
const MIDNIGHT = /^(\d{4}-\d{2}-\d{2})[Tt ]00:00(?::00(?:[.,]0+)?)?(?: ?(?:Z|UTC|GMT|[+-]00:?00))?$/i
/** Of a day that was given a time, the midnight of the place where it was written. */
const MIDNIGHT_THERE = /^\d{4}-\d{2}-\d{2}[Tt ]00:00(?::00(?:[.,]0+)?)? ?[+-]\d{2}(?::?\d{2})?$/
const DAY_MS = 86_400_000

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
    return `time_zone ${JSON.stringify(timeZone)} is not an IANA time zone, such as Europe/Berlin`
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

/**
 * A plain date in an instant's place is its first moment in the stated zone, or in UTC when none is stated.
 * @param spans a plain date keeps its day beside the instant
 */
export function instantReader(reading: DateReading, spans = false): ReadText {
  const zone = reading.timeZone === undefined ? undefined : localClock(reading.timeZone)
  const day = dayAsInstant(zone, reading.endOfDay ?? false, spans)
  const takesMidnight = reading.endOfDay ?? false
  if (reading.format !== undefined) return formatReader(reading.format, zone, day, takesMidnight)
  // The day of another clock: midnight there, and the next one.
  const dayFrom = (start: Instant) => {
    const end = instantOfEpochMs(epochMsOf(start) + DAY_MS)
    return spans ? spanText({ at: end, start, end }) : end
  }
  const ofIso = (iso: string, text: string, column: string) => {
    const midnight = takesMidnight ? dayOfMidnight(iso) : undefined
    if (midnight !== undefined) return day(midnight, text, column)
    const instant = parseInstant(iso)
    if (instant && takesMidnight && MIDNIGHT_THERE.test(iso)) return dayFrom(instant)
    if (instant) return instant
    if (PLAIN_DATE.test(iso)) return day(iso, text, column)
    if (!LOCAL_TIME.test(iso)) return undefined
    if (zone) return atZone(zone, iso, text, column)
    // No zone makes a time of what no calendar or clock has.
    return isOnClocks(iso) ? noTimeZone(text, column) : undefined
  }
  return (text, column) => {
    const found = ofIso(text, text, column)
    if (found !== undefined) return found
    const written = reading.isIsoOnly ? undefined : readDateText(text, reading.dayOrder)
    if (written?.kind === 'ambiguous') return ambiguousDate(written, text, column)
    const other = written && ofIso(written.iso, text, column)
    return other ?? problem('bad_instant', column, text, noInstant(text, column))
  }
}

/** A warehouse writes days as timestamps at midnight, or as counts since 1970. */
function dayOfMidnight(text: string): string | undefined {
  return MIDNIGHT.exec(/^\d+$/.test(text) ? (parseInstant(text) ?? '') : text)?.[1]
}

function isOnClocks(iso: string): boolean {
  return parseInstant(`${iso.replace(',', '.').replace(/ +/, 'T')}Z`) !== undefined
}

const NO_INSTANT =
  'expected ISO 8601 with an offset, such as 2024-10-01T09:30:00Z, or another way to write it as "format"'

function noInstant(text: string, column: string): string {
  if (SHORT_YEAR.test(text)) return NO_CENTURY
  return SEQUENCE_NUMBER.test(text) ? noDay(column) : NO_INSTANT
}

/** Counts since 1970 and days without signs between them were read before. */
const SEQUENCE_NUMBER = /^\d{1,9}(?:\.0+)?$/

function noDay(column: string): string {
  return `expected a day or a time, and this is a number: map a column of days or, if this one only counts the rows, declare it in the mapping as "order": {"column": ${JSON.stringify(column)}}`
}
const SHORT_YEAR = /^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}(?!\d)/
const NO_CENTURY =
  'the year has two digits: state how the column writes dates by "format" in a mapping, as d/M/yy or M/d/yy'

function noTimeZone(text: string, column: string): Problem {
  const how = 'send one, or state the zone by --time-zone Europe/Berlin or by time_zone in a mapping'
  return problem('no_time_zone', column, text, `the time has no offset: ${how}`)
}

function ambiguousDate({ dayFirst, monthFirst }: AmbiguousDate, text: string, column: string): Problem {
  const message = `${text} is ${dayFirst} or ${monthFirst}: state "format" in the mapping, as d/M/yyyy or M/d/yyyy`
  return problem('ambiguous_date', column, text, message)
}

type AmbiguousDate = Extract<DateText, { readonly kind: 'ambiguous' }>
type DayAsInstant = (day: string, text: string, column: string) => string | Problem

function dayAsInstant(zone: Clock | undefined, endOfDay: boolean, spans: boolean): DayAsInstant {
  const startOf = zone ? zone.startOfDay : startOfDay
  return (given, text, column) => {
    const day = parseIsoDate(given)
    const next = day && parseIsoDate(addDays(day, 1))
    if (!day || !next) return problem('bad_instant', column, text, 'no such day, or a year outside 1900-2199')
    const at = startOf(endOfDay ? next : day)
    return spans ? spanText({ at, start: startOf(day), end: startOf(next) }) : at
  }
}

/** Calendar days: no zone comes into it. */
export function dayReader(reading: DateReading): ReadText {
  const parser = reading.format === undefined ? undefined : parserFor(reading.format)
  const bad = (text: string, column: string) =>
    problem(
      'bad_date',
      column,
      text,
      reading.format === undefined && SHORT_YEAR.test(text)
        ? NO_CENTURY
        : `expected a day as ${reading.format ?? 'YYYY-MM-DD'}, years 1900-2199`,
    )
  if (parser) {
    return (text, column) =>
      parseIsoDate(DateTime.fromFormatParser(text, parser, UTC).toISODate() ?? '') ?? bad(text, column)
  }
  return (text, column) => {
    const day = parseIsoDate(text)
    if (day) return day
    const written = reading.isIsoOnly ? undefined : readDateText(text, reading.dayOrder)
    if (written?.kind === 'ambiguous') return ambiguousDate(written, text, column)
    const iso = written?.iso ?? (/^\d+$/.test(text) ? parseInstant(text) : text) ?? text
    return parseIsoDate(MIDNIGHT.exec(iso)?.[1] ?? iso) ?? bad(text, column)
  }
}

const UTC = { zone: 'utc', locale: 'en' } as const

function formatReader(format: string, zone: Clock | undefined, day: DayAsInstant, takesMidnight: boolean): ReadText {
  const epoch = EPOCHS[format]
  if (epoch !== undefined) return epochReader(epoch, takesMidnight ? day : undefined)
  const parser = parserFor(format)
  const tokens = tokensOf(format)
  return (text, column) => {
    const stated = DateTime.fromFormatParser(text, parser, UTC)
    const local = stated.isValid ? stated.toISO({ includeOffset: false }) : null
    if (!local) return problem('bad_instant', column, text, `expected ${format}`)
    if (!hasTime(tokens) || (takesMidnight && dayOfMidnight(local) !== undefined))
      return day(local.slice(0, 10), text, column)
    if (zone && !hasOffset(tokens)) return atZone(zone, local, text, column)
    return parseInstant(`${local}Z`) ?? problem('bad_instant', column, text, 'the year is outside 1900-2199')
  }
}

function epochReader(unitMs: number, ofMidnight: DayAsInstant | undefined): ReadText {
  return (text, column) => {
    const epochMs = /^-?\d{1,15}$/.test(text) ? Number(text) * unitMs : Number.NaN
    // 1900-01-01 and 2200-01-01.
    if (epochMs >= -2_208_988_800_000 && epochMs < 7_258_118_400_000) {
      const instant = instantOfEpochMs(epochMs)
      const midnight = ofMidnight && dayOfMidnight(instant)
      return midnight === undefined ? instant : (ofMidnight?.(midnight, text, column) ?? instant)
    }
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

function atZone(zone: Clock, local: string, text: string, column: string): Instant | Problem {
  const day = parseIsoDate(local.slice(0, 10))
  const time = local.slice(10).trimStart().replace(/^[Tt]/, '')
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
  if (!day || parseInstant(`${day}T${time}Z`) === undefined) {
    return problem('bad_instant', column, text, 'no such day or time, or a year outside 1900-2199')
  }
  const offset = zone.offset(dayNumber(day) * 1440 + minutes)
  // A database writes a day so, and a day begins at its first moment.
  if (offset === undefined && MIDNIGHT.test(`${day}T${time}`)) return zone.startOfDay(day)
  if (offset === undefined)
    return problem('no_such_local_time', column, text, `the clocks of ${zone.name} skipped this time`)
  const instant = parseInstant(`${day}T${time}${offsetText(Math.round(offset))}`)
  return instant ?? problem('bad_instant', column, text, 'the year is outside 1900-2199')
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

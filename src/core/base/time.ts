/**
 * Instants and calendar days, without the clock and without JavaScript's `Date` for calendar arithmetic.
 *
 * An `Instant` is UTC text to the microsecond, always 27 characters, so that `<` on the text is `<` in time.
 * An `IsoDate` is a calendar day. A window is `[start, end)`.
 */
export type Instant = string & { readonly __brand: 'Instant' }
export type IsoDate = string & { readonly __brand: 'IsoDate' }

/** Years outside this range are typing mistakes in a sales database; the SQL schema holds the same limits. */
export const FIRST_YEAR = 1900
export const LAST_YEAR = 2199

/** Stands for "valid for all of the past": the knowledge date of a fact that was imported without one. */
export const BEGINNING = '1900-01-01T00:00:00.000000Z' as Instant

const MICROS_PER_DAY = 86_400_000_000
/** 2200-01-01. */
const LATEST_MICROS = 7_258_118_400_000_000

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt]| +)(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?: ?(?:Z|z|UTC|GMT)| ?([+-])(\d{2})(?::?(\d{2}))?)$/
/** Seconds, milliseconds or microseconds since 1970, told apart by their digits: all lie between 2001 and 2286. */
const EPOCH = /^(?:(\d{10})(?:\.(\d+))?|(\d{13})|(\d{16}))$/

/** @returns the day, or undefined when the text is not `YYYY-MM-DD`, the day does not exist, or the year is out of range. */
export function parseIsoDate(text: string): IsoDate | undefined {
  const match = DATE.exec(text)
  if (!match) return undefined
  return isDay(Number(match[1]), Number(match[2]), Number(match[3])) ? (text as IsoDate) : undefined
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12) return false
  return day >= 1 && day <= daysInMonth(year, month)
}

/**
 * Reads an instant as RFC 3339 writes it, and as its relatives do: `T` or a space, `Z` in either case or `UTC`, an offset
 * with or without a colon, a fraction of any length (what is below a microsecond is dropped), a leap second (the first
 * second of the next minute, as in PostgreSQL); or an epoch count of 10 (seconds), 13 (milliseconds) or 16 digits.
 * Text without an offset is refused: a wall clock time says nothing until somebody names its zone (an import mapping does).
 */
export function parseInstant(text: string): Instant | undefined {
  const usual = usualInstant(text)
  if (usual) return usual
  const match = INSTANT.exec(text)
  if (!match) return parseEpoch(text)
  const date = parseIsoDate(match[1] ?? '')
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)]
  if (!date || hour > 23 || minute > 59 || second > 60) return undefined
  const [offsetHour, offsetMinute] = [Number(match[7] ?? 0), Number(match[8] ?? 0)]
  if (offsetHour > 18 || offsetMinute > 59) return undefined
  const offset = (match[6] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute)
  const micros = (match[5] ?? '').slice(0, 6).padEnd(6, '0')
  // Most instants are in UTC already.
  if (offset === 0 && second < 60) return `${date}T${match[2]}:${match[3]}:${match[4] ?? '00'}.${micros}Z` as Instant
  const minutes = dayNumber(date) * 1440 + hour * 60 + minute - offset
  if (second === 60) return isLeapMinute(minutes) ? atMinute(minutes + 1, 0, micros) : undefined
  return atMinute(minutes, second, micros)
}

/**
 * `2024-10-01T09:30:00Z`, with 3 or 6 digits of a fraction or none, as most programs write an instant: read character by
 * character, in a fifth of the time of the pattern. Any other text is left to the pattern, a leap second too.
 */
function usualInstant(text: string): Instant | undefined {
  const { length } = text
  if ((length !== 20 && length !== 24 && length !== 27) || text.charCodeAt(length - 1) !== UPPER_Z) return undefined
  for (let at = 0; at < length - 1; at += 1) {
    const code = text.charCodeAt(at)
    const sign = USUAL_SIGNS.charCodeAt(at)
    if (sign === DIGIT_0 ? code < DIGIT_0 || code > DIGIT_9 : code !== sign) return undefined
  }
  const [year, month, day] = [twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)]
  if (!isDay(year, month, day)) return undefined
  if (twoDigits(text, 11) > 23 || twoDigits(text, 14) > 59 || twoDigits(text, 17) > 59) return undefined
  if (length === 27) return text as Instant
  return (length === 24 ? `${text.slice(0, 23)}000Z` : `${text.slice(0, 19)}.000000Z`) as Instant
}

const USUAL_SIGNS = '0000-00-00T00:00:00.000000'
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const UPPER_Z = 0x5a

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - DIGIT_0) * 10 + text.charCodeAt(at + 1) - DIGIT_0
}

/** A day (its 00:00 UTC) or an instant. */
export function parseInstantOrDay(text: string): Instant | undefined {
  const date = parseIsoDate(text)
  return date ? startOfDay(date) : parseInstant(text)
}

/** @param minutes since 1970, in UTC */
function atMinute(minutes: number, second: number, micros: string): Instant | undefined {
  const utcDay = isoDateOf(Math.floor(minutes / 1440))
  if (!parseIsoDate(utcDay)) return undefined
  const ofDay = minutes - Math.floor(minutes / 1440) * 1440
  return `${utcDay}T${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}:${two(second)}.${micros}Z` as Instant
}

/** Leap seconds are put at the end of a month in UTC, and nowhere else. */
function isLeapMinute(minutes: number): boolean {
  return (minutes + 1) % 1440 === 0 && isoDateOf((minutes + 1) / 1440).endsWith('-01')
}

function parseEpoch(text: string): Instant | undefined {
  const match = EPOCH.exec(text)
  if (!match) return undefined
  const [, seconds, fraction = '', millis, micros] = match
  const whole = seconds === undefined ? (millis === undefined ? `${micros}` : `${millis}000`) : `${seconds}000000`
  const epochMicros = Number(whole) + Number(fraction.slice(0, 6).padEnd(6, '0'))
  return epochMicros < LATEST_MICROS ? instantOfEpochMicros(epochMicros) : undefined
}

/** Milliseconds since 1970, as the outer layers' clocks give them. @throws RangeError outside the supported years. */
export function instantOfEpochMs(epochMs: number): Instant {
  return instantOfEpochMicros(Math.floor(epochMs) * 1000)
}

/** Whole microseconds since 1970: the supported years fit a double exactly. @throws RangeError outside of them. */
export function instantOfEpochMicros(epochMicros: number): Instant {
  const days = Math.floor(epochMicros / MICROS_PER_DAY)
  const inDay = epochMicros - days * MICROS_PER_DAY
  const seconds = Math.floor(inDay / 1_000_000)
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const instant = parseInstant(`${isoDateOf(days)}T${time}.${String(inDay % 1_000_000).padStart(6, '0')}Z`)
  if (instant) return instant
  throw new RangeError(`instant must lie in the years ${FIRST_YEAR} to ${LAST_YEAR}, got ${epochMicros / 1000} ms`)
}

/** Milliseconds since 1970; the microseconds below are dropped. */
export function epochMsOf(instant: Instant): number {
  return Math.floor(epochMicrosOf(instant) / 1000)
}

export function epochMicrosOf(instant: Instant): number {
  const [hours, minutes, seconds] = [instant.slice(11, 13), instant.slice(14, 16), instant.slice(17, 19)].map(Number)
  const inDay = ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000_000 + Number(instant.slice(20, 26))
  return dayNumber(dayOf(instant)) * MICROS_PER_DAY + inDay
}

/** The UTC day an instant falls on. */
export function dayOf(instant: Instant): IsoDate {
  return instant.slice(0, 10) as IsoDate
}

/** 00:00 UTC of a day. */
export function startOfDay(date: IsoDate): Instant {
  return `${date}T00:00:00.000000Z` as Instant
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
export function dayNumber(date: IsoDate): number {
  const month = Number(date.slice(5, 7))
  const year = Number(date.slice(0, 4)) - (month <= 2 ? 1 : 0)
  const era = Math.floor(year / 400)
  const yearOfEra = year - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + Number(date.slice(8, 10)) - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The inverse of `dayNumber`. */
export function isoDateOf(days: number): IsoDate {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}` as IsoDate
}

export function addDays(date: IsoDate, days: number): IsoDate {
  return isoDateOf(dayNumber(date) + days)
}

/** The same time of day, `days` days later. */
export function instantPlusDays(instant: Instant, days: number): Instant {
  return `${addDays(dayOf(instant), days)}${instant.slice(10)}` as Instant
}

/** The age of a fact: the UTC day of as-of minus the UTC day of the fact. An n-day window holds ages 0 to n-1. */
export function ageInDays(asOf: Instant, at: Instant): number {
  return dayNumber(dayOf(asOf)) - dayNumber(dayOf(at))
}

export function firstOfMonth(date: IsoDate): IsoDate {
  return `${date.slice(0, 8)}01` as IsoDate
}

/** The same first-of-month, `months` months later; `date` must be the first of a month. */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const index = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + months
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${two((index % 12) + 1)}-01` as IsoDate
}

/** The last first-of-month (00:00 UTC) strictly before an instant: 2024-10-01T00:00Z gives 2024-09-01T00:00Z. */
export function firstOfMonthBefore(instant: Instant): Instant {
  const first = firstOfMonth(dayOf(instant))
  return startOfDay(startOfDay(first) < instant ? first : addMonths(first, -1))
}

/** Every first-of-month instant in `[start, end)`, ascending. */
export function firstsOfMonth(start: Instant, end: Instant): Instant[] {
  const firsts: Instant[] = []
  let month = firstOfMonth(dayOf(start))
  if (startOfDay(month) < start) month = addMonths(month, 1)
  for (; startOfDay(month) < end; month = addMonths(month, 1)) firsts.push(startOfDay(month))
  return firsts
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

import { instantReader, type ReadText } from '../../../facts/import/local-time.ts'
import { type Instant, instantOfEpochMs, isoDateOf, startOfDay } from '../../../base/time.ts'
import { plainName } from './table.ts'

/** With dashes the day is taken to come before the month. */
const DASHES = ['d-M-yyyy']
const DAY_FIRST = ['d/M/yyyy', 'd/M/yy']
const MONTH_FIRST = ['M/d/yyyy', 'M/d/yy']
const CLOCKS = ['', ' H:mm', ' H:mm:ss', ' h:mm a', ' h:mm:ss a', ', H:mm', ', h:mm:ss a']
/** Values from which the format is found; all the others are then read by it. */
const SAMPLE = 200
/** Share of the values that must be dates; the others are typing mistakes and unknown. */
const MOSTLY = 0.97

const MIGHT_BE_DATE = /^(?=.*\d)[\d\p{L}.,:/+ T-]{6,40}$/u
export const NAMED_LIKE_DATE =
  /\b(date|day|time|timestamp|at|on|since|created|opened|closed|updated|modified|datum|tag|zeit|am|erstellt|(ab)?geschlossen|eröffnet)\b/

/** How a column of a table writes dates. */
export interface DateColumn {
  readonly instants: readonly (Instant | null)[]
  /** The column reads as month/day and as day/month, and no value tells which. */
  readonly isAmbiguous: boolean
}

/**
 * A column as instants in UTC, or undefined when it is no column of dates. Numbers count as dates only where they cannot
 * well be anything else: `20240131`, milliseconds since 1970, or a spreadsheet's day numbers under the name of a date.
 */
export function readDates(name: string, cells: readonly (string | null)[]): DateColumn | undefined {
  const distinct = [...new Set(cells.filter((cell) => cell !== null))]
  if (distinct.length === 0) return undefined
  const found = readerOf(plainName(name), distinct)
  if (!found) return undefined
  const known = new Map(distinct.map((text) => [text, found.read(text)]))
  const read = distinct.filter((text) => known.get(text) !== null).length
  if (read < MOSTLY * distinct.length) return undefined
  return {
    instants: cells.map((cell) => (cell === null ? null : (known.get(cell) ?? null))),
    isAmbiguous: found.isAmbiguous,
  }
}

interface Reader {
  readonly read: (text: string) => Instant | null
  readonly isAmbiguous: boolean
}

function readerOf(name: string, distinct: readonly string[]): Reader | undefined {
  const sample = distinct.slice(0, SAMPLE)
  if (sample.every((text) => /^\d+(\.\d+)?$/.test(text))) return numericReader(name, sample)
  const likely = sample.filter((text) => MIGHT_BE_DATE.test(text))
  if (likely.length < MOSTLY * sample.length) return undefined
  const readsAll = (read: Reader['read'], texts: readonly string[] = likely) =>
    texts.filter((text) => read(text) !== null).length >= MOSTLY * texts.length
  const fixed = [commonReader(), ...formatsWithClock(DASHES)].find(
    (read) => readsAll(read, likely.slice(0, 10)) && readsAll(read),
  )
  if (fixed) return { read: fixed, isAmbiguous: false }
  const byOrder = [DAY_FIRST, MONTH_FIRST].map((formats) =>
    formatsWithClock(formats).find(
      (read) => readsAll(read, likely.slice(0, 1)) && readsAll(read) && readsAll(read, distinct),
    ),
  )
  const [dayFirst, monthFirst] = byOrder
  const read = monthFirst ?? dayFirst
  return read && { read, isAmbiguous: dayFirst !== undefined && monthFirst !== undefined }
}

/** ISO 8601, and the forms of spreadsheets in which day and month cannot be taken for each other. */
function commonReader(): Reader['read'] {
  return instantOr(instantReader({ timeZone: 'UTC' }))
}

function formatsWithClock(formats: readonly string[]): readonly Reader['read'][] {
  return formats.flatMap((format) =>
    CLOCKS.map((clock) => instantOr(instantReader({ format: format + clock, timeZone: 'UTC' }))),
  )
}

function instantOr(read: ReadText): Reader['read'] {
  return (text) => {
    const instant = read(text, '')
    return typeof instant === 'string' ? (instant as Instant) : null
  }
}

function numericReader(name: string, sample: readonly string[]): Reader | undefined {
  const isNamed = NAMED_LIKE_DATE.test(name)
  const numbers = sample.map(Number)
  const within = (low: number, high: number) => numbers.every((number) => number >= low && number < high)
  const compact = commonReader()
  const ofCompact = (text: string) => compact(text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3'))
  if (within(19_000_101, 22_000_000) && sample.every((text) => ofCompact(text) !== null))
    return { read: ofCompact, isAmbiguous: false }
  const fromEpoch = (unitMs: number): Reader => ({
    read: (text) => instantWithin(Number(text) * unitMs),
    isAmbiguous: false,
  })
  // From 2000 to 2100.
  if (within(946_684_800_000, 4_102_444_800_000)) return fromEpoch(1)
  if (isNamed && within(946_684_800, 4_102_444_800)) return fromEpoch(1000)
  // A spreadsheet counts days from 1899-12-30; 25,569 of them to 1970.
  if (isNamed && within(25_569, 73_051))
    return { read: (text) => startOfDay(isoDateOf(Math.floor(Number(text)) - 25_569)), isAmbiguous: false }
  return undefined
}

function instantWithin(epochMs: number): Instant | null {
  return epochMs >= 0 && epochMs < 7_258_118_400_000 ? instantOfEpochMs(epochMs) : null
}

/** Which comes first in `3/4/2024`. */
export type DayOrder = 'day_first' | 'month_first'

export type DateText =
  | {
      readonly kind: 'date'
      /** ISO 8601: a day, or a day and a time, with the offset if the text has one. */
      readonly iso: string
      /** What this text shows its column to write; undefined where it shows nothing. */
      readonly shows: DayOrder | undefined
    }
  /** Both days, as ISO 8601. */
  | { readonly kind: 'ambiguous'; readonly dayFirst: string; readonly monthFirst: string }

const TIME =
  '(?:,?[ T]+(\\d{1,2}):(\\d{2})(?::(\\d{2}(?:[.,]\\d+)?))? ?(?:([AaPp])\\.?[Mm]\\.?)? ?(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})?)?'
const BY_NUMBERS = new RegExp(`^(\\d{1,2})([/.-])(\\d{1,2})\\2(\\d{4})${TIME}$`)
const YEAR_FIRST = new RegExp(`^(\\d{4})([/.-])(\\d{1,2})\\2(\\d{1,2})${TIME}$`)
const DAY_MONTH = new RegExp(`^(\\d{1,2})\\.?[ -](\\p{L}{3,9})\\.?,?[ -](\\d{4})${TIME}$`, 'u')
const MONTH_DAY = new RegExp(`^(\\p{L}{3,9})\\.? (\\d{1,2}),? (\\d{4})${TIME}$`, 'u')
const BASIC = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(?:(\d{2}))?(Z|[+-]\d{4})?)?$/

/** English months, and those of German that differ. */
const MONTHS = new Map(
  'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((name, index) => [name, index + 1] as const),
)
for (const [name, month] of [['m\u00E4r', 3], ['mrz', 3], ['mai', 5], ['okt', 10], ['dez', 12]] as const) MONTHS.set(name, month) // biome-ignore format: a list

/**
 * Reads a day as spreadsheets and reports write it, with or without a time: `31.12.2023`, `12/31/2023, 9:15 AM`, `2023/12/31`,
 * `31-Dec-2023`, `Dec 31, 2023`, `20231231`. With points the day comes first; with slashes and dashes what the column shows
 * decides, or `order`.
 * @returns undefined for what is no such day; it may still be one that does not exist, as 31.2.2023
 */
export function readDateText(text: string, order?: DayOrder): DateText | undefined {
  const byNumbers = BY_NUMBERS.exec(text)
  if (byNumbers) {
    const [, first = '', sign, second = '', year = '', ...time] = byNumbers
    return ofNumbers(first, second, year, sign === '.' ? 'day_first' : order, sign !== '.', timeOf(time))
  }
  const yearFirst = YEAR_FIRST.exec(text)
  if (yearFirst) {
    const [, year = '', , month = '', day = '', ...time] = yearFirst
    return dated(year, month, day, timeOf(time))
  }
  const dayMonth = DAY_MONTH.exec(text)
  if (dayMonth) {
    const [, day = '', name = '', year = '', ...time] = dayMonth
    return named(year, name, day, timeOf(time))
  }
  const monthDay = MONTH_DAY.exec(text)
  if (monthDay) {
    const [, name = '', day = '', year = '', ...time] = monthDay
    return named(year, name, day, timeOf(time))
  }
  const [, year, month = '', day = '', hour, minute, second = '00', offset = ''] = BASIC.exec(text) ?? []
  if (year === undefined) return undefined
  return dated(year, month, day, hour === undefined ? '' : `T${hour}:${minute}:${second}${offset}`)
}

function ofNumbers(
  first: string,
  second: string,
  year: string,
  order: DayOrder | undefined,
  isOpen: boolean,
  time: string | undefined,
): DateText | undefined {
  const dayFirst = dated(year, second, first, time)
  const monthFirst = dated(year, first, second, time)
  if (!dayFirst || !monthFirst) return undefined
  if (!isOpen) return dayFirst
  if (Number(first) > 12) return { ...dayFirst, shows: 'day_first' }
  if (Number(second) > 12) return { ...monthFirst, shows: 'month_first' }
  if (first.padStart(2, '0') === second.padStart(2, '0')) return dayFirst
  if (order !== undefined) return order === 'day_first' ? dayFirst : monthFirst
  return { kind: 'ambiguous', dayFirst: dayFirst.iso.slice(0, 10), monthFirst: monthFirst.iso.slice(0, 10) }
}

function named(year: string, name: string, day: string, time: string | undefined) {
  const month = MONTHS.get(name.slice(0, 3).toLowerCase())
  return month === undefined ? undefined : dated(year, String(month), day, time)
}

function dated(year: string, month: string, day: string, time: string | undefined) {
  if (time === undefined) return undefined
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${time}`
  return { kind: 'date', iso, shows: undefined } as const
}

/** Empty without a time; undefined for an hour that a clock of twelve hours does not show. */
function timeOf(parts: readonly (string | undefined)[]): string | undefined {
  const [hour, minute, second = '00', half, offset = ''] = parts
  if (hour === undefined) return ''
  const suffix = `:${minute}:${second}${offset}`
  if (half === undefined) return `T${hour.padStart(2, '0')}${suffix}`
  if (Number(hour) < 1 || Number(hour) > 12) return undefined
  const ofDay = (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
  return `T${String(ofDay).padStart(2, '0')}${suffix}`
}

import type { Instant } from '../../../base/time.ts'

/** When something happened: a time, or a day, of which the file does not say when. */
export interface DaySpan {
  /** What is stored: of a day its first moment, or with `end_of_day` the first of the next. */
  readonly at: Instant
  readonly isDay: boolean
  /** The first moment of the day in its zone, and the first after it. Of a time, the time. */
  readonly start: Instant
  readonly end: Instant
}

const SIGN = '@'

/** A cell is one text: the instant, and behind it the day from which it was made. */
export function spanText({ at, start, end }: Omit<DaySpan, 'isDay'>): string {
  return `${at}${SIGN}${start}/${end}`
}

export function spanOf(text: string): DaySpan {
  const [at = '', day] = text.split(SIGN)
  const [start = at, end = at] = day?.split('/') ?? []
  return { at: at as Instant, isDay: day !== undefined, start: start as Instant, end: end as Instant }
}

import { dayOf, epochMicrosOf, type Instant, instantOfEpochMicros } from './time.ts'

/**
 * A history that is ordered, not dated: its rows have a position in a sequence, and no day. All positions lie within one day
 * that stands for none, ten microseconds each, so that earlier and later mean what they mean everywhere, the one rule of time
 * holds as it is, and nothing that is measured in days means anything (docs/decisions/0009-ordered-histories.md).
 */
const ORDER_DAY = '1950-01-01'
const FIRST_MICROS = -631_152_000_000_000
const MICROS_PER_POSITION = 10
export const LAST_POSITION = 8_639_999_999

/** As of here everything in the order is known. */
export const END_OF_ORDER = '1950-01-02T00:00:00.000000Z' as Instant

/** Within a position what is known of an account comes first, then the opening, then the close. */
const STEPS = { known: 0, opened: 4, closed: 8 } as const
export type Step = keyof typeof STEPS

/** @param position a whole number from 0 to `LAST_POSITION` */
export function instantOfPosition(position: number, step: Step): Instant {
  return instantOfEpochMicros(FIRST_MICROS + position * MICROS_PER_POSITION + STEPS[step])
}

/** The first moment of the position that an instant lies in. */
export function startOfPosition(instant: Instant): Instant {
  return instantOfPosition(positionOf(instant), 'known')
}

function positionOf(instant: Instant): number {
  return Math.floor((epochMicrosOf(instant) - FIRST_MICROS) / MICROS_PER_POSITION)
}

export function isInOrder(instant: string): boolean {
  return instant.startsWith(ORDER_DAY)
}

/** `position 123`, or the end of the order; undefined for a time. */
export function shownPosition(instant: string): string | undefined {
  if (instant === END_OF_ORDER || instant === dayOf(END_OF_ORDER)) return 'the end of the order'
  if (!isInOrder(instant) || instant.length === ORDER_DAY.length) return undefined
  return `position ${positionOf(instant as Instant).toLocaleString('en-US')}`
}

import { epochMsOf, type Instant, type IsoDate, startOfDay } from '../../core/base/time.ts'
import type { Random } from '../../core/base/random.ts'
import { chance } from './sampling.ts'

/**
 * Inside the simulation a moment is whole milliseconds since 1970 (sampling needs arithmetic); rows carry `Instant`s.
 * -Infinity stands for "valid for all of the past" (an empty known_at), Infinity for "never".
 */
export type Moment = number
export const DAY = 86_400_000

export function momentOf(date: IsoDate): Moment {
  return epochMsOf(startOfDay(date))
}

/** Moments are whole milliseconds of the years of the world, so `Date` spells them exactly, five times as fast as `instantOfEpochMs`. */
export function instantOf(moment: Moment): Instant {
  return `${new Date(moment).toISOString().slice(0, 23)}000Z` as Instant
}

export function instantOrNull(moment: Moment): Instant | null {
  return moment === -Infinity ? null : instantOf(moment)
}

export function dayIndex(moment: Moment): number {
  return Math.floor(moment / DAY)
}

/** Uniform in the open interval: never exactly on either end. */
export function momentWithin(random: Random, start: Moment, end: Moment): Moment {
  return start + 1 + Math.floor(random.next() * (end - start - 1))
}

/** A moment in `[start, end)`, mostly on a working day and in working hours (UTC). */
export function workingMoment(random: Random, start: Moment, end: Moment): Moment {
  let moment = momentWithin(random, start, end)
  for (let tries = 0; tries < 3; tries += 1) {
    const weekday = (dayIndex(moment) + 4) % 7 // 1970-01-01 was a Thursday; 0 is Sunday
    const hour = Math.floor((moment % DAY) / 3_600_000)
    if (weekday !== 0 && weekday !== 6 && hour >= 6 && hour < 20) break
    if (chance(random, 0.15)) break
    moment = momentWithin(random, start, end)
  }
  return moment
}

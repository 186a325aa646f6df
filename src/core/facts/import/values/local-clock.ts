import { IANAZone } from 'luxon'
import { dayNumber, type Instant, instantOfEpochMs, type IsoDate } from '../../../base/time.ts'

/** The clocks of a time zone. */
export interface Clock {
  readonly name: string
  /** The offset in minutes at a wall clock minute counted from 1970, or undefined where the clocks skipped it. */
  readonly offset: (localMinutes: number) => number | undefined
  readonly startOfDay: (day: IsoDate) => Instant
}

const QUARTERS_LOOKED_AT = 2 * 24 * 4

export function localClock(timeZone: string): Clock {
  const zone = IANAZone.create(timeZone)
  // Zones change on quarter hours, and exports cluster: asking ICU once a quarter hour is a hundred times faster.
  // The smaller offset is the later instant.
  const offset = remembering((quarter: number) => offsetsAt(zone, quarter * 15).at(0))
  const startOf = remembering((day: number) => firstMoment(zone, day))
  return {
    name: timeZone,
    offset: (localMinutes) => offset(Math.floor(localMinutes / 15)),
    startOfDay: (day) => startOf(dayNumber(day)),
  }
}

/** The clocks may skip midnight (São Paulo, until 2018) or a whole day (Samoa, 2011-12-30). */
function firstMoment(zone: IANAZone, day: number): Instant {
  for (let quarter = 0; quarter < QUARTERS_LOOKED_AT; quarter += 1) {
    const minutes = day * 1440 + quarter * 15
    const offset = offsetsAt(zone, minutes).at(-1)
    if (offset !== undefined) return instantOfEpochMs((minutes - offset) * 60_000)
  }
  throw new RangeError(`day ${day} has no moment in ${zone.name}`)
}

function remembering<Value>(compute: (key: number) => Value): (key: number) => Value {
  const known = new Map<number, { readonly value: Value }>()
  return (key) => {
    const found = known.get(key)
    if (found) return found.value
    if (known.size > 20_000) known.clear()
    const value = compute(key)
    known.set(key, { value })
    return value
  }
}

/** Ascending; none where the clocks skipped the time, two where it came twice. */
function offsetsAt(zone: IANAZone, localMinutes: number): number[] {
  const around = [zone.offset((localMinutes - 1440) * 60_000), zone.offset((localMinutes + 1440) * 60_000)]
  const possible = around.filter((offset) => zone.offset((localMinutes - offset) * 60_000) === offset)
  return [...new Set(possible)].toSorted((one, other) => one - other)
}

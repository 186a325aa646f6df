import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import { epochMicrosOf, type Instant, instantOfEpochMicros } from '../../core/base/time.ts'
import type { Database } from './tables/schema.ts'
import { readClock } from './read-clock.ts'
import { singleFlight } from '../../async/batch-loader.ts'

const MEASURED_EVERY_MS = 60_000
/** Of connections that open at the same time only one measures. */
const SETTLED_MS = 1000
/** After a longer round trip the measurement is too imprecise to correct a clock that agrees with it. */
const SHORT_ROUND_TRIP_MS = 100

/**
 * The database's clock, read without a statement: what the database said at the last measurement, and the time that has passed
 * since by a monotonic clock. Measured once a minute and when a connection opens, since it may be to another server.
 * So an instant of this process and one of the database can be compared, whatever the clock of this machine shows.
 */
export async function openDatabaseClock(
  db: Kysely<Database>,
  pool: Pool,
  everyMs = MEASURED_EVERY_MS,
): Promise<() => Instant> {
  let { micros, at } = await readOnce(db)
  const microsNow = () => micros + (performance.now() - at) * 1000
  const measure = singleFlight(async () => {
    const measured = await readOnce(db)
    const elapsed = performance.now() - measured.at
    const differsBy = Math.abs(measured.micros + elapsed * 1000 - microsNow()) / 1000
    if (measured.roundTripMs <= SHORT_ROUND_TRIP_MS || differsBy > measured.roundTripMs / 2) ({ micros, at } = measured)
  })
  // Statements report a database that does not answer; the clock goes on.
  const measureQuietly = () => void measure().catch(() => undefined)
  pool.on('connect', () => {
    if (performance.now() - at > SETTLED_MS) measureQuietly()
  })
  const timer = setInterval(() => (pool.ending ? clearInterval(timer) : measureQuietly()), everyMs)
  timer.unref()
  return () => instantOfEpochMicros(Math.floor(microsNow()))
}

/** The database's time in the middle of the round trip, without the wait for a connection. */
async function readOnce(db: Kysely<Database>) {
  return await db.connection().execute(async (connection) => {
    const before = performance.now()
    const instant = await readClock(connection)
    const roundTripMs = performance.now() - before
    return { micros: epochMicrosOf(instant), at: before + roundTripMs / 2, roundTripMs }
  })
}

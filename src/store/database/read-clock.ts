import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from './tables/schema.ts'

/** The database's clock, which imports and all workers use. */
export async function readClock(db: Kysely<Database>): Promise<Instant> {
  const { rows } = await sql<{ now: Instant }>`select clock_timestamp() as now`.execute(db)
  const [row] = rows
  if (!row) throw new Error('the database returned no time')
  return row.now
}

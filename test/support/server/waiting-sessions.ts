import type { TestDatabase } from './database.ts'
import { until } from '../until.ts'

/** Waits until so many sessions of the database stand still because others hold a lock. */
export async function untilSessionsWait({ pool }: Pick<TestDatabase, 'pool'>, count = 1): Promise<void> {
  await until(`${count} sessions wait for a lock`, async () => {
    const { rows } = await pool.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return (rows[0]?.waiting ?? 0) >= count
  })
}

/**
 * Waits until a loop that polls the database has gone round again, twice at least: whatever it would do with the state as it is,
 * it has done. @param queriesARound at least as many as one round takes
 */
export async function untilPolledAgain({ pool }: Pick<TestDatabase, 'pool'>, queriesARound = 10): Promise<void> {
  let taken = 0
  const count = () => void (taken += 1)
  pool.on('acquire', count)
  try {
    await until('the database is polled', () => taken >= 3 * queriesARound)
  } finally {
    pool.off('acquire', count)
  }
}

import type { DatabaseConfig } from '../config.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { withDatabase } from './with-database.ts'

/**
 * Runs `use` on a fresh database of its own, beside the configured one on the same server, so that a demonstration or an
 * example never mixes with anybody's data. It is made anew at the start and dropped at the end.
 *
 * @param name lower case letters and `_`; one that exists under this name is dropped first
 */
export async function withOwnDatabase<Result>(
  config: DatabaseConfig,
  name: string,
  use: (database: OpenDatabase, interrupted: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (!/^[a-z_]{1,60}$/.test(name)) throw new RangeError(`database name must be a-z and _, got "${name}"`)
  const drop = `drop database if exists ${name} with (force)`
  return await withDatabase(config, async ({ pool, url }, interrupted) => {
    await pool.query(drop)
    await pool.query(`create database ${name} template template0 encoding 'UTF8' locale 'C'`)
    const ownUrl = withDatabaseName(url, name)
    try {
      await migrate(ownUrl)
      const database = openDatabase({ ...config, url: ownUrl })
      try {
        return await use(database, interrupted)
      } finally {
        await database.close()
      }
    } finally {
      await pool.query(drop)
    }
  })
}

function withDatabaseName(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

import type { DatabaseConfig } from '../../config.ts'
import { AppError } from '../../errors.ts'
import { connectTo } from './connect.ts'
import { openDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { codeOf } from './embedded/private-files.ts'
import { type MigratedDatabase, withDatabase, type WithDatabaseOptions } from './with-database.ts'

const NOT_ALLOWED = '42501'

/**
 * Runs `use` on a fresh database of its own, beside the configured one on the same server, so that a demonstration or an
 * example never mixes with other data. The owner creates it at the start and drops it at the end.
 *
 * @param name lower case letters and `_`; one that a killed run left under this name is dropped first
 * @throws AppError DatabaseUnavailable while another run uses that name on this server
 */
export async function withOwnDatabase<Result>(
  config: DatabaseConfig,
  name: string,
  use: (database: MigratedDatabase, interrupted: AbortSignal) => Promise<Result>,
  options: Pick<WithDatabaseOptions, 'graceMs'> = {},
): Promise<Result> {
  if (!/^[a-z_]{1,60}$/.test(name)) throw new RangeError(`database name must be a-z and _, got "${name}"`)
  const drop = `drop database if exists ${name} with (force)`
  const useOwn = async ({ url, migrationUrl }: MigratedDatabase, interrupted: AbortSignal) => {
    const release = await reserve(migrationUrl, name)
    try {
      await asOwner(migrationUrl, [drop, `create database ${name} template template0 encoding 'UTF8' locale 'C'`])
      const ownUrl = withDatabaseName(url, name)
      const ownMigrationUrl = withDatabaseName(migrationUrl, name)
      try {
        await migrate(ownMigrationUrl, undefined, ownUrl)
        const database = openDatabase({ ...config, url: ownUrl })
        try {
          return await use({ ...database, migrationUrl: ownMigrationUrl }, interrupted)
        } finally {
          await database.close()
        }
      } finally {
        await asOwner(migrationUrl, [drop])
      }
    } finally {
      await release()
    }
  }
  return await withDatabase(config, useOwn, options)
}

/** Holds a session's lock on the name: a second run at the same time would drop the database under the first. */
async function reserve(migrationUrl: string, name: string): Promise<() => Promise<void>> {
  const client = await connectTo(migrationUrl, 'winrate')
  const { rows } = await client.query<{ reserved: boolean }>('select pg_try_advisory_lock(hashtext($1)) as reserved', [
    `winrate.scratch.${name}`,
  ])
  if (rows[0]?.reserved) return () => client.end()
  await client.end()
  const message = `another run on this server is using the database "${name}": wait until it has ended, or use another server`
  throw new AppError('DatabaseUnavailable', message)
}

async function asOwner(migrationUrl: string, statements: readonly string[]): Promise<void> {
  const client = await connectTo(migrationUrl, 'winrate')
  try {
    for (const statement of statements) await client.query(statement)
  } catch (error) {
    if (codeOf(error) !== NOT_ALLOWED) throw error
    const message = `user "${client.user}" may not make a database: give MIGRATION_DATABASE_URL of one who may`
    throw new AppError('DatabaseUnavailable', message, { cause: error })
  } finally {
    await client.end()
  }
}

function withDatabaseName(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

import { type Client, DatabaseError } from 'pg'
import { connectTo } from './connect.ts'
import { type Migration, OUR_MIGRATIONS, readMigrations, refused } from './migrations/read-migrations.ts'
import { type AppliedMigration, hasReplaced, takeOver } from './migrations/take-over.ts'
import { grantService, ownsSchema } from './roles.ts'

/** Any number that nothing else on the database uses. */
const ADVISORY_LOCK = 7_764_123_001
/** Of several replicas that start at once, one migrates and the others wait this long. */
const QUEUE_TIMEOUT_MS = 300_000
const LOCK_TIMEOUT_MS = 10_000

/**
 * Applies the migrations that the database lacks, in order, each in its own transaction, and creates the role of `serviceUrl`
 * and grants it what it needs. Any number of processes may call it at once. A role that does not own the schema changes
 * nothing: it only checks that every migration has been applied.
 * @returns the names of the files applied
 * @throws AppError MigrationRefused when an applied file has changed, a number is missing or taken twice, the
 *   database has a migration that this version does not know, or a role lacks a right that it needs
 * @throws AppError DatabaseUnavailable when the database cannot be connected to, or is too old
 */
export async function migrate(
  url: string,
  directory: string = OUR_MIGRATIONS,
  serviceUrl: string = url,
): Promise<readonly string[]> {
  const migrations = await readMigrations(directory)
  const client = await connectTo(url, 'winrate migrate')
  try {
    await client.query(`set lock_timeout = ${QUEUE_TIMEOUT_MS}; set statement_timeout = 0`)
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
    if (!(await ownsSchema(client))) return checkComplete(migrations, await listApplied(client))
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}; set client_min_messages = warning`)
    await client.query(`create table if not exists schema_migration (
      number integer primary key,
      name text not null,
      sha256 text not null,
      applied_at timestamptz not null default now()
    )`)
    const applied = await listApplied(client)
    if (directory === OUR_MIGRATIONS && hasReplaced(applied)) await takeOver(client, migrations, applied)
    const pending = findPending(migrations, await listApplied(client))
    for (const migration of pending) await apply(client, migration)
    if (serviceUrl !== url) await grantService(client, serviceUrl)
    return pending.map((migration) => migration.name)
  } finally {
    // Ending the session releases the advisory lock.
    await client.end()
  }
}

async function listApplied(client: Client): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'select number, name, sha256 from schema_migration order by number',
  )
  return rows
}

function checkComplete(migrations: readonly Migration[], applied: readonly AppliedMigration[]): readonly string[] {
  const [next] = hasReplaced(applied) ? migrations : findPending(migrations, applied)
  if (next === undefined) return []
  throw refused(
    `the database lacks migration ${next.name}, which this role may not apply: run \`npm run migrate\` with MIGRATION_DATABASE_URL of the owner`,
  )
}

function findPending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  for (const [index, row] of applied.entries()) {
    const migration = migrations[index]
    if (row.number !== index + 1) throw refused(`the database lacks migration ${index + 1} but has ${row.name}`)
    if (!migration) throw refused(`the database has migration ${row.name}, which this version does not know`)
    if (migration.sha256 !== row.sha256) {
      throw refused(`migration ${migration.name} was changed after it was applied: put it back and add a new file`)
    }
  }
  return migrations.slice(applied.length)
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query('insert into schema_migration (number, name, sha256) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.sha256,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    const position = error instanceof DatabaseError ? Number(error.position) : Number.NaN
    const line = Number.isNaN(position) ? '' : `:${migration.sql.slice(0, position).split('\n').length}`
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`migration ${migration.name}${line} failed: ${reason}`, { cause: error })
  }
}

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, DatabaseError } from 'pg'
import { AppError } from '../../errors.ts'
import { connectTo } from './connect.ts'
import { grantService, ownsSchema } from './roles.ts'
import { installQueues } from './queue.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

const OUR_MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url))
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/
/** Any number will do, as long as nobody else on the database uses it. */
const ADVISORY_LOCK = 7_764_123_001
/** Several replicas start at once: each waits this long for whoever migrates. */
const QUEUE_TIMEOUT_MS = 300_000
const LOCK_TIMEOUT_MS = 10_000

/**
 * Applies the migrations that the database has not seen yet, in order, each in its own transaction, and sees to it that
 * the role of `serviceUrl` exists and may read and write rows. Any number of processes may call it at once. A role that
 * does not own the schema changes nothing: it only learns whether everything has been applied.
 * @returns the names of the files applied
 * @throws AppError MigrationRefused when an applied file has changed, a number is missing or taken twice, the
 *   database has a migration that this version does not know, or a role may not do what is needed
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
    const pending = findPending(migrations, await listApplied(client))
    for (const migration of pending) await apply(client, migration)
    if (directory === OUR_MIGRATIONS) await installQueues(client)
    if (serviceUrl !== url) await grantService(client, serviceUrl)
    return pending.map((migration) => migration.name)
  } finally {
    // Ending the session gives the advisory lock back.
    await client.end()
  }
}

/** @throws AppError MigrationRefused on a file name that is not `0001_name.sql`, on gaps and on doubles */
export async function readMigrations(directory: string = OUR_MIGRATIONS): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
  return await Promise.all(
    names.map(async (name, index) => {
      const match = FILE_NAME.exec(name)
      if (!match) throw refused(`migration ${name} is not named like 0001_what_it_does.sql`)
      const number = Number(match[1])
      if (number !== index + 1) throw refused(`migration ${name} stands where number ${index + 1} should`)
      // A checkout on Windows may have other line ends; that is not a change.
      const sql = (await readFile(path.join(directory, name), 'utf8')).replaceAll('\r\n', '\n')
      return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

type AppliedMigration = Omit<Migration, 'sql'>

async function listApplied(client: Client): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'select number, name, sha256 from schema_migration order by number',
  )
  return rows
}

function checkComplete(migrations: readonly Migration[], applied: readonly AppliedMigration[]): readonly string[] {
  const [next] = findPending(migrations, applied)
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

function refused(message: string): AppError {
  return new AppError('MigrationRefused', message)
}

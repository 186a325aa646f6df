import { createReadStream, createWriteStream } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Pool } from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { importFiles } from '../../../src/jobs/facts/import/import.ts'
import { type OpenDatabase, openDatabase } from '../../../src/store/database/database.ts'
import { withOwnDatabase } from '../../../src/store/database/scratch-database.ts'
import type { BenchContext } from '../benchmark.ts'
import { importKinds, simulateCompany, writeActivities } from '../company.ts'

const STATEMENT_TIMEOUT_MS = 3_600_000

export interface ActivityFile {
  readonly database: OpenDatabase
  readonly file: string
}

/**
 * A database that has the accounts, people and links already, and a file of activities to import into it. It is open as its
 * owner, who may empty and create tables.
 */
export async function withActivityFile<Value>(
  context: BenchContext,
  rows: number,
  use: (files: ActivityFile) => Promise<Value>,
): Promise<Value> {
  const database = { ...context.database, statementTimeoutMs: STATEMENT_TIMEOUT_MS }
  return await withOwnDatabase(database, 'winrate_bench_import', async ({ migrationUrl }) => {
    const owned = openDatabase({ ...database, url: migrationUrl })
    try {
      const folder = path.join(context.folder, 'import')
      await simulateCompany(folder, context.size)
      await importKinds(owned.pool, folder, ['accounts', 'contacts', 'account-links'])
      const file = path.join(folder, 'many-activities.csv')
      await writeActivities(path.join(folder, 'activities.csv'), file, rows)
      return await use({ database: owned, file })
    } finally {
      await owned.close()
    }
  })
}

/** Every import starts from the same: an empty table of activities, and nothing left to be written to disk. */
export async function emptyActivities(pool: Pool): Promise<void> {
  await pool.query('truncate activity, feed_start restart identity')
  // Needs rights; without them the figures only vary more.
  await pool.query('checkpoint').catch(() => undefined)
}

export async function importActivities(pool: Pool, file: string, rows: number): Promise<void> {
  const { counts } = await importFiles(pool, { kind: 'activities', files: [file], rejectsFile: `${file}.rejects` })
  if (counts.inserted !== rows) throw new Error(`${counts.inserted} of ${rows} rows were inserted`)
}

/** What the import writes; the rest is filled in by the table itself. */
export async function writtenColumns(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ column_name: string }>(
    `select column_name from information_schema.columns where table_name = 'activity'
       and column_name not in ('activity_id', 'recorded_at') order by ordinal_position`,
  )
  return rows.map((row) => row.column_name)
}

/** The rows with everything resolved, as COPY's own text. */
export async function saveResolvedRows(pool: Pool, file: string): Promise<void> {
  const columns = (await writtenColumns(pool)).join(', ')
  const client = await pool.connect()
  try {
    const rows = client.query(copyTo(`copy (select ${columns} from activity order by activity_id) to stdout`))
    await pipeline(rows, createWriteStream(file))
  } finally {
    client.release()
  }
}

export async function copyResolvedRows(pool: Pool, table: string, file: string): Promise<void> {
  const columns = (await writtenColumns(pool)).join(', ')
  const client = await pool.connect()
  try {
    const target = client.query(copyFrom(`copy ${table} (${columns}) from stdin`))
    await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), target)
  } finally {
    client.release()
  }
}

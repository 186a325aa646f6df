import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { createEmptyDatabase, type TestDatabase } from './database.ts'

const run = promisify(execFile)
const DEBIAN = '/usr/lib/postgresql'
/** `.ci/run` installs them with the server: there, a test that cannot use them is a failure. */
export const pgDumpRequired = process.env['TEST_PG_DUMP_REQUIRED'] === '1'

/** What PostgreSQL itself brings along to take a database from one server to another. */
export interface DumpTools {
  readonly pgDump: string
  readonly pgRestore: string
}

/** Those that read a database's server: of its version or a newer one. @returns why there are none, where it is text */
export async function findDumpTools({ pool }: Pick<TestDatabase, 'pool'>): Promise<DumpTools | string> {
  const { rows } = await pool.query<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  )
  const server = rows[0]?.major ?? 0
  const versions = await readdir(DEBIAN).catch(() => [])
  const folders = versions.toSorted((a, b) => Number(a) - Number(b)).map((version) => path.join(DEBIAN, version, 'bin'))
  const found: string[] = []
  for (const folder of [...folders, '']) {
    const pgDump = path.join(folder, 'pg_dump')
    const { stdout } = await run(pgDump, ['--version']).catch(() => ({ stdout: '' }))
    const [, version] = /\(PostgreSQL\) (\d+)/.exec(stdout) ?? []
    if (version !== undefined && Number(version) >= server)
      return { pgDump, pgRestore: path.join(folder, 'pg_restore') }
    if (version !== undefined) found.push(version)
  }
  return `no pg_dump reads PostgreSQL ${server}: ${found.length > 0 ? `here is that of ${found.join(', ')}` : 'here is none'}`
}

/** The database as it comes out of a dump, in a new one. */
export async function dumpAndRestore({ pgDump, pgRestore }: DumpTools, { url }: TestDatabase): Promise<TestDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-dump-'))
  const file = path.join(folder, 'dump')
  const restored = await createEmptyDatabase()
  try {
    await run(pgDump, ['--format=custom', `--file=${file}`, url])
    await run(pgRestore, ['--exit-on-error', `--dbname=${restored.url}`, file])
    return restored
  } catch (error) {
    await restored.drop()
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { rowsOf } from '../../../../support/import-text.ts'
import { runScriptFile } from '../../../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

const PATIENCE = { timeout: 180_000 }
/** The package is optional: without it these tests are skipped, and the list of tests says so. */
const duckdb = await import('@duckdb/node-api').catch(() => undefined)

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-duckdb-'))
  return async () => {
    await rm(folder, { recursive: true })
    await database.drop()
  }
})

const run = (...args: string[]) =>
  // No home: extensions that somebody has installed on this machine are not there.
  runScriptFile(database, 'scripts/data-team/import.ts', args, { cwd: folder, env: { HOME: folder } })

async function inDuckDb(file: string, ...statements: string[]): Promise<void> {
  if (!duckdb) throw new Error('the package is not installed')
  const instance = await duckdb.DuckDBInstance.create(file)
  const connection = await instance.connect()
  await connection.run(`set file_search_path = '${folder}'`)
  for (const statement of statements) await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
}

const writeParquet = (file: string, query: string) =>
  inDuckDb(':memory:', `copy (${query}) to '${path.join(folder, file)}' (format parquet)`)

describe.skipIf(duckdb === undefined)(
  'a Parquet file (skipped where the optional package of DuckDB is missing)',
  () => {
    it('gives decimals, 64-bit integers, days and both kinds of times as they are', PATIENCE, async () => {
      await writeParquet(
        'deals.parquet',
        `select 9007199254740993 as external_id, 'A1' as account_external_id, 'won' as outcome,
         timestamptz '2024-01-05 10:00:00.123456+02' as opened_at, date '2024-02-01' as closed_at,
         1234567890.129::decimal(38, 3) as amount, 'USD' as currency`,
      )
      const { code, stdout } = await run('--kind', 'opportunities', 'deals.parquet')
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 row read = 1 inserted') })
      const versions = await rowsOf(
        database,
        `select o.external_id, amount::text, to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as opened,
         to_char(closed_at at time zone 'UTC', 'YYYY-MM-DD') as closed
       from opportunity_version join opportunity o using (opportunity_id) where outcome = 'won'`,
      )
      expect(versions).toEqual([
        {
          external_id: '9007199254740993',
          amount: '1234567890.1290',
          opened: '2024-01-05 08:00:00.123456',
          closed: '2024-02-01',
        },
      ])
    })

    it('gives lists and structures as cells of JSON', PATIENCE, async () => {
      await writeParquet(
        'accounts.parquet',
        `select 'A1' as external_id, ['acme.example', 'acme.test'] as domain, ['crm', 'erp'] as technologies,
         {city: 'Köln', since: date '2020-01-01', shares: [0.5::decimal(4, 2)]} as place`,
      )
      expect((await run('--kind', 'accounts', 'accounts.parquet')).stderr).toContain('place')
      const mapping = JSON.stringify({ kind: 'accounts', columns: {}, attributes: 'rest' })
      await inDuckDb(
        ':memory:',
        `copy (select '${mapping}' as text) to '${path.join(folder, 'm.json')}' (format csv, header false, quote '', escape '', delimiter '|')`,
      )
      expect((await run('--mapping', 'm.json', 'accounts.parquet')).code).toBe(0)
      const rows = await rowsOf(database, `select attributes from account_version`)
      expect(rows).toEqual([
        {
          attributes: expect.objectContaining({
            technologies: ['crm', 'erp'],
            place: '{"city":"Köln","since":"2020-01-01","shares":[0.5]}',
          }),
        },
      ])
      expect(await rowsOf(database, `select value from account_link where kind = 'domain'`)).toHaveLength(2)
    })

    it('is asked for the zone of its times without one, and refused where it holds binary data', PATIENCE, async () => {
      await writeParquet(
        'visits.parquet',
        `select 'v1' as source_id, 'visit' as kind, timestamp '2024-07-01 12:00:00' as occurred_at, 'x.example' as domain`,
      )
      expect((await run('--kind', 'activities', 'visits.parquet')).stdout).toContain('rejected no_time_zone: 1')
      await run('--kind', 'activities', '--time-zone', 'Europe/Berlin', 'visits.parquet')
      expect(await rowsOf(database, 'select occurred_at::text from activity')).toEqual([
        { occurred_at: '2024-07-01 10:00:00+00' },
      ])
      await writeParquet('photos.parquet', `select 'A1' as external_id, 'x'::blob as photo`)
      expect((await run('--kind', 'accounts', 'photos.parquet')).stderr).toContain(
        '"photo" holds binary data: leave it out of the query',
      )
    })

    it('is recognised in a folder beside CSV files', PATIENCE, async () => {
      await writeParquet(
        'accounts.parquet',
        `select 'A' || n as external_id, 'Account ' || n as name from range(3000) t(n)`,
      )
      const { code, stdout } = await run('.')
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('3000 rows read = 3000 inserted') })
    })
  },
)

describe.skipIf(duckdb === undefined)('--from duckdb: (skipped where the optional package is missing)', () => {
  const query = (text: string, from = 'duckdb:') => run('--from', from, '--kind', 'accounts', '--query', text)

  it('reads a database of DuckDB, and files that the query names', PATIENCE, async () => {
    await inDuckDb(path.join(folder, 'crm.duckdb'), `create table a as select 'A1' as external_id`)
    await inDuckDb(':memory:', `copy (select 'A2' as external_id) to '${path.join(folder, 'more.csv')}' (header)`)
    expect((await query('from a', 'duckdb:crm.duckdb')).stdout).toContain('1 row read = 1 inserted')
    expect((await query("select * from 'more.csv'")).stdout).toContain('1 row read = 1 inserted')
    expect(await rowsOf(database, 'select external_id from account order by 1')).toEqual([
      { external_id: 'A1' },
      { external_id: 'A2' },
    ])
  })

  it.each([
    [
      'an extension',
      "select * from 's3://bucket/x.parquet'",
      /this needs DuckDB's extension httpfs, which is not installed, and an import installs nothing/,
    ],
    [
      'two columns of one name',
      "select 'A1' as external_id, 1 as employees, 2 as employees",
      /the query yields "employees" more than once/,
    ],
    [
      'a statement that writes',
      "copy (select 1) to 'x.csv'",
      /--query has to read rows, by select, with, values or table: got COPY/,
    ],
    [
      'a file that is not there',
      "select * from 'nowhere.parquet'",
      /duckdb:: DuckDB cannot read it: .*nowhere\.parquet/,
    ],
  ])('refuses %s in one line', PATIENCE, async (_, text, message) => {
    const { code, stderr } = await query(text)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) })
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { rowsOf } from '../../../../support/import-text.ts'
import { runScriptFile } from '../../../../support/run-script.ts'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

const PATIENCE = { timeout: 180_000 }

let database: TestDatabase
/** Of the data team. */
let warehouse: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase()
  warehouse = await createEmptyDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-from-'))
  await warehouse.pool.query(`
    create table deals (id bigint, account text, opened timestamptz, closed timestamptz, won boolean, amount numeric(38, 9), photo bytea, updated timestamptz);
    insert into deals values
      (9007199254740993, 'A1', '2024-01-05 10:00:00.123456+02', '2024-02-01', true, 1234567890.123456789, null, '2024-02-01 00:00:00.000001Z'),
      (9007199254740994, 'A1', '2024-03-05', '2024-04-01', false, 12.500, null, '2024-04-01')`)
  return async () => {
    await rm(folder, { recursive: true })
    await database.drop()
    await warehouse.drop()
  }
})

const run = (args: readonly string[], from = warehouse.url) =>
  runScriptFile(database, 'scripts/data-team/import.ts', ['--from', from, ...args], { cwd: folder })

const DEALS = `select id as external_id, account as account_external_id, opened as opened_at, closed as closed_at,
  case when won then 'won' else 'lost' end as outcome, amount, 'USD' as currency from deals -- all of them`
const stored = () => rowsOf(database, 'select external_id from opportunity order by external_id')

describe('the rows of a query of PostgreSQL', () => {
  it('are read like JSON: 64-bit ids, decimals and instants keep every digit', PATIENCE, async () => {
    const { code, stdout } = await run(['--kind', 'opportunities', '--query', `${DEALS};`])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('2 rows read = 2 inserted') })
    expect(await stored()).toEqual([{ external_id: '9007199254740993' }, { external_id: '9007199254740994' }])
    const versions = await rowsOf(
      database,
      `select amount::text, to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as opened
       from opportunity_version where outcome <> 'open' order by opened_at`,
    )
    expect(versions).toEqual([
      { amount: '1234567890.1235', opened: '2024-01-05 08:00:00.123456' },
      { amount: '12.5000', opened: '2024-03-05 00:00:00.000000' },
    ])
  })

  it('are read once by their ids: a second run says nothing new', PATIENCE, async () => {
    await run(['--kind', 'opportunities', '--query', DEALS])
    expect((await run(['--kind', 'opportunities', '--query', DEALS])).stdout).toContain('2 unchanged')
  })

  it('need a time zone where their times have none', PATIENCE, async () => {
    const query = `select 'v1' as source_id, 'visit' as kind, timestamp '2024-07-01 12:00' as occurred_at, 'x.example' as domain`
    const refused = await run(['--kind', 'activities', '--query', query])
    expect(refused).toMatchObject({ code: 2, stdout: expect.stringContaining('rejected no_time_zone: 1') })
    await run(['--kind', 'activities', '--query', query, '--time-zone', 'Europe/Berlin'])
    expect(await rowsOf(database, 'select occurred_at::text from activity')).toEqual([
      { occurred_at: '2024-07-01 10:00:00+00' },
    ])
  })

  it('may be none, which is no fault', PATIENCE, async () => {
    const { code, stdout } = await run(['--kind', 'opportunities', '--query', `${DEALS}\n where false`])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/: the query yields no rows\n$/) })
  })

  it('since a column are those that are new, and the state moves when they are stored', PATIENCE, async () => {
    const query = `select q.*, d.updated from (${DEALS}\n) q join deals d on d.id = q.external_id`
    const mapping = path.join(folder, 'deals.json')
    await writeFile(mapping, JSON.stringify({ kind: 'opportunities', columns: {}, ignore: ['updated'] }))
    const since = ['--mapping', mapping, '--query', query, '--since-column', 'updated', '--state', 'state.json']
    expect((await run(since)).stdout).toContain('2 rows read = 2 inserted')
    await warehouse.pool.query(
      `insert into deals values (3, 'A1', '2024-05-01', '2024-06-01', true, 1, null, '2024-06-01'), (4, 'A1', '2024-05-01', '2024-06-01', true, 1, null, null)`,
    )
    // The row at the bookmark itself comes again: another one may have the same value.
    expect((await run(since)).stdout).toContain('3 rows read = 2 inserted + 0 updated + 1 unchanged')
    const state: unknown = JSON.parse(await readFile(path.join(folder, 'state.json'), 'utf8'))
    expect(state).toEqual({
      winrate_bookmarks: {
        [String(Object.keys(Object(Object(state).winrate_bookmarks))[0])]: '2024-06-01T00:00:00+00:00',
      },
    })
  })
})

describe('a query that cannot be imported says why in one line, and changes nothing', () => {
  it.each<[string, string, RegExp]>([
    [
      'two columns of one name',
      `select 1 as external_id, 2 as name, 3 as name`,
      /: the query yields "name" more than once: give each column a name by "as"\n$/,
    ],
    [
      'binary data',
      'select id as external_id, photo from deals',
      /: "photo" holds binary data: leave it out of the query\n$/,
    ],
    [
      'a statement that writes',
      'delete from deals',
      /^--query has to read rows, by select, with, values or table: got DELETE\n$/,
    ],
    [
      'a part that writes',
      'with gone as (delete from deals returning *) select * from gone',
      /: the query would write, and an import only reads there \(.*\); nothing was imported\n$/,
    ],
    [
      'a function that writes',
      "select setval('s', 1) as external_id",
      /: the query would write, and an import only reads there \(cannot execute setval\(\) in a read-only transaction\); nothing was imported\n$/,
    ],
    [
      'a second statement',
      'select 1 as external_id) q; delete from deals; select * from (select 1',
      /: the query failed: cannot insert multiple commands into a prepared statement; nothing was imported\n$/,
    ],
    [
      'an unknown table',
      'select * from nowhere',
      /: the query failed: relation "nowhere" does not exist; nothing was imported\n$/,
    ],
    [
      'a fault in the middle',
      'select (9000 - n)::text as external_id, 1 / (n - 4000) as employees from generate_series(1, 5000) n',
      /: the query failed: division by zero; nothing was imported\n$/,
    ],
  ])('%s', PATIENCE, async (_, query, message) => {
    await warehouse.pool.query('create sequence s')
    const { code, stdout, stderr } = await run(['--kind', 'accounts', '--query', query])
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(message) })
    expect(await rowsOf(database, 'select from account')).toEqual([])
    expect(await rowsOf(warehouse, 'select count(*)::int as deals from deals')).toEqual([{ deals: 2 }])
  })

  it('a database that cannot be reached, without its password', PATIENCE, async () => {
    const { code, stderr } = await run(
      ['--kind', 'accounts', '--query', 'select 1'],
      'postgresql://ann:s3cret@127.0.0.1:1/sales',
    )
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'postgresql://127.0.0.1:1/sales cannot be reached: connect ECONNREFUSED 127.0.0.1:1\n',
    })
  })

  it.each([
    [
      'another system',
      'mysql://root:s3cret@db/x',
      /^--from takes postgresql:\/\/…, duckdb: or duckdb:FILE, got mysql: .*mysql_scan/,
    ],
    ['a file', 'events.parquet', /got no URL: a file of Parquet, CSV or JSON is given as it is/],
  ])('%s', PATIENCE, async (_, from, message) => {
    const { code, stderr } = await run(['--kind', 'accounts', '--query', 'select 1'], from)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) })
    expect(stderr).not.toContain('s3cret')
  })

  it('leaves no rows behind on the disk', PATIENCE, async () => {
    const args = ['--from', warehouse.url, '--kind', 'accounts', '--query', "select 'A1' as external_id"]
    await runScriptFile(database, 'scripts/data-team/import.ts', args, { cwd: folder, env: { TMPDIR: folder } })
    expect((await readdir(folder)).filter((name) => name.startsWith('winrate-rows-'))).toEqual([])
  })
})

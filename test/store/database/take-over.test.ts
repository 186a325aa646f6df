import { fileURLToPath } from 'node:url'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../../src/store/database/migrate.ts'
import { describeSchema } from '../../../src/store/database/migrations/describe-schema.ts'
import { readMigrations } from '../../../src/store/database/migrations/read-migrations.ts'
import { addAccount, at } from '../../support/facts.ts'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

const REPLACED = fileURLToPath(new URL('../../fixtures/replaced-migrations', import.meta.url))

let database: TestDatabase
beforeEach(async () => {
  database = await createEmptyDatabase()
})
afterEach(() => database.drop())

async function description(pool: Pool): Promise<readonly string[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    return await describeSchema(client, 'public')
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** Every row of every table but that of the migrations. */
async function allRows(pool: Pool): Promise<Readonly<Record<string, readonly string[]>>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_name <> 'schema_migration' order by table_name`,
  )
  const all: Record<string, readonly string[]> = {}
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t order by 1`)
    all[name] = rows.map(({ row }) => row)
  }
  return all
}

const appliedNames = async () =>
  (await database.pool.query<{ name: string }>('select name from schema_migration order by number')).rows.map(
    ({ name }) => name,
  )

const applyReplaced = () => migrate(database.url, REPLACED, database.serviceUrl)

describe('a database that the replaced migrations made', () => {
  it('is taken over with its rows, and has the same schema as a new one', async () => {
    await applyReplaced()
    await database.pool.query(
      `insert into model_version (version, as_of, data_sha256, specification_sha256, artifact)
       values ('m-1', now(), repeat('a', 64), repeat('b', 64), '{}')`,
    )
    const accountId = await addAccount(database.db, 'acme', at('2024-01-01'))
    await database.pool.query(
      `insert into account_link (kind, value, account_id, known_at, backfilled) values ('domain', 'acme.com', $1, now(), true)`,
      [accountId],
    )
    await database.pool.query(`insert into event (type, account_id, as_of) values ('score.changed', $1, now())`, [
      accountId,
    ])
    const before = await allRows(database.pool)
    expect(before['account_claim']).toHaveLength(1)
    expect(before['service_secret']).toHaveLength(1)

    expect(await migrate(database.url, undefined, database.serviceUrl)).toEqual([
      '0011_holdout_words.sql',
      '0012_visitor_ties.sql',
      '0013_key_spellings.sql',
      '0014_visitor_tie_periods.sql',
      '0015_history_order.sql',
    ])

    // Tables that later migrations add are empty, or derived from these.
    expect(await allRows(database.pool)).toMatchObject(before)
    expect(await appliedNames()).toEqual((await readMigrations()).map(({ name }) => name))
    const fresh = await createTestDatabase()
    try {
      const expected = await description(fresh.pool)
      expect(await description(database.pool)).toEqual(expected)
      expect(expected.length).toBeGreaterThan(700)
    } finally {
      await fresh.drop()
    }
    expect(await migrate(database.url)).toEqual([])
  })

  it.each([
    [
      'a column of another type',
      'alter table account alter column external_id type text',
      'column account.external_id',
    ],
    ['a column that may be null', 'alter table promotion alter column promoted_by drop not null', 'promoted_by text'],
    ['another default', 'alter table delivery alter column attempts set default 1', 'delivery.attempts smallint'],
    ['an additional column', 'alter table contact add column phone text', 'it has "column contact.phone text default"'],
    ['a missing check', 'alter table event drop constraint event_check1', 'it lacks "constraint event_check1 on event'],
    [
      'a missing key',
      'alter table api_key drop constraint api_key_replaces_key',
      'it lacks "constraint api_key_replaces_key',
    ],
    ['a missing index', 'drop index delivery_due', 'it lacks "index CREATE INDEX delivery_due'],
    ['a disabled trigger', 'alter table event disable trigger event_is_kept', 'trigger CREATE TRIGGER event_is_kept'],
    [
      'another function',
      'create or replace function note_accounts() returns trigger language plpgsql as $$ begin return null; end $$',
      'function note_accounts()',
    ],
  ])('is refused with %s, and named so that it can be undone', async (_, change, named) => {
    await applyReplaced()
    await database.pool.query(change)
    const before = await appliedNames()
    const refusal = await migrate(database.url).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'MigrationRefused' })
    expect(String(refusal)).toContain('is not the one that migration 0024_training_queue.sql left: it ')
    expect(String(refusal)).toContain(named)
    expect(String(refusal)).toContain('Undo the change, then run `npm run migrate` again')
    expect(await appliedNames()).toEqual(before)
    const { rows } = await database.pool.query(`select to_regnamespace('winrate_expected_schema') as found`)
    expect(rows).toEqual([{ found: null }])
  })

  it('is refused before their last one, with the way out', async () => {
    await applyReplaced()
    await database.pool.query('delete from schema_migration where number > 19')
    await expect(migrate(database.url)).rejects.toThrow(
      'the database is at migration 0019_analyze.sql, which this version has replaced: run `npm run migrate` of the last version with 0024_training_queue.sql first',
    )
  })
})

it('no migration names a source file', async () => {
  const migrations = await readMigrations()
  const naming = migrations.filter(({ sql }) => /\b(src|core|store|jobs|http|web|scripts)\/|\.ts\b/.test(sql))
  expect(naming.map(({ name }) => name)).toEqual([])
})

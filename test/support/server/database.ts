import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import { openDatabase } from '../../../src/store/database/database.ts'
import type { OpenDatabase, OpenDatabaseConfig } from '../../../src/store/database/database.ts'
import { databaseUrl, plainUrl } from './database-url.ts'
import { PATIENT } from '../patience.ts'

export interface TestDatabase extends OpenDatabase {
  /** As the service and the worker enter: with a role that owns nothing. */
  readonly serviceUrl: string
  /** Closes the pool and drops the database. */
  drop(): Promise<void>
}

/**
 * A migrated database of its own, for one test file:
 *
 *     let database: TestDatabase
 *     beforeAll(async () => { database = await createTestDatabase() })
 *     afterAll(() => database.drop())
 */
export async function createTestDatabase(config: Partial<OpenDatabaseConfig> = {}): Promise<TestDatabase> {
  return await create(inject('templateDatabase'), config)
}

/** The same without any table in it. */
export async function createEmptyDatabase(config: Partial<OpenDatabaseConfig> = {}): Promise<TestDatabase> {
  return await create('template0', config)
}

/**
 * A copy of what `fill` makes of a migrated database. The first who asks for a content fills it, once in a test run.
 * @param content tells it from the others: a word
 */
export async function createFilledDatabase(
  content: string,
  fill: (database: TestDatabase) => Promise<void>,
): Promise<TestDatabase> {
  const template = `${inject('templateDatabase')}_${content}`
  const client = new Client({ connectionString: inject('serverUrl') })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount === 0) {
      const database = await createTestDatabase()
      await fill(database)
      await database.close()
      await client.query(`alter database ${new URL(database.url).pathname.slice(1)} rename to ${template}`)
    }
  } finally {
    await client.end()
  }
  return await create(template, {})
}

/** All that is in another one, which must have no connections left. */
export async function createCopy({ url }: Pick<TestDatabase, 'url'>): Promise<TestDatabase> {
  return await create(new URL(url).pathname.slice(1), {})
}

async function create(template: string, config: Partial<OpenDatabaseConfig>): Promise<TestDatabase> {
  const name = `winrate_test_${randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${name} template ${template}`)
  const database = openDatabase({
    url: databaseUrl(inject('serverUrl'), name),
    maxConnections: 5,
    ...PATIENT,
    ...config,
  })
  const drop = async () => {
    await database.close()
    await onServer(`drop database ${name} with (force)`)
  }
  return { ...database, serviceUrl: plainUrl(database.url), drop }
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('serverUrl') })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

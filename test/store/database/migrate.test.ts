import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../../src/store/database/migrate.ts'
import { createEmptyDatabase } from '../../support/server/database.ts'
import type { TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
let directory: string
beforeEach(async () => {
  database = await createEmptyDatabase()
  directory = await mkdtemp(path.join(tmpdir(), 'winrate-migrations-'))
  await write('0001_fruit.sql', "create table fruit (name text);\ninsert into fruit values ('apple');")
})
afterEach(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

const write = (name: string, text: string) => writeFile(path.join(directory, name), text)
const migrateNow = () => migrate(database.url, directory)

async function fruit(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>('select name from fruit order by name')
  return rows.map((row) => row.name)
}

describe('migrate', () => {
  it('applies new migrations, in order, once', async () => {
    expect(await migrateNow()).toEqual(['0001_fruit.sql'])
    await write('0002_pear.sql', `insert into fruit values ('pear')`)
    expect(await migrateNow()).toEqual(['0002_pear.sql'])
    expect(await migrateNow()).toEqual([])
    expect(await fruit()).toEqual(['apple', 'pear'])
  })

  it('applies each file once when five processes start together', async () => {
    const applied = await Promise.all([1, 2, 3, 4, 5].map(() => migrateNow()))
    expect(applied.flat()).toEqual(['0001_fruit.sql'])
    expect(await fruit()).toEqual(['apple'])
  })

  it('refuses a file that was changed after it was applied, naming it', async () => {
    await migrateNow()
    await write('0001_fruit.sql', 'create table fruit (name text, colour text)')
    await expect(migrateNow()).rejects.toThrow('migration 0001_fruit.sql was changed after it was applied')
  })

  it('accepts other line ends as unchanged', async () => {
    await migrateNow()
    await write('0001_fruit.sql', `create table fruit (name text);\r\ninsert into fruit values ('apple');`)
    expect(await migrateNow()).toEqual([])
  })

  it('refuses a gap, a double and a name without a number', async () => {
    await write('0003_pear.sql', 'select 1')
    await expect(migrateNow()).rejects.toThrow('migration 0003_pear.sql stands where number 2 should')
    await write('0001_again.sql', 'select 1')
    await expect(migrateNow()).rejects.toThrow('0001_fruit.sql stands where number 2 should')
    await write('0000-pear.sql', 'select 1')
    await expect(migrateNow()).rejects.toThrow('migration 0000-pear.sql is not named like')
  })

  it('refuses a database that is ahead of this version', async () => {
    await write('0002_pear.sql', `insert into fruit values ('pear')`)
    await migrateNow()
    await rm(path.join(directory, '0002_pear.sql'))
    await expect(migrateNow()).rejects.toThrow(
      'the database has migration 0002_pear.sql, which this version does not know',
    )
  })

  it('leaves nothing of a file that fails, and says which line failed', async () => {
    await write('0002_pear.sql', `insert into fruit values ('pear');\ninsert into vegetable values ('leek');`)
    await expect(migrateNow()).rejects.toThrow('migration 0002_pear.sql:2 failed: relation "vegetable" does not exist')
    expect(await fruit()).toEqual(['apple'])
  })

  it('brings an empty database to the schema of this version', async () => {
    const applied = await migrate(database.url)
    expect(applied.length).toBeGreaterThan(0)
    expect(await migrate(database.url)).toEqual([])
  })
})

import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMigrations } from '../../src/store/database/migrations/read-migrations.ts'
import { insertModelVersion } from '../support/accounts.ts'
import { scriptFile } from '../support/script-file.ts'
import { createEmptyDatabase, type TestDatabase } from '../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createEmptyDatabase()
})
afterAll(() => database.drop())

function script(name: string, ...args: string[]): string {
  const file = path.join(import.meta.dirname, '../..', scriptFile(name))
  const { stdout, stderr, status } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: database.url },
  })
  expect(status, stderr).toBe(0)
  return stdout
}

describe('what a script says', () => {
  it('migrate --help is how it is used, and nothing is migrated', async () => {
    expect(script('migrate', '--help')).toContain('Usage: winrate migrate')
    const { rows } = await database.pool.query("select to_regclass('schema_migration') as found")
    expect(rows).toEqual([{ found: null }])
  })

  it('migrate counts what it applied, and is up to date only when that was nothing', async () => {
    const migrations = await readMigrations()
    const last = migrations.at(-1)?.name ?? ''
    expect(script('migrate')).toBe(`Ran ${migrations.length} migrations. The last migration is ${last}.\n`)
    expect(script('migrate')).toBe(`The database is up to date. The last migration is ${last}.\n`)
  })

  it('models tells examples from positive ones', async () => {
    await insertModelVersion(database.db, 'm-1')
    const artifact = { cohorts: [{ model: 'in_market', rows: 11839, won: 105 }] }
    await database.pool.query('update model_version set artifact = $1', [JSON.stringify(artifact)])
    expect(script('models')).toContain('in market 11,839 examples, 105 of them positive')
  })
})

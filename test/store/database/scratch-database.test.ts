import { inject, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config.ts'
import { withOwnDatabase } from '../../../src/store/database/scratch-database.ts'

describe('a database for one run', () => {
  const config = loadConfig({ DATABASE_URL: inject('serverUrl') }).database
  const name = 'winrate_test_scratch'
  const accounts = 'select count(*)::int as accounts from account'

  it('is not taken from a run that still uses it, and is free again when that has ended', async () => {
    await withOwnDatabase(config, name, async ({ pool }) => {
      await expect(withOwnDatabase(config, name, async () => 'used by two')).rejects.toThrow(
        `another run on this server is using the database "${name}": wait until it has ended, or use another server`,
      )
      expect((await pool.query(accounts)).rows).toEqual([{ accounts: 0 }])
    })
    await expect(withOwnDatabase(config, name, () => Promise.reject(new Error('from inside')))).rejects.toThrow(
      'from inside',
    )
    expect(await withOwnDatabase(config, name, async ({ pool }) => (await pool.query(accounts)).rowCount)).toBe(1)
  })
})
